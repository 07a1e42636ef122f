"""Pages through Django's own client: everything between request and answer but the socket."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext


def page(username: str, path: str) -> Callable[[], None]:
    """A call that gets `path` as `username` and fails unless the answer is a page."""
    client = Client()
    client.force_login(
        get_user_model().objects.get(username=username),
        backend="django.contrib.auth.backends.ModelBackend",
    )

    def get() -> None:
        response = client.get(path)
        if response.status_code != 200:
            raise RuntimeError(f"{path} answered {response.status_code}")

    return get


def queries_of(get: Callable[[], None]) -> int:
    """How often the page asks the database, once everything that is read once has been."""
    get()
    with CaptureQueriesContext(connection) as captured:
        get()
    return len(captured)


#: The floor of a page: the same frame, menu and session around one small form.
FRAME = "/password/"

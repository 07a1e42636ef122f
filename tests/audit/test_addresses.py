"""The address of a request, and who is held responsible for it behind proxies."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory

from audit.addresses import address_of
from audit.models import Action, AuditEntry

PROXY, REAL, MADE_UP = "10.0.0.1", "203.0.113.9", "198.51.100.1"


@pytest.mark.parametrize(
    ("proxies", "told", "found"),
    [
        (0, "", PROXY),
        (0, MADE_UP, PROXY),
        (1, REAL, REAL),
        (1, f"{MADE_UP}, {REAL}", REAL),
        (1, f"{MADE_UP},{REAL}, 2001:DB8::0001", "2001:db8::1"),
        (2, f"{MADE_UP}, {REAL}, 10.0.0.7", REAL),
        (1, "", PROXY),
        (2, REAL, PROXY),
        (1, "<script>", PROXY),
        (1, f"{REAL}:4711", PROXY),
    ],
)
def test_the_address_is_the_one_that_the_outermost_proxy_saw(settings, proxies, told, found):
    settings.PORTAL_PROXY_COUNT = proxies
    given = {"HTTP_X_FORWARDED_FOR": told} if told else {}
    request = RequestFactory().get("/", REMOTE_ADDR=PROXY, **given)
    assert address_of(request) == found


def test_a_stranger_behind_the_same_proxy_locks_nobody_out(settings, people, db):
    settings.AXES_ENABLED, settings.PORTAL_PROXY_COUNT = True, 1
    people.office.set_password("right horse battery")
    people.office.save()

    def sign_in(address: str, password: str) -> int:
        client = Client(REMOTE_ADDR=PROXY, HTTP_X_FORWARDED_FOR=address)
        given = {"username": people.office.username, "password": password}
        return client.post("/login/", given).status_code

    for _ in range(settings.AXES_FAILURE_LIMIT):
        last = sign_in(MADE_UP, "wrong")
    assert last == 429
    assert sign_in(MADE_UP, "right horse battery") == 429
    assert sign_in(REAL, "right horse battery") == 302
    failed = AuditEntry.objects.filter(action=Action.SIGN_IN_FAILED)
    assert set(failed.values_list("address", flat=True)) == {MADE_UP}

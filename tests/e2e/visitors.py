"""People at the portal without a window: signed in, they ask for pages and send forms."""

from __future__ import annotations

import http.client
import json
import re
from typing import Any
from urllib.parse import urlencode, urlsplit

import psutil

from tests.e2e.conftest import Stack

SIGN_IN = """
import json
from django.conf import settings
from django.contrib import auth
from access.sessions.engine import SessionStore
from departments.models import Account
keys = []
for number in range({users}):
    user = Account.objects.get(username="{username}")
    session = SessionStore()
    session[auth.SESSION_KEY] = str(user.pk)
    session[auth.BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[-1]
    session[auth.HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.save()
    keys.append(session.session_key)
print(json.dumps(keys))
"""


def shell(stack: Stack, script: str) -> Any:
    """What a script says inside the portal: the JSON of its last line."""
    return json.loads(stack.manage("shell", "-v0", "-c", script).splitlines()[-1])


class Browser:
    """As much of a browser as a form needs: one connection, a session, the token of a page."""

    def __init__(self, stack: Stack, session: str) -> None:
        self.address = urlsplit(stack.url).netloc
        self.cookies = {"sessionid": session}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, body, and where it leads; 0 when the connection broke."""
        connection = http.client.HTTPConnection(self.address, timeout=30)
        headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
        if form is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        try:
            method = "GET" if form is None else "POST"
            connection.request(method, path, form and urlencode(form), headers)
            response = connection.getresponse()
            body = response.read().decode()
        except OSError:
            return 0, "", ""
        finally:
            connection.close()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return response.status, body, response.headers.get("Location", "")


def hidden(body: str, name: str) -> str:
    return re.search(rf'name="{name}" value="([^"]*)"', body).group(1)


def sessions(stack: Stack, username: str, number: int) -> list[str]:
    """As many sessions of one person, without the sign-in page."""
    return shell(stack, SIGN_IN.format(users=number, username=username))


def visitor(stack: Stack, username: str) -> Browser:
    return Browser(stack, sessions(stack, username, 1)[0])


def export(browser: Browser) -> str:
    """Ask for the week's tally; returns the address of the job's page."""
    _, body, _ = browser.ask("/reports/")
    url = re.search(r"/reports/export/\?period=\d+", body)[0]
    _, body, _ = browser.ask(url)
    form = {name: hidden(body, name) for name in ("csrfmiddlewaretoken", "submission")}
    status, _, location = browser.ask(url, form | {"purpose": "核对"})
    assert status == 302
    return location


def servers_of(stack: Stack, name: str) -> list[psutil.Process]:
    """The oldest processes called `name` that work in the portal's data folder."""
    found = []
    for process in psutil.process_iter(["name", "cwd", "cmdline"]):
        place = f"{process.info['cwd']} {' '.join(process.info['cmdline'] or [])}"
        if process.info["name"] == name and str(stack.var) in place:
            found.append(process)
    pids = {process.pid for process in found}
    return [process for process in found if process.ppid() not in pids]

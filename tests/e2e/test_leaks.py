"""What people type stays in the database: not in logs, the queue, mail, or files beside it."""

from __future__ import annotations

import re
from email import message_from_bytes, policy

import redis

from tests.e2e.conftest import PASSWORD, Stack
from tests.e2e.visitors import Browser, export, visitor
from tests.forms import Form
from tests.leaks import kept_in, queued
from tests.processes import eventually

#: In letters that no encoding changes, so that a plain search finds it anywhere.
TYPED = "Canary4711"


def type_everywhere(browser: Browser) -> None:
    """A search, a lead, a refused lead, a wrong address and a wrong sign-in, all with the word."""
    for path in (f"/leads/?q={TYPED}", f"/leads/?registered_after={TYPED}", "/leads/new/"):
        status, body, _ = browser.ask(path)
        assert status == 200
    filled = {name: values[0] for name, values in Form(body).values.items()}
    filled |= {"title": f"反映{TYPED}", "allegation": f"反映人称{TYPED}", "is_major": "on"}
    filled |= {"reporter_kind": "named", "reporters-0-name": TYPED, "reporters-0-address": TYPED}
    filled |= {"reporters-0-phone": "", "reporters-0-id_number": ""}
    filled.pop("named_units", None)
    for form in (filled | {"received_on": TYPED}, filled | {"title": f"{TYPED}\x00"}, filled):
        status, _, location = browser.ask("/leads/new/", form)
    assert status == 302
    assert TYPED in browser.ask(location)[1]
    browser.cookies.pop("sessionid")
    _, body, _ = browser.ask("/login/")
    token = Form(body).values["csrfmiddlewaretoken"][0]
    form = {"csrfmiddlewaretoken": token, "username": TYPED, "password": f"p-{TYPED}"}
    assert browser.ask("/login/", form)[0] == 200


def letters(stack: Stack) -> str:
    found = (message_from_bytes(p.read_bytes(), policy=policy.default) for p in stack.letters)
    return " ".join(f"{letter['Subject']} {letter.get_content()}" for letter in found)


def test_what_is_typed_is_found_in_the_database_alone(stack):
    browser = visitor(stack, "office")
    job = export(browser)
    assert eventually(lambda: "下载文件" in browser.ask(job)[1], 60)
    type_everywhere(browser)

    secrets = [TYPED, PASSWORD, (stack.var / "secret-key").read_text()]
    logs = [*stack.var.rglob("*.log"), stack.var.parent / "tryout.log"]
    assert {log.name for log in logs} >= {"web.log", "worker.log", "beat.log", "server.log"}
    assert "/leads/new/" in (stack.var / "log" / "web.log").read_text()
    with redis.Redis(unix_socket_path=stack.redis) as client:
        waiting = queued(client)
    for secret in (TYPED, secrets[2]):
        assert [log.name for log in logs if secret in log.read_text(errors="replace")] == []
        assert secret.encode() not in waiting
        assert secret not in letters(stack)
    assert [log.name for log in logs if PASSWORD in log.read_text(errors="replace")] == [
        "tryout.log"  # the screen of whoever started it
    ]
    kept = list(kept_in(stack.var / "files"))
    assert [path.name for path, _ in kept if ".part" in path.name] == []
    assert [path.name for path, inside in kept if TYPED.encode() in inside] == []
    assert re.search("upload|tmp", " ".join(path.name for path in stack.var.iterdir())) is None

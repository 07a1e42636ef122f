"""The whole portal as `make run` starts it, and people with browsers."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    expect,
    sync_playwright,
)

from campaign.embedded import broker, sockets
from tests.processes import free_port

ROOT = Path(__file__).resolve().parent.parent.parent
PASSWORD = "walk-through-password"
START_SECONDS = 240
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
#: Sandboxing needs rights that a container's root does not have; the rest keeps it off the network.
CHROMIUM_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
#: Milliseconds that a page may take on a busy machine; whoever waits goes on once it is there.
PATIENCE = 20_000
#: The same where a background job or a letter waits for the worker's turn first.
WORKER_PATIENCE = 90_000
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.e2e)
            item.add_marker(pytest.mark.xdist_group("e2e"))
            if CHROMIUM is None and "browser" in item.fixturenames:
                item.add_marker(pytest.mark.skip(reason="no Chromium on this machine"))


@dataclass
class Stack:
    """A running try-out with its own data folder."""

    url: str
    var: Path
    environment: dict[str, str]
    process: subprocess.Popen
    #: The cookies of people who go on in the session that they have, by user name.
    kept: dict[str, Any] = field(default_factory=dict)

    def manage(self, *arguments: str) -> str:
        """Run a management command against the running portal's database, with its secrets."""
        given = {
            "SECRET_KEY": (self.var / "secret-key").read_text(),
            # Named, so that the command starts no broker of its own where that one is away.
            "REDIS_URL": self.environment.get("REDIS_URL") or f"redis+socket://{quote(self.redis)}",
        }
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment | given,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    @property
    def redis(self) -> str:
        """The socket of the embedded broker."""
        folder = self.var / "broker"
        found = sockets.folder_for(folder.resolve(), name=broker.SOCKET, owner=os.getuid())
        return str(found / broker.SOCKET)

    @property
    def letters(self) -> list[Path]:
        return sorted((self.var / "mail").glob("*.eml"))


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The portal that most tests share."""
    with running_portal(tmp_path_factory.mktemp("portal") / "var") as running:
        yield running


@contextmanager
def running_portal(var: Path, **settings: str) -> Iterator[Stack]:
    """Started as a person starts it, stopped by Ctrl-C; nothing may be left running."""
    port = free_port()
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    environment = kept | {
        "PORT": str(port),
        "PORTAL_VAR": str(var),
        "DEMO_PASSWORD": PASSWORD,
        "PORTAL_PUBLIC_DESK": "ysz",
        "PYTHONDONTWRITEBYTECODE": "1",
        "DJANGO_SETTINGS_MODULE": "campaign.settings.dev",
        **settings,
    }
    log = var.parent / "tryout.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "campaign.tryout"],
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    family: list[psutil.Process] = []
    try:
        running = Stack(f"http://127.0.0.1:{port}", var, environment, process)
        _wait_for(running.url, process, log)
        family = _family(process, var)
        yield running
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(120)
        left = psutil.wait_procs(family, timeout=60)[1]
        assert not left, f"still running after Ctrl-C: {[entry.cmdline() for entry in left]}"


def _wait_for(url: str, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert process.poll() is None, f"the try-out ended:\n{log.read_text()}"
        try:
            with urllib.request.urlopen(f"{url}/healthz/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"no answer within {START_SECONDS} s:\n{log.read_text()}")


def _family(process: subprocess.Popen, var: Path) -> list[psutil.Process]:
    """What the try-out started: its descendants, and the servers of its data folder."""
    found = {entry.pid: entry for entry in psutil.Process(process.pid).children(recursive=True)}
    for entry in psutil.process_iter(["cmdline"]):
        if any(str(var) in word for word in entry.info["cmdline"] or []):
            found[entry.pid] = entry
    return list(found.values())


def wait_until(page: Page, condition: Callable[[], bool]) -> None:
    """For what no page shows, or shows in no words."""
    for _ in range(WORKER_PATIENCE // 200):
        if condition():
            return
        page.wait_for_timeout(200)
    raise AssertionError(f"it did not come to pass within {WORKER_PATIENCE} ms")


def past_the_code(page: Page) -> None:
    """To the page of the lead that was just logged; some channels show the query code first."""
    page.wait_for_url(re.compile(r"/leads/[A-Z0-9-]+/(code/)?$"))
    if page.url.endswith("/code/"):
        page.get_by_role("link", name="暂不发放").click()
        page.wait_for_url(re.compile(r"/leads/[A-Z0-9-]+/$"))


def is_a_complaint(line: ConsoleMessage) -> bool:
    """Whether the page reports a fault of its own.

    A request that a page was making when its person went on to the next one is no fault; one that
    failed for any other reason is reported under another name as well. Nor is a draft that was not
    saved for what it says: the browser reports the answer, the page tells the person.
    """
    aborted = line.text.startswith(("htmx:sendAbort,", "htmx:afterRequest,"))
    is_a_draft = line.location["url"].endswith("/draft/") and "status of 422" in line.text
    return line.type == "error" and not aborted and not is_a_draft


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=CHROMIUM_ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def sign_in(stack: Stack, browser: Browser) -> Iterator[Callable[..., Page]]:
    """A browser of one's own, signed in. Script errors and CSP violations fail the test.

    With `keep` a person goes on in the session of the test before, where there is one.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def sign(username: str, *, width: int = 1366, height: int = 900, keep: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            locale="zh-CN",
            accept_downloads=True,
            storage_state=stack.kept.get(username) if keep else None,
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console", lambda line: complaints.append(line.text) if is_a_complaint(line) else None
        )
        page.goto(stack.url)
        if page.url == f"{stack.url}/":
            return page
        page.get_by_label("用户名").fill(username)
        page.get_by_label("密码").fill(PASSWORD)
        page.get_by_role("button", name="登录").click()
        page.wait_for_url(f"{stack.url}/")
        if keep:
            stack.kept[username] = context.storage_state()
        return page

    yield sign
    for context in contexts:
        context.close()
    assert complaints == []

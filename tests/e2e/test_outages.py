"""The database restarted, the broker away or replaced, under the whole portal."""

from __future__ import annotations

import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import pytest

from tests.e2e.conftest import Stack, running_portal
from tests.e2e.visitors import Browser, export, servers_of, sessions, shell, visitor
from tests.forms import Form
from tests.processes import eventually

USERS = 20
BACK_WITHIN_SECONDS = 10
#: A job that waits says so, and one that was lost is looked for, after this many seconds.
SOON = {"PORTAL_SWEEP_SECONDS": "1", "PORTAL_JOB_PATIENCE_SECONDS": "1"}

REGISTERED = """
import json
from leads.models import Lead
leads = Lead.objects.filter(title__startswith="{title}").order_by("pk")
print(json.dumps([[lead.number, lead.title, [e.verb for e in lead.events.order_by("pk")]]
                  for lead in leads]))
"""


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A portal of their own: the other tests need not live through this."""
    with running_portal(tmp_path_factory.mktemp("outages") / "var", **SOON) as running:
        yield running


# The database


@dataclass
class Load:
    """What the people at the portal met: when, at which address, which answer."""

    answers: list[tuple[float, str, int, str]] = field(default_factory=list)
    acknowledged: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def note(self, path: str, status: int, body: str) -> None:
        self.answers.append((time.monotonic(), path, status, body if status >= 500 else ""))

    def work(self, browser: Browser, person: int) -> None:
        """Log leads and look at the list until the shift is over."""
        turn = 0
        while not self.over.is_set():
            turn += 1
            for path in ("/leads/", "/leads/new/"):
                status, body, _ = browser.ask(path)
                self.note(path, status, body)
            if status == 200:
                self.log_a_lead(browser, f"停电测试{person}-{turn}", body)
            else:
                self.over.wait(0.5)  # nobody presses a button faster than that

    def log_a_lead(self, browser: Browser, title: str, body: str) -> None:
        filled = {name: values[0] for name, values in Form(body).values.items()}
        form = {name: value for name, value in filled.items() if "reporters" not in name}
        form["title"] = title
        for name in ("named_units", "is_major", "umbrella_suspected"):
            form.pop(name, None)
        status, answer, location = browser.ask("/leads/new/", form)
        self.note("POST /leads/new/", status, answer)
        if status == 302 and location.startswith("/leads/"):
            self.acknowledged.append(title)


def test_a_database_restarted_under_load_loses_nothing_and_is_back_soon(stack):
    keys = sessions(stack, "office", USERS)
    load = Load()
    people = [
        threading.Thread(target=load.work, args=(Browser(stack, key), number), daemon=True)
        for number, key in enumerate(keys)
    ]
    for person in people:
        person.start()
    assert eventually(lambda: len(load.acknowledged) >= USERS, 60)
    (database,) = servers_of(stack, "postgres")
    fell = time.monotonic()
    database.send_signal(signal.SIGINT)  # a restart: whoever is connected is cut off

    def came_back() -> float | None:
        fine = [at for at, _, status, _ in load.answers if status in (200, 302)]
        bad = [at for at, _, status, _ in load.answers if at > fell and status not in (200, 302)]
        return next((at for at in fine if bad and at > bad[0]), None)

    assert eventually(lambda: came_back() is not None, 30), load.answers[-5:]
    back = came_back()
    before = len(load.acknowledged)
    assert eventually(lambda: len(load.acknowledged) >= before + USERS, 60)
    load.over.set()
    for person in people:
        person.join()

    assert back - fell < BACK_WITHIN_SECONDS
    failed = [
        (at - back, path, status, body)
        for at, path, status, body in load.answers
        if status not in (200, 302)
    ]
    others = [(since, path, status) for since, path, status, _ in failed if status != 503]
    assert others == []
    assert all("系统暂时不可用" in body and "Traceback" not in body for *_, body in failed)
    # Who was in the middle of a request may still meet the old connection, once.
    late = [path for since, path, *_ in failed if since > 3]
    assert late == []

    rows = shell(stack, REGISTERED.format(title="停电测试"))
    titles = [title for _, title, _ in rows]
    assert set(load.acknowledged) <= set(titles), "what was confirmed is there"
    assert len(titles) == len(set(titles)), "and nothing twice"
    assert [row for row in rows if row[2] != ["register"]] == [], "no half writes"


SENT_TO_ALL = """
import json
from departments.models import Account
from messaging.services import send
people = list(Account.objects.filter(is_active=True).exclude(email=""))
rounds = [send(recipients=people, kind="test", subject_key=f"{title}{{n}}", title=f"{title}{{n}}")
          for n in range(10)]
print(json.dumps(sum(rounds)))
"""


def letters_titled(stack: Stack, title: str) -> Counter[tuple[str, str]]:
    """The letters whose subject begins so, by recipient and subject."""
    found = (message_from_bytes(p.read_bytes(), policy=policy.default) for p in stack.letters)
    return Counter(
        (letter["To"], letter["Subject"]) for letter in found if letter["Subject"].startswith(title)
    )


@pytest.mark.parametrize("server", ["postgres", "redis-server"])
def test_letters_on_their_way_reach_everybody_once(stack, server):
    """Hundreds have been claimed, and some have left, when that server is restarted."""
    title = f"停电群发{server}"
    number = shell(stack, SENT_TO_ALL.replace("{title}", title).replace("{{n}}", "{n}"))
    assert number > 500
    assert eventually(lambda: len(letters_titled(stack, title)) > 10, 60)
    on_their_way = number - len(letters_titled(stack, title))
    (process,) = servers_of(stack, server)
    process.send_signal(signal.SIGINT if server == "postgres" else signal.SIGKILL)
    assert on_their_way > 0, "all had left already"
    assert eventually(lambda: len(letters_titled(stack, title)) == number, 240)
    assert set(letters_titled(stack, title).values()) == {1}


# The broker


def says(browser: Browser, path: str, words: str) -> Callable[[], bool]:
    return lambda: words in browser.ask(path)[1]


def tell(stack: Stack) -> None:
    """What a service does for somebody: a message, and a knock that letters wait."""
    shell(
        stack,
        "from departments.models import Account; from messaging.services import send; "
        "people = Account.objects.filter(username='office'); "
        "print(send(recipients=people, kind='test', subject_key='outage', title='停电测试'))",
    )


def told(stack: Stack) -> int:
    """How many of these have left by mail."""
    found = (message_from_bytes(p.read_bytes(), policy=policy.default) for p in stack.letters)
    return sum(letter["Subject"] == "停电测试" for letter in found)


def seconds_for(browser: Browser, job: str) -> float:
    """How long a round through the portal takes; every page must show."""
    began = time.monotonic()
    for path in ("/", "/leads/", "/leads/new/", "/reports/", "/messages/", "/exports/", job):
        assert browser.ask(path)[0] == 200, path
    return time.monotonic() - began


def test_with_redis_away_pages_work_and_jobs_wait_and_say_so(stack):
    browser = visitor(stack, "office")
    job = export(browser)
    assert eventually(says(browser, job, "下载文件"), 60)
    usual = seconds_for(browser, job)
    (redis,) = servers_of(stack, "redis-server")
    # The supervisor would start it again at once: let it sleep meanwhile.
    stack.process.send_signal(signal.SIGSTOP)
    try:
        redis.kill()
        redis.wait(10)
        job = export(browser)
        assert seconds_for(browser, job) < 2 * usual + 5, "no page waits for the broker"
        assert eventually(says(browser, job, "排队中，后台暂未响应"), 30)
        assert "后台暂未响应" in browser.ask("/exports/")[1]
        tell(stack)
        assert told(stack) == 0
    finally:
        stack.process.send_signal(signal.SIGCONT)
    assert eventually(says(browser, job, "下载文件"), 90)
    assert eventually(lambda: told(stack) == 1, 90)
    assert "后台暂未响应" not in browser.ask(job)[1]


@pytest.fixture
def stack_on_a_folder(tmp_path: Path) -> Iterator[Stack]:
    url = f"filesystem://{tmp_path}/messages"
    with running_portal(tmp_path / "var", REDIS_URL=url, **SOON) as running:
        yield running


def test_a_folder_serves_as_the_broker_where_there_is_no_redis(stack_on_a_folder):
    stack = stack_on_a_folder
    assert servers_of(stack, "redis-server") == []
    browser = visitor(stack, "office")
    job = export(browser)
    assert eventually(says(browser, job, "下载文件"), 60)
    status, body, _ = browser.ask("/exports/")
    assert status == 200
    assert "后台暂未响应" not in body
    tell(stack)
    assert eventually(lambda: told(stack) == 1, 60)

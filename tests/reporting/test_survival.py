"""Reminders through real workers, schedulers and a broker, all of which die: each once, none lost.

One long story on one stack, because a stack takes a while to start. What is waited for is a
condition, never a time.
"""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from django.conf import settings
from django.db import connection
from django.utils import timezone

from campaign.embedded import broker
from departments.models import Account, Membership
from messaging.models import Delivery, Message, QuietHours
from reporting.periods.models import ReportPeriod
from reporting.reminders import rounds
from reporting.reminders.models import ReminderRule
from tests.processes import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
CROWD = 120
KILLS = 20
#: The people of the small town who act for a unit.
TOWNSPEOPLE = 7


class Machines:
    """The workers, schedulers and broker of one story.

    What ends by itself is started again, as the try-out and a service manager do: a worker that
    holds messages when its broker goes away may end instead of waiting for it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.mail = folder, folder / "mail"
        self.queue = broker.start(folder / "broker")
        self.running: dict[subprocess.Popen, tuple[str, ...]] = {}
        self.environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tests.survival",
            "SURVIVAL_DATABASE": connection.settings_dict["NAME"],
            "SURVIVAL_MAIL": str(self.mail),
            "REDIS_URL": self.queue.url,
            "PORTAL_SWEEP_SECONDS": "0.3",
            "PORTAL_REMIND_SECONDS": "0.3",
            "PORTAL_DELIVERY_LEASE_SECONDS": "0.5",
        }

    def start(self, *words: str) -> subprocess.Popen:
        with (self.folder / "log").open("ab") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "celery", "--app", "campaign", "--quiet", *words],
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.running[process] = words
        return process

    def worker(self) -> subprocess.Popen:
        return self.start(
            "worker", "--concurrency", "2", "--loglevel", "WARNING", "--without-mingle"
        )

    def beat(self, name: str) -> subprocess.Popen:
        schedule = str(self.folder / f"schedule-{name}")
        return self.start("beat", "--schedule", schedule, "--pidfile=", "--max-interval", "1")

    def kill(self, process: subprocess.Popen) -> None:
        del self.running[process]
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def reach(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Whether that comes true in time, with all that should run running."""

        def looked() -> bool:
            for process, words in list(self.running.items()):
                if process.poll() is not None:
                    del self.running[process]
                    self.start(*words)
            return holds()

        return eventually(looked, seconds)

    @property
    def letters(self) -> int:
        return len(list(self.mail.glob("*.eml")))

    def stop(self) -> None:
        for process in list(self.running):
            if process.poll() is None:
                self.kill(process)
        broker.stop(self.folder / "broker")


@pytest.fixture
def machines(transactional_db, tmp_path) -> Iterator[Machines]:
    running = Machines(tmp_path)
    yield running
    running.stop()


def crowd(town) -> None:
    """Many liaisons of the western village."""
    people = Account.objects.bulk_create(
        Account(username=f"crowd.{n}", full_name=f"联络员{n}", email=f"crowd.{n}@example.invalid")
        for n in range(CROWD)
    )
    Membership.objects.bulk_create(
        Membership(account=person, unit=town.west, role="liaison") for person in people
    )


def set_round(town, director, code: str, begins: dt.datetime, due: dt.date, version: int) -> None:
    """That round, and no other, from then on; nights are not quiet."""
    local = timezone.localtime(begins)
    for other, rule in rounds.usual().items():
        values = vars(rule) | {"is_on": other == code}
        if other == code:
            values |= {"day": (due - local.date()).days, "at": local.time()}
        ReminderRule.objects.create(
            jurisdiction=town.unit, round=other, version=version, set_by=director, **values
        )


def cut_off_everybody() -> None:
    """What a restart of the database is to those who are connected to it."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")


def sent(code: str) -> int:
    return Delivery.objects.filter(message__round=code, state="sent").count()


def standing(machines: Machines) -> str:
    """How far it came, and what the processes said last."""
    names = ("message__round", "state", "attempts", "last_error")
    states = Counter(Delivery.objects.values_list(*names))
    said = (machines.folder / "log").read_text(errors="replace").splitlines()[-15:]
    alive = [process.poll() for process in machines.running]
    return "\n".join([f"{states}", f"{alive}", *said])


def test_each_hears_once_whatever_dies(town, people, period, machines):
    crowd(town)
    everyone = CROWD + TOWNSPEOPLE
    director = people.director
    QuietHours.objects.create(
        jurisdiction=town.unit, version=1, begins_at=dt.time(0), ends_at=dt.time(0), set_by=director
    )
    due = timezone.now() + dt.timedelta(hours=1)
    ReportPeriod.objects.update(due_at=due, closes_at=due + dt.timedelta(days=9))
    due_on = timezone.localdate(due)

    # Two schedulers; at the time at which the round begins one of them is killed and started anew.
    begins = timezone.now() + dt.timedelta(seconds=6)
    set_round(town, director, "eve", begins, due_on, version=1)
    worker, first = machines.worker(), machines.beat("first")
    machines.beat("second")
    assert machines.reach(lambda: timezone.now() >= begins, 30)
    machines.kill(first)
    machines.beat("first")

    # Killed in the middle, twenty times: whoever sends just now.
    kills = 0
    while kills < KILLS:
        before = machines.letters
        assert machines.reach(lambda seen=before: machines.letters > seen, 180), (
            f"stuck after {kills}"
        )
        for child in psutil.Process(worker.pid).children():
            child.kill()
            kills += 1
    assert sent("eve") < everyone, "the kills came in the middle"
    machines.kill(worker)
    worker = machines.worker()

    # Those who are connected to the database lose it.
    before = machines.letters
    assert machines.reach(lambda: machines.letters > before, 180)
    cut_off_everybody()
    assert machines.reach(lambda: sent("eve") == everyone, 240), standing(machines)

    # The broker dies with all that it held, and is away when the next round begins.
    broker.stop(machines.folder / "broker")
    set_round(town, director, "friday", timezone.now(), due_on, version=2)
    assert Message.objects.filter(round="friday").count() == 0
    broker.start(machines.folder / "broker")
    assert machines.reach(lambda: sent("friday") == everyone, 240), standing(machines)

    said = Counter(Message.objects.values_list("recipient", "subject_key", "round"))
    assert len(said) == 2 * everyone
    assert set(said.values()) == {1}
    assert Delivery.objects.exclude(state="sent").count() == 0
    assert machines.letters == 2 * everyone, "one letter per Message-ID"

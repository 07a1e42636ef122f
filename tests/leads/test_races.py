"""Two people decide on one thing, two hundred times over: one wins each time, nothing is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection

from audit.machine import Conflict
from leads import due, services
from leads.models import Assignment, Channel, Lead, LeadEvent
from leads.states import AssignmentState, LeadState

pytestmark = pytest.mark.django_db(transaction=True)
RUNS = 200


@pytest.fixture
def reported(town, people, dictionaries) -> list[Assignment]:
    """Leads whose only unit has reported, by the hundred."""
    leads = Lead.objects.bulk_create(
        Lead(
            number=f"RACE-{number}",
            jurisdiction=town.unit,
            channel=Channel.objects.get(code="visit"),
            title="反映有人收费",
            allegation="反映有人收费。",
            state=LeadState.REPORTED_BACK,
            due_on=due.today(),
            registered_by=people.office,
            registered_unit=town.office,
        )
        for number in range(RUNS)
    )
    return Assignment.objects.bulk_create(
        Assignment(
            lead=lead,
            unit=town.police,
            state=AssignmentState.REPORTED,
            due_on=due.today(),
            assigned_by=people.office,
        )
        for lead in leads
    )


class Rivals:
    """Two threads with a connection each, which act at the same moment, again and again."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(2, initializer=self._take_role)
        self._start = threading.Barrier(2)

    def _take_role(self) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")

    def _run(self, act: Callable[[], Any]) -> bool:
        self._start.wait(timeout=30)
        try:
            act()
        except Conflict:
            return False
        return True

    def meet(self, *acts: Callable[[], Any]) -> list[bool]:
        running = [self._pool.submit(self._run, act) for act in acts]
        return [one.result(timeout=30) for one in running]

    def close(self) -> None:
        ends = [self._pool.submit(self._end) for _ in range(2)]
        for one in ends:
            one.result(timeout=30)
        self._pool.shutdown()

    def _end(self) -> None:
        self._start.wait(timeout=30)
        connection.close()


@pytest.fixture
def rivals():
    made = Rivals()
    yield made
    made.close()


def test_approve_against_return(people, reported, rivals):
    wins = {"approve": 0, "return": 0}
    for task in reported:
        approved, returned = rivals.meet(
            lambda task=task: services.approve(
                assignment=task, actor=people.office, expected_version=0
            ),
            lambda task=task: services.return_feedback(
                assignment=task, actor=people.director, note="请补充。", expected_version=0
            ),
        )
        assert approved + returned == 1
        wins["approve" if approved else "return"] += 1
    states = list(Assignment.objects.values_list("state", flat=True))
    assert states.count("accepted") == wins["approve"]
    assert states.count("verifying") == wins["return"]
    assert Lead.objects.filter(state="verifying").count() == wins["return"]
    assert LeadEvent.objects.filter(verb="approve").count() == wins["approve"]
    assert LeadEvent.objects.filter(verb="return").count() == wins["return"]


def test_approving_a_closure_against_recalling_it(people, reported, rivals):
    leads = [
        services.propose_closing(
            lead=task.lead,
            actor=people.office,
            finding="disproven",
            disposition="no_action",
            closing_words="经核查不属实。",
            expected_version=0,
        )
        for task in reported[: RUNS // 4]
    ]
    for lead in leads:
        closed, recalled = rivals.meet(
            lambda lead=lead: services.approve_closing(
                lead=lead, actor=people.director, expected_version=lead.version
            ),
            lambda lead=lead: services.recall_closing(
                lead=lead, actor=people.office, expected_version=lead.version
            ),
        )
        assert closed + recalled == 1
        lead.refresh_from_db()
        assert lead.state == (LeadState.CLOSED if closed else LeadState.REPORTED_BACK)
        assert bool(lead.finding) == closed
    assert LeadEvent.objects.filter(verb__in=["close", "recall_closing"]).count() == len(leads)

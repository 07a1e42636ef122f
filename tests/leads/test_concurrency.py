"""Several people at one lead at once: one wins, the others are told, and nothing is doubled."""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from audit.machine import Conflict
from departments.models import Domain
from leads import due, services
from leads.models import Assignment, Channel, Conduct, Lead, LeadEvent, NumberSeries
from leads.states import AssignmentState, Disposition, Finding, LeadState
from messaging.models import Message

pytestmark = pytest.mark.django_db(transaction=True)

FEEDBACK = {
    "first_verifier": "核查员一",
    "second_verifier": "核查员二",
    "verified_facts": "经走访，集市确有收费。",
    "basis": "走访笔录三份。",
    "opinion": "建议立案调查。",
    "finding": Finding.PROVEN,
}


def together(row: Any, *acts: Callable[[], Any]) -> list[Any]:
    """What each of `acts` gave, or the Conflict that it met, all run at the same moment.

    Each has a connection of its own. `row` is locked until every one of them waits for it, so
    that all have read the world as it was before any of them could change it.
    """
    backends: list[int] = []
    ready = threading.Barrier(len(acts) + 1)

    def run(act: Callable[[], Any]) -> Any:
        try:
            with connection.cursor() as cursor:
                cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
            backends.append(connection.connection.info.backend_pid)
            ready.wait(timeout=30)
            return act()
        except Conflict as conflict:
            return conflict
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        with transaction.atomic():
            type(row)._base_manager.select_for_update().get(pk=row.pk)
            running = [pool.submit(run, act) for act in acts]
            ready.wait(timeout=30)
            _wait_until_blocked(backends)
        return [one.result(timeout=60) for one in running]


def _wait_until_blocked(backends: list[int]) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted AND pid = ANY(%s)",
                [backends],
            )
            if cursor.fetchone()[0] == len(backends):
                return
        time.sleep(0.01)
    raise AssertionError("not all came to wait for the row")


def split(results: list[Any]) -> tuple[list[Any], list[Conflict]]:
    conflicts = [result for result in results if isinstance(result, Conflict)]
    return [result for result in results if not isinstance(result, Conflict)], conflicts


@pytest.fixture
def registered(make_lead):
    return make_lead()


@pytest.fixture
def task(people, make_assigned):
    """An assignment that waits for its unit's signature."""
    return make_assigned().assignments.get()


@pytest.fixture
def verifying(people, task):
    return services.sign(assignment=task, actor=people.police)


@pytest.fixture
def reported(people, verifying):
    services.report_and_sign(
        assignment=verifying,
        actor=people.police_leader,
        expected_version=verifying.version,
        **FEEDBACK,
    )
    return Assignment.objects.select_related("lead").get(pk=verifying.pk)


def assigning(lead, actor, *units):
    return lambda: services.assign(
        lead=lead,
        actor=actor,
        units=units,
        due_on=due.today(),
        expected_version=lead.version,
        domain=Domain.objects.get(code="market"),
        conduct=Conduct.objects.get(code="extortion"),
    )


def closing(lead, actor, finding):
    return lambda: services.close(
        lead=lead,
        actor=actor,
        finding=finding,
        disposition=Disposition.NO_ACTION,
        closing_words="办结。",
        expected_version=lead.version,
    )


def test_two_assign_one_lead(town, people, registered):
    results = together(
        registered,
        assigning(registered, people.office, town.police),
        assigning(registered, people.director, town.civil),
    )
    (winner,), (told,) = split(results)
    assert "当前状态已是“已转办”，不能再转办" in str(told)
    assignment = Assignment.objects.get()
    assert LeadEvent.objects.get(verb="assign").actor == assignment.assigned_by
    assert (
        Message.objects.filter(kind="lead_assigned").count() == assignment.unit.memberships.count()
    )
    registered.refresh_from_db()
    assert (registered.state, registered.version) == (LeadState.ASSIGNED, winner.version)
    assert list(registered.events.values_list("verb", flat=True)) == [
        "register",
        "accept",
        "assess",
        "assign",
    ]


def test_one_assigns_and_one_declines(town, people, registered):
    results = together(
        registered,
        assigning(registered, people.office, town.police),
        lambda: services.decline(
            lead=registered,
            actor=people.director,
            note="属于信访事项。",
            expected_version=registered.version,
        ),
    )
    won, told = split(results)
    assert (len(won), len(told)) == (1, 1)
    registered.refresh_from_db()
    assigned = registered.state == LeadState.ASSIGNED
    assert registered.state in (LeadState.ASSIGNED, LeadState.DECLINED)
    assert Assignment.objects.count() == (1 if assigned else 0)
    assert LeadEvent.objects.filter(verb="decline").count() == (0 if assigned else 1)


def test_two_close_one_lead(people, reported):
    lead = reported.lead
    results = together(
        lead,
        closing(lead, people.director, Finding.PROVEN),
        closing(lead, people.director, Finding.DISPROVEN),
    )
    (winner,), (told,) = split(results)
    assert "当前状态已是“已办结”，不能再办结" in str(told)
    lead.refresh_from_db()
    assert (lead.state, lead.finding) == (LeadState.CLOSED, winner.finding)
    assert LeadEvent.objects.filter(verb="close").count() == 1


def test_one_closes_and_one_returns(people, reported):
    lead = reported.lead
    results = together(
        lead,
        closing(lead, people.director, Finding.PROVEN),
        lambda: services.return_feedback(
            assignment=reported,
            actor=people.office,
            note="请补充。",
            expected_version=reported.version,
        ),
    )
    won, told = split(results)
    assert (len(won), len(told)) == (1, 1)
    lead.refresh_from_db()
    reported.refresh_from_db()
    assert (lead.state, reported.state) in [
        (LeadState.CLOSED, AssignmentState.ACCEPTED),
        (LeadState.VERIFYING, AssignmentState.VERIFYING),
    ]
    assert LeadEvent.objects.filter(verb__in=["close", "return"]).count() == 1


def test_two_sign_one_assignment(people, task):
    results = together(
        task.lead,
        lambda: services.sign(assignment=task, actor=people.police),
        lambda: services.sign(assignment=task, actor=people.police_leader),
    )
    (winner,), (told,) = split(results)
    assert "当前状态已是“核查中”，不能再签收" in str(told)
    task.refresh_from_db()
    assert (task.state, task.signed_by) == (AssignmentState.VERIFYING, winner.signed_by)
    assert LeadEvent.objects.get(verb="sign").actor == winner.signed_by


def test_two_report_back_on_one_assignment(people, verifying):
    def reporting(actor):
        return lambda: services.report_back(
            assignment=verifying,
            actor=actor,
            expected_version=verifying.version,
            **FEEDBACK,
        )

    results = together(verifying.lead, reporting(people.police), reporting(people.police_leader))
    won, told = split(results)
    assert (len(won), len(told)) == (1, 1)
    assert verifying.feedback.get() == won[0]
    assert LeadEvent.objects.filter(verb="report").count() == 1


def test_the_last_two_units_report_at_once_and_the_lead_is_reported_back(
    town, people, make_assigned
):
    lead = make_assigned(town.police, town.civil)
    police, civil = lead.assignments.order_by("pk")
    police = services.sign(assignment=police, actor=people.police)
    civil = services.sign(assignment=civil, actor=people.civil)
    results = together(
        lead,
        *(
            lambda task=task, actor=actor: services.report_and_sign(
                assignment=task, actor=actor, expected_version=task.version, **FEEDBACK
            )
            for task, actor in ((police, people.police_leader), (civil, people.civil_leader))
        ),
    )
    assert split(results)[1] == []
    lead.refresh_from_db()
    assert lead.state == LeadState.REPORTED_BACK


def test_two_browsers_sign_at_once_and_one_reads_that_it_was_too_late(client_for, people, task):
    browsers: list[Client] = [client_for(people.police), client_for(people.police_leader)]
    url = f"/leads/assignments/{task.pk}/sign/"
    results = together(
        task.lead,
        *(lambda client=client: client.post(url, follow=True) for client in browsers),
    )
    pages = [response.content.decode() for response in results]
    assert sum("已签收，请在期限内核查并反馈。" in page for page in pages) == 1
    assert sum("不能再签收。可能已有其他人处理" in page for page in pages) == 1


def _registering(actor: Any, submission: uuid.UUID) -> Callable[[], Any]:
    return lambda: services.register(
        actor=actor,
        submission=submission,
        channel=Channel.objects.get(code="hotline"),
        title="反映集市有人强行收费",
        allegation="反映人称每月初有人到集市收费。",
    )


def test_ten_submissions_of_one_form_make_one_lead(people, registered):
    series, token = NumberSeries.objects.get(), uuid.uuid4()
    results = together(series, *[_registering(people.office, token)] * 10)
    made = Lead.objects.get(submission=token)
    assert {lead.pk for lead, _ in results} == {made.pk}
    assert sorted(new for _, new in results) == [False] * 9 + [True]
    assert made.events.count() == 1
    # What was rolled back leaves no gap in the numbers.
    series.refresh_from_db()
    assert (series.last, made.number[-5:]) == (2, "00002")


def test_ten_leads_at_once_get_ten_numbers_without_a_gap(people, registered):
    series = NumberSeries.objects.get()
    actors = [people.office, people.director, people.police, people.civil, people.east] * 2
    results = together(series, *(_registering(actor, uuid.uuid4()) for actor in actors))
    numbers = sorted(lead.number for lead, new in results if new)
    year = due.today().year
    assert numbers == [f"TOWN-{year}-{number:05d}" for number in range(2, 12)]


def test_the_first_leads_of_a_year_get_numbers_too(people):
    """Nobody has opened the year's series yet: it is made by whoever comes first."""
    with ThreadPoolExecutor(5) as pool:
        start = threading.Barrier(5)

        def run() -> Lead:
            try:
                start.wait(timeout=30)
                return _registering(people.office, uuid.uuid4())()[0]
            finally:
                connection.close()

        running = [pool.submit(run) for _ in range(5)]
        numbers = sorted(one.result(timeout=60).number for one in running)
    assert [number[-5:] for number in numbers] == ["00001", "00002", "00003", "00004", "00005"]

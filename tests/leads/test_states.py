"""The tables of the machines: written down, and obeyed by pages and by the database."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from audit.machine import Machine
from leads import due
from leads.machine import ASSIGNMENT, EXTENSION, LEAD
from leads.models import Assignment, Extension, Lead
from leads.states import AssignmentState, ExtensionState, LeadState


@pytest.mark.parametrize(
    ("thing", "tone"),
    [
        (Lead(state=LeadState.ACCEPTED), "active"),  # the same code as an assignment's 已审核
        (Lead(state=LeadState.ARCHIVED), "ok"),
        (Lead(state=LeadState.DECLINED), "idle"),
        (Assignment(state=AssignmentState.ACCEPTED), "ok"),
        (Assignment(state=AssignmentState.PENDING), "idle"),
        (Assignment(state=AssignmentState.VERIFYING), "active"),
        (Extension(state=ExtensionState.ASKED), "warn"),
    ],
)
def test_each_machine_has_tones_of_its_own(thing, tone):
    assert thing.tone == tone


def allowed(machine: Machine) -> set[tuple[str, str]]:
    moves = [one for one in machine.transitions if one.source != one.target]
    return {(str(one.source), str(one.target)) for one in moves}


@pytest.fixture
def things(make_assigned):
    """One of each kind, and a lead beside it."""
    make_assigned()
    assignment = make_assigned().assignments.get()
    extension = Extension.objects.create(
        assignment=assignment,
        old_due_on=due.today(),
        new_due_on=due.today() + due.dt.timedelta(days=1),
        reason="需要补充。",
        asked_by=assignment.assigned_by,
    )
    return {Lead: assignment.lead, Assignment: assignment, Extension: extension}


@pytest.mark.parametrize(
    ("model", "machine", "states"),
    [
        (Lead, LEAD, LeadState),
        (Assignment, ASSIGNMENT, AssignmentState),
        (Extension, EXTENSION, ExtensionState),
    ],
)
def test_sql_takes_just_the_steps_of_the_table(things, model, machine, states):
    """Every pair of states, tried by the runtime role with plain SQL on a row put there."""
    table, row = connection.ops.quote_name(model._meta.db_table), things[model]
    taken, refusals = set(), set()
    for source in states.values:
        for target in states.values:
            with transaction.atomic(), connection.cursor() as cursor:
                _put(model, row.pk, source)
                try:
                    with transaction.atomic():
                        cursor.execute(
                            f"UPDATE {table} SET state = %s{_besides(model, target)} WHERE id = %s",
                            [target, row.pk],
                        )
                        taken.add((source, target))
                except DatabaseError as refusal:
                    refusals.add("Invalid transition" in str(refusal))
                transaction.set_rollback(True)
    assert refusals == {True}
    assert taken - {(state, state) for state in states.values} == allowed(machine)


def _put(model: type, key: int, state: str) -> None:
    """Set a row's state past the trigger, as only the owner can."""
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        table = connection.ops.quote_name(model._meta.db_table)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(
            f"UPDATE {table} SET state = %s{_besides(model, state)} WHERE id = %s", [state, key]
        )
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")


def _besides(model: type, state: str) -> str:
    """The columns that must agree with a lead's state, so that only the trigger can refuse."""
    if model is not Lead:
        return ""
    closed = state == LeadState.CLOSED
    other = "(SELECT min(id) FROM leads_lead other WHERE other.id <> leads_lead.id)"
    return (
        f", finding = '{'proven' if closed else ''}'"
        f", disposition = '{'no_action' if closed else ''}'"
        f", closed_at = {'now()' if closed else 'NULL'}"
        f", merged_into_id = {other if state == LeadState.MERGED else 'NULL'}"
    )


#: The page of each verb of a lead or an assignment, and what its form is sent.
POSTED = {
    "decline": {"note": "理由"},
    "close": {"finding": "proven", "disposition": "no_action", "closing_words": "办结。"},
    "merge": {"note": "理由"},
    "unmerge": {"note": "理由"},
    "refer": {"authority": "区办", "referred_on": "2026-01-05", "pages": "1", "note": "理由"},
    "archive": {},
    "restart": {"note": "理由"},
    "reject_closing": {"note": "理由"},
    "approve_closing": {},
    "recall_closing": {},
}
#: The verbs that a page takes, where it is not called by its verb.
VERBS = {"close": ("close", "propose_closing"), "approve_closing": ("close",)}


@pytest.mark.parametrize("page", POSTED)
def test_a_page_takes_no_step_that_the_table_does_not_know(
    page, client_for, people, make_lead, make_assigned
):
    """Every state in which the page's verb leads nowhere: the post is told so, nothing moves."""
    make_lead()
    lead = make_assigned()
    client = client_for(people.director)
    verbs = VERBS.get(page, (page,))
    into = make_lead().number
    for state in LeadState.values:
        _put(Lead, lead.pk, state)
        lead.refresh_from_db()
        if any(LEAD.knows(verb, lead) for verb in verbs):
            continue
        before = lead.events.count()
        values = POSTED[page] | {"version": lead.version, "into": into}
        response = client.post(reverse(f"leads:{page}", args=[lead.number]), values, follow=True)
        assert response.status_code == 200
        assert "当前状态已是" in response.content.decode() or "不能再" in response.content.decode()
        lead.refresh_from_db()
        assert (lead.state, lead.events.count()) == (state, before), (page, state)


@pytest.mark.parametrize(
    ("page", "who", "values"),
    [
        ("sign", "police", {}),
        ("refuse", "police", {"note": "理由"}),
        ("withdraw", "office", {"note": "理由"}),
        ("revise", "police", {"note": ""}),
        ("sign_off", "police_leader", {}),
        ("return", "office", {"note": "理由"}),
        ("approve", "office", {}),
    ],
)
def test_nor_does_a_page_of_an_assignment(page, who, values, client_for, people, make_assigned):
    task = make_assigned().assignments.get()
    client = client_for(getattr(people, who))
    for state in AssignmentState.values:
        _put(Assignment, task.pk, state)
        task.refresh_from_db()
        if ASSIGNMENT.knows(page, task):
            continue
        before = task.lead.events.count()
        url = reverse(f"leads:{page}", args=[task.pk])
        client.post(url, values | {"version": task.version})
        task.refresh_from_db()
        assert (task.state, task.lead.events.count()) == (state, before), (page, state)

"""What is written once stays as it was written; states move only along the table."""

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from rules import always_false, always_true

from audit.append_only import AppendOnly
from audit.machine import Conflict, Machine, Transition
from audit.models import Action, AuditEntry
from audit.services import record


@pytest.fixture
def entry(people):
    record(action=Action.SEARCHED, actor=people.office)
    return AuditEntry.objects.get()


CHANGES = {
    "update": "UPDATE audit_auditentry SET actor_name = 'x'",
    "delete": "DELETE FROM audit_auditentry",
    "truncate": "TRUNCATE audit_auditentry CASCADE",
}


def execute(statement):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


@pytest.mark.parametrize("statement", CHANGES.values(), ids=CHANGES)
def test_the_web_can_neither_change_nor_remove_an_entry(entry, statement):
    with pytest.raises(DatabaseError, match="permission denied"):
        execute(statement)
    entry.refresh_from_db()
    assert entry.actor_name == "office"


@pytest.mark.parametrize("statement", [CHANGES["update"], CHANGES["delete"]])
def test_not_even_the_owner_can(entry, as_owner, statement):
    with pytest.raises(DatabaseError, match="append_only"):
        execute(statement)
    assert AuditEntry.objects.count() == 1


def test_only_the_auditor_reads_it(people, entry):
    readers = {
        account.username
        for account in people.everyone()
        if AuditEntry.objects.visible_to(account).exists()
    }
    assert readers == {"auditor"}


def test_every_history_is_append_only_for_the_web(people):
    """Whatever table of this kind an app adds, the runtime role has no right to rewrite it."""
    from django.apps import apps

    tables = [m._meta.db_table for m in apps.get_models() if issubclass(m, AppendOnly)]
    assert {"audit_auditentry", "leads_leadevent", "leads_feedback"} <= set(tables)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                "SELECT has_table_privilege(%s, 'INSERT'), has_table_privilege(%s, 'UPDATE'), "
                "has_table_privilege(%s, 'DELETE'), has_table_privilege(%s, 'TRUNCATE')",
                [table] * 4,
            )
            assert cursor.fetchone() == (True, False, False, False), table


def test_long_words_are_cut_to_the_column(people):
    record(action=Action.DENIED, actor_name="名" * 500, reason="由" * 500)
    entry = AuditEntry.objects.get()
    assert (len(entry.actor_name), len(entry.reason)) == (150, 200)


def transition(verb, source, target, *, who=always_true, needs_note=False):
    return Transition(
        verb=verb, source=source, target=target, label=f"{verb}了", who=who, needs_note=needs_note
    )


def test_a_verb_leads_to_one_state_only():
    with pytest.raises(ValueError, match="two states"):
        Machine(transition("go", "a", "b"), transition("go", "a", "c"))


class Thing:
    """As much of a row as `Machine.check` looks at."""

    class _meta:  # noqa: N801
        @staticmethod
        def get_field(name):
            return type("Field", (), {"flatchoices": [("b", "乙")]})

    def __init__(self, state):
        self.state = state


MACHINE = Machine(
    transition("go", "a", "b"),
    transition("stop", "a", "c", who=always_false),
    transition("explain", "a", "d", needs_note=True),
)


def test_who_may_not_is_denied():
    with pytest.raises(PermissionDenied):
        MACHINE.check(Thing("a"), "stop", actor=None)


def test_a_step_that_the_state_does_not_know_is_a_conflict_in_words():
    with pytest.raises(Conflict, match="当前状态已是“乙”，不能再go了"):
        MACHINE.check(Thing("b"), "go", actor=None)


@pytest.mark.parametrize("note", ["", "  ", "\n"])
def test_a_mandatory_note_must_say_something(note):
    with pytest.raises(ValidationError, match="必须填写"):
        MACHINE.check(Thing("a"), "explain", actor=None, note=note)
    assert MACHINE.check(Thing("a"), "explain", actor=None, note="因为").target == "d"


def test_what_is_open_to_a_person():
    assert [t.verb for t in MACHINE.open_to(None, Thing("a"))] == ["go", "explain"]
    assert MACHINE.open_to(None, Thing("d")) == []
    assert MACHINE.allows(None, Thing("a"), "go")
    assert not MACHINE.allows(None, Thing("a"), "stop")
    assert not MACHINE.allows(None, Thing("b"), "go")


@pytest.mark.django_db(transaction=True)
def test_a_state_changes_inside_a_transaction_only(people, make_lead):
    from leads.machine import LEAD

    lead = make_lead()
    with pytest.raises(RuntimeError, match="inside a transaction"):
        LEAD.lock(lead)
    with transaction.atomic():
        assert LEAD.lock(lead) == lead


def test_a_refusal_is_on_record(people, client_for):
    from audit.models import Action, AuditEntry

    assert client_for(people.police).get("/audit/").status_code == 403
    entry = AuditEntry.objects.get(action=Action.DENIED)
    assert (entry.actor, entry.reason) == (people.police, "/audit/")

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
    return AuditEntry.objects.get(action=Action.SEARCHED)


CHANGES = {
    "update": "UPDATE audit_auditentry SET actor_name = 'x'",
    "delete": "DELETE FROM audit_auditentry",
    "truncate": "TRUNCATE audit_auditentry CASCADE",
    "choose an id": "INSERT INTO audit_auditentry (id, action, actor_name, object_type, "
    "object_label, reason) VALUES (1, 'searched', 'x', '', '', '')",
    "change a seal": "UPDATE audit_seal SET hash = ''",
    "remove a seal": "DELETE FROM audit_seal",
    "remove all seals": "TRUNCATE audit_seal",
    "set the sequence": "SELECT setval('audit_auditentry_id_seq', 1)",
    "replicate": "SET session_replication_role = replica",
}
#: What takes an owner; the runtime role owns nothing.
OF_THE_OWNER = {
    "disable the trigger": "ALTER TABLE audit_auditentry DISABLE TRIGGER ALL",
    "disable the trigger of the seals": "ALTER TABLE audit_seal DISABLE TRIGGER USER",
    "drop the trigger": "DROP TRIGGER pgtrigger_append_only_6cfb3 ON audit_auditentry",
    "drop the table": "DROP TABLE audit_auditentry CASCADE",
    "replace the function": "CREATE OR REPLACE FUNCTION pgtrigger_append_only_6cfb3() "
    "RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END'",
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


@pytest.mark.parametrize("statement", OF_THE_OWNER.values(), ids=OF_THE_OWNER)
def test_the_web_cannot_disarm_what_guards_it(entry, statement):
    with pytest.raises(DatabaseError, match=r"must be owner|permission denied"):
        execute(statement)


@pytest.mark.parametrize("statement", [CHANGES["update"], CHANGES["delete"]])
def test_not_even_the_owner_can(entry, as_owner, statement):
    before = AuditEntry.objects.count()
    with pytest.raises(DatabaseError, match="append_only"):
        execute(statement)
    assert AuditEntry.objects.count() == before


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
    assert {"audit_auditentry", "audit_seal", "leads_leadevent", "leads_feedback"} <= set(tables)
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(
                "SELECT has_any_column_privilege(%s, 'INSERT'), has_table_privilege(%s, 'UPDATE'), "
                "has_table_privilege(%s, 'DELETE'), has_table_privilege(%s, 'TRUNCATE')",
                [table] * 4,
            )
            # What was disposed of is noted by the owner's function that does it.
            adds = table != "leads_disposallog"
            assert cursor.fetchone() == (adds, False, False, False), table


def test_long_words_are_cut_to_the_column(people):
    record(action=Action.DENIED, actor_name="名" * 500, reason="由" * 500)
    entry = AuditEntry.objects.get(action=Action.DENIED)
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

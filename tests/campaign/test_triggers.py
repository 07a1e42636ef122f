"""SQL of one's own as the runtime role: the rights and the triggers that hold then too."""

import pgtrigger
import pytest
from django.apps import apps
from django.db import DatabaseError, connection, transaction

from leads.hanging import DELETABLE, hanging
from leads.models import Lead


@pytest.fixture
def looking_away():
    """The session as pgtrigger makes it for `pgtrigger.ignore()` of every trigger."""
    ignored = [
        trigger.get_pgid(model)
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", ())
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('pgtrigger.ignore', %s, false)", [_array(ignored)])
        yield cursor
        cursor.execute("SELECT set_config('pgtrigger.ignore', NULL, false)")


def _array(names: list[str]) -> str:
    return "{" + ",".join(names) + "}"


def test_the_setting_moves_no_state(make_lead, looking_away):
    lead = make_lead()
    with pytest.raises(DatabaseError, match="Invalid transition"), transaction.atomic():
        looking_away.execute("UPDATE leads_lead SET state = 'referred' WHERE id = %s", [lead.pk])


def test_the_setting_is_the_owners_to_make(make_lead, as_owner):
    """So that the refusal above is for who asks, and not for how."""
    lead = make_lead()
    with pgtrigger.ignore("leads.Lead:lead_states"):
        Lead.objects.filter(pk=lead.pk).update(state="referred")
    assert Lead.objects.get(pk=lead.pk).state == "referred"


def test_the_function_cannot_be_made_anew(db):
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute(
            "CREATE OR REPLACE FUNCTION public._pgtrigger_should_ignore(trigger_name name)"
            " RETURNS boolean LANGUAGE sql AS 'SELECT true'"
        )


def test_nothing_that_hangs_on_a_lead_is_the_runtime_roles_to_delete(db, looking_away):
    """No right at all: rows or none, and whatever a trigger says."""
    refused = set()
    for model in hanging():
        try:
            with transaction.atomic():
                looking_away.execute(f"DELETE FROM {model._meta.db_table}")
        except DatabaseError as refusal:
            if "permission denied" in str(refusal):
                refused.add(model.__name__)
    assert {model.__name__ for model in hanging()} - refused == DELETABLE


def test_no_other_table_comes_before_a_real_one(db):
    """Triggers and policies would read a temporary `leads_conflictofinterest` for the real one."""
    with connection.cursor() as cursor, pytest.raises(DatabaseError), transaction.atomic():
        cursor.execute("CREATE TEMPORARY TABLE leads_conflictofinterest (lead_id bigint)")

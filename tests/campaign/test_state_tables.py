"""The document of the machines is what the code says, and leaves none of them out."""

from __future__ import annotations

import pgtrigger
from django.apps import apps
from django.conf import settings

from campaign.state_tables import TABLES, document

#: The machine of what a scanner says of a file: a step is its verdict, no person's.
NO_TABLE = {"scan_verdicts"}


def test_the_document_is_what_the_code_says():
    written = (settings.BASE_DIR / "docs" / "states.md").read_text(encoding="utf-8")
    assert written == document(), "run manage.py write_state_tables"


def test_every_machine_that_the_database_holds_rows_to_is_in_it():
    held = {
        (model, trigger.name): trigger.transitions
        for model in apps.get_models()
        for trigger in getattr(model._meta, "triggers", ())
        if isinstance(trigger, pgtrigger.FSM) and trigger.name not in NO_TABLE
    }
    written = [table.machine.trigger("t").transitions for table in TABLES]
    assert [key for key, moves in held.items() if moves not in written] == []
    assert len(held) == len(TABLES)

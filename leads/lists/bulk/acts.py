"""What an act on many leads does to one of them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.core.exceptions import ValidationError

from departments.models import Account, Domain, Unit, UnitKind
from leads import services
from leads.lists.bulk.models import BulkAction
from leads.models import Conduct, Lead
from leads.states import LeadState

UNASSESSED = (LeadState.REGISTERED, LeadState.ACCEPTED)


def assign(*, lead: Lead, actor: Account, version: int, params: dict[str, Any]) -> None:
    """Hand the lead to the units of `params`; raises as `leads.services.assign` does.

    Domain and conduct that a lead has stay as they are; a lead that lacks one takes that of
    `params`, and without it is left to be assessed on its own (ValidationError); so is one that
    speaks of an umbrella where discipline is not among the units.
    """
    units = list(Unit.objects.filter(pk__in=params["units"]))
    if lead.umbrella_suspected and UnitKind.DISCIPLINE not in {unit.kind for unit in units}:
        raise ValidationError("反映涉及“保护伞”，须移交纪检机关，请单独研判转办。")
    settled: dict[str, Any] = {}
    if lead.state in UNASSESSED:
        settled["domain"] = lead.domain or Domain.objects.filter(pk=params["domain"]).first()
        settled["conduct"] = lead.conduct or Conduct.objects.filter(pk=params["conduct"]).first()
        if not all(settled.values()):
            raise ValidationError("行业领域或行为类型待研判，请单独研判转办。")
    services.assign(
        lead=lead,
        actor=actor,
        units=units,
        due_on=dt.date.fromisoformat(params["due_on"]),
        instructions=params["instructions"],
        expected_version=version,
        **settled,
    )


def remind(*, lead: Lead, actor: Account, version: int, params: dict[str, Any]) -> None:
    """催办 the lead's units. Which version was seen matters to no one: it asks how things stand."""
    services.remind_lead(lead=lead, actor=actor)


ACTS = {BulkAction.ASSIGN: assign, BulkAction.REMIND: remind}

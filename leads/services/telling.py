"""Whom a step is told to. A message names the lead's number and nothing of its content."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from departments.models import Account, Unit
from departments.roles import OFFICE_ROLES, UNIT_ROLES
from leads.models import Assignment, Lead
from messaging import services as messaging


def tell_office(
    lead: Lead, *, actor: Account, kind: str, title: str, of: Assignment | None = None
) -> None:
    """A message to the office's people; it names the lead's number and nothing of its content."""
    people = Account.objects.filter(
        is_active=True,
        memberships__role__in=OFFICE_ROLES,
        memberships__unit__jurisdiction=lead.jurisdiction_id,
    ).exclude(memberships__unit__in=lead.named_units.all())
    _tell(lead, people.distinct(), kind=kind, title=title, of=of)


def tell_unit(
    lead: Lead, unit: Unit, *, kind: str, title: str, of: Assignment | None = None
) -> None:
    _tell(lead, Account.objects.members_of(unit, UNIT_ROLES), kind=kind, title=title, of=of)


def _tell(lead: Lead, people: Any, *, kind: str, title: str, of: Assignment | None) -> None:
    """`of` tells one return or report of the same assignment from the next by its version."""
    messaging.send(
        recipients=people,
        kind=kind,
        subject_key=f"lead:{lead.pk}" + (f":{of.pk}" if of else ""),
        round=str(of.version) if of else "",
        title=f"{title}（{lead.number}）",
        body=f"线索 {lead.number}：{title}。请登录平台查看。",
        url=reverse("leads:detail", args=[lead.number]),
    )

"""Whom a step is told to. A message names the lead's number and nothing of its content."""

from __future__ import annotations

from typing import Any

from django.urls import reverse

from departments.models import Account, Unit
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads.audience import barred_from
from leads.models import Assignment, Lead
from messaging import services as messaging


def tell_office(
    lead: Lead,
    *,
    actor: Account,
    kind: str,
    title: str,
    roles: frozenset[Role] = OFFICE_ROLES,
    of: Assignment | None = None,
    turn: str = "",
) -> None:
    """A message to the office's people with one of `roles`, save who did it."""
    people = (
        Account.objects.filter(
            is_active=True,
            memberships__role__in=roles,
            memberships__unit__jurisdiction=lead.jurisdiction_id,
        )
        .exclude(memberships__unit__in=lead.named_units.all())
        .exclude(pk=actor.pk)
    )
    _tell(lead, people.distinct(), kind=kind, title=title, of=of, turn=turn)


def tell_unit(
    lead: Lead,
    unit: Unit,
    *,
    kind: str,
    title: str,
    roles: frozenset[Role] = UNIT_ROLES,
    of: Assignment | None = None,
    turn: str = "",
    link: bool = True,
) -> None:
    """A message to the unit's people with one of `roles` who may learn of the lead."""
    people = Account.objects.members_of(unit, roles)
    people = people.exclude(pk__in=barred_from([lead.pk])[lead.pk])
    _tell(lead, people, kind=kind, title=title, of=of, turn=turn, link=link)


def _tell(
    lead: Lead,
    people: Any,
    *,
    kind: str,
    title: str,
    of: Assignment | None,
    turn: str,
    link: bool = True,
) -> None:
    """`turn` tells one message of a kind from the next; by default the assignment's version."""
    messaging.send(
        recipients=people,
        kind=kind,
        subject_key=f"lead:{lead.pk}" + (f":{of.pk}" if of else ""),
        round=turn or (str(of.version) if of else ""),
        title=f"{title}（{lead.number}）",
        body=f"线索 {lead.number}：{title}。" + ("请登录平台查看。" if link else ""),
        url=reverse("leads:detail", args=[lead.number]) if link else "",
    )

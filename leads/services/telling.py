"""Whom a step is told to. A message names the lead's number and nothing of its content."""

from __future__ import annotations

from django.db.models import Q, QuerySet
from django.urls import reverse

from departments.models import Account, Unit, UnitKind
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads.audience import barred_from
from leads.models import Assignment, Lead
from leads.states import Secrecy
from messaging import services as messaging


def office_of(lead: Lead, roles: frozenset[Role] = OFFICE_ROLES) -> QuerySet[Account]:
    """The office's people with one of `roles`, but for those from whom the lead is kept."""
    people = Account.objects.filter(
        is_active=True,
        memberships__role__in=roles,
        memberships__unit__jurisdiction=lead.jurisdiction_id,
    )
    return people.exclude(pk__in=barred_from([lead.pk])[lead.pk]).distinct()


def inside(lead: Lead, people: QuerySet[Account]) -> QuerySet[Account]:
    """Those of the office's `people` who are inside the circle of `lead`; all where nobody is."""
    if lead.secrecy == Secrecy.NORMAL and not lead.is_restricted:
        return people
    handlers = lead.accesses.in_force().handlers().values("account")
    directors = Account.objects.filter(
        memberships__role=Role.DIRECTOR, memberships__unit__jurisdiction=lead.jurisdiction_id
    )
    circle = Q(pk__in=handlers) | Q(pk__in=directors.values("pk"))
    if not lead.is_restricted:
        circle |= Q(pk=lead.registered_by_id)
    return people.filter(circle) if office_of(lead).filter(circle).exists() else people


def tell_office(
    lead: Lead,
    *,
    actor: Account | None,
    kind: str,
    title: str,
    roles: frozenset[Role] = OFFICE_ROLES,
    of: Assignment | None = None,
    turn: str = "",
) -> None:
    """A message to the office's people with one of `roles`, save who did it.

    Of a limited or restricted lead to those inside its circle; to the whole office where it has
    lost them all.
    """
    people = inside(lead, office_of(lead, roles))
    if actor is not None:
        people = people.exclude(pk=actor.pk)
    _tell(lead, people, kind=kind, title=title, of=of, turn=turn)


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


def outside_office(lead: Lead) -> QuerySet[Account]:
    """Who takes a lead up that the office itself must not have: leaders, and discipline."""
    town = {"is_active": True, "memberships__unit__jurisdiction": lead.jurisdiction_id}
    leaders = Account.objects.filter(memberships__role=Role.TOWN_LEADER, **town)
    discipline = Account.objects.filter(
        memberships__role__in=UNIT_ROLES, memberships__unit__kind=UnitKind.DISCIPLINE, **town
    )
    either = Account.objects.filter(pk__in=leaders.union(discipline).values("pk"))
    return either.exclude(pk__in=barred_from([lead.pk])[lead.pk])


def tell_outside_office(lead: Lead) -> None:
    """The lead is kept from the whole office: it goes on by paper, beside the portal."""
    messaging.send(
        recipients=outside_office(lead),
        kind="lead_on_paper",
        subject_key=f"lead:{lead.pk}",
        title=f"扫黑办须整体回避，请按书面程序办理（{lead.number}）",
        body=f"线索 {lead.number}：扫黑办须整体回避，平台内不再流转。"
        "请向登记单位调取书面材料，由纪委和镇领导商定承办单位。",
    )


def _tell(
    lead: Lead,
    people: QuerySet[Account],
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

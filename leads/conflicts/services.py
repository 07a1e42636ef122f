"""The only writers of conflicts of interest."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.acting import as_system
from departments.models import Account, Membership
from departments.roles import BARRING_ROLES, UNIT_ROLES
from leads.conflicts.models import ConflictOfInterest
from leads.conflicts.permissions import can_lift, can_recuse
from leads.conflicts.states import Why
from leads.machine import LEAD
from leads.models import Assignment, Lead, LeadEvent
from leads.permissions import can_handle
from leads.services import telling
from leads.states import WAITING_FOR_UNIT

#: What people put into names, seen and unseen: "李　明", "李·明" and "李明" are one name.
SPACES = " \t\u3000\u00a0\u2002\u2003\u2009\u200b\u200c\u200d\ufeff·•・"

FORGET_UNITS = """
    DELETE FROM leads_conflictofinterest kept
    WHERE kept.why = 'named_unit' AND kept.lead_id = ANY(%(leads)s)
      AND NOT EXISTS (SELECT 1 FROM leads_lead_named_units named
                      WHERE named.lead_id = kept.lead_id AND named.unit_id = kept.unit_id)
"""
ADD_UNITS = """
    INSERT INTO leads_conflictofinterest (lead_id, unit_id, why, reason, lifted_reason)
    SELECT named.lead_id, named.unit_id, 'named_unit', '', ''
    FROM leads_lead_named_units named WHERE named.lead_id = ANY(%(leads)s)
    ON CONFLICT DO NOTHING RETURNING lead_id
"""
#: What was lifted stays: it says that somebody looked and found another person of that name.
FORGET_PEOPLE = """
    DELETE FROM leads_conflictofinterest kept USING departments_account account
    WHERE kept.why = 'named_person' AND kept.lifted_at IS NULL AND account.id = kept.account_id
      AND {which}
      AND NOT EXISTS (SELECT 1 FROM leads_subject subject
                      WHERE subject.lead_id = kept.lead_id
                        AND translate(subject.name, %(spaces)s, '')
                          = translate(account.full_name, %(spaces)s, ''))
"""
ADD_PEOPLE = """
    INSERT INTO leads_conflictofinterest (lead_id, account_id, why, reason, lifted_reason)
    SELECT DISTINCT lead.id, account.id, 'named_person', '', ''
    FROM leads_subject subject
    JOIN leads_lead lead ON lead.id = subject.lead_id
    JOIN departments_unit unit ON unit.jurisdiction_id = lead.jurisdiction_id
    JOIN departments_membership held ON held.unit_id = unit.id
    JOIN departments_account account ON account.id = held.account_id
    WHERE translate(subject.name, %(spaces)s, '') = translate(account.full_name, %(spaces)s, '')
      AND {which}
    ON CONFLICT DO NOTHING RETURNING lead_id
"""


def derive_rows(lead_ids: Collection[int]) -> None:
    """Bring the rows of these leads into line with what they name; tells nobody."""
    values = {"leads": list(lead_ids), "spaces": SPACES}
    with connection.cursor() as cursor:
        cursor.execute(FORGET_UNITS, values)
        cursor.execute(ADD_UNITS, values)
        cursor.execute(FORGET_PEOPLE.format(which="kept.lead_id = ANY(%(leads)s)"), values)
        cursor.execute(ADD_PEOPLE.format(which="lead.id = ANY(%(leads)s)"), values)


def derive(lead: Lead) -> None:
    """To be called by whoever changes what a lead names, in the same transaction.

    Where the lead is now kept from the whole office, those are told who take it up on paper;
    where it lies with a unit that must not have it, the office is.
    """
    with as_system():  # it may be kept from the actor from here on
        derive_rows([lead.pk])
        _follow_up(lead)


def derive_all(leads: Collection[Lead]) -> None:
    """As `derive`, for leads that are written many at a time."""
    keys = [lead.pk for lead in leads]
    with as_system():
        derive_rows(keys)
        kept = ConflictOfInterest.objects.filter(lead__in=keys)
        for lead in Lead.objects.filter(pk__in=kept.values("lead")):
            _follow_up(lead)


def people_named(town: int, *, names: Collection[str], units: Collection[int]) -> set[int]:
    """From whom a lead with these names would be kept: the people, and all of a barred unit."""
    held = Membership.objects.filter(unit__jurisdiction=town).select_related("account")
    plain = {_plain(name) for name in names}
    named = [one for one in held if _plain(one.account.full_name) in plain]
    barred = {one.unit_id for one in named if one.role in BARRING_ROLES} | set(units)
    members = Membership.objects.filter(unit__in=barred).values_list("account", flat=True)
    return {one.account_id for one in named} | set(members)


def _plain(name: str) -> str:
    return name.translate(dict.fromkeys(map(ord, SPACES)))


@as_system()
@transaction.atomic
def derive_for(account: Account) -> None:
    """To be called when a person is given a role or another name: leads may name them already.

    Whoever gives it, an administrator as a rule, sees no lead.
    """
    values = {"account": account.pk, "spaces": SPACES}
    with connection.cursor() as cursor:
        cursor.execute(FORGET_PEOPLE.format(which="account.id = %(account)s"), values)
        cursor.execute(ADD_PEOPLE.format(which="account.id = %(account)s"), values)
    for kept in (
        ConflictOfInterest.objects.in_force()
        .filter(account=account, why=Why.NAMED_PERSON)
        .select_related("lead")
    ):
        _follow_up(kept.lead)


def _follow_up(lead: Lead) -> None:
    _forget(lead)
    if not lead.is_open or (not lead.barred.units and not lead.barred.accounts):
        return
    if not telling.office_of(lead).exists():
        telling.tell_outside_office(lead)
        return
    stuck = lead.assignments.filter(unit__in=lead.barred.units, state__in=WAITING_FOR_UNIT)
    for assignment in stuck:
        telling.tell_office(
            lead,
            actor=None,
            kind="lead_conflict",
            title="承办单位须回避，请改派",
            of=assignment,
        )


def _forget(lead: Lead) -> None:
    """What the lead has read of its conflicts is no longer so."""
    for name in ("conflict_rows", "barred", "_standings"):
        vars(lead).pop(name, None)


def recuse(*, lead: Lead, actor: Account, reason: str) -> ConflictOfInterest:
    """回避: from now on the lead is kept from `actor` alone; their unit goes on through others.

    The office is told, or those beside it when nobody of the office is left.
    """
    if not reason.strip():
        raise ValidationError({"note": "请填写回避的理由。"})
    with transaction.atomic():
        row = LEAD.lock(lead)
        if not can_recuse.test(actor, row):
            raise PermissionDenied
        # While the lead is still theirs to write of.
        LeadEvent.write(
            row, actor=actor, verb="recuse", target="", note=reason, assignment=_part(row, actor)
        )
        kept = ConflictOfInterest.objects.create(
            lead=row, account=actor, why=Why.RECUSED, reason=reason.strip()
        )
        _forget(row)
        telling.tell_office(
            row,
            actor=actor,
            kind="lead_recused",
            title="有人员申请回避",
            turn=str(kept.pk),
        )
        if not telling.office_of(row).exists():
            telling.tell_outside_office(row)
        return kept


def hand_on(*, lead: Lead, to: Lead) -> None:
    """Who declared that they keep away from `lead` keeps away from `to`, which goes on with it.

    To be called in the transaction that makes it so; what follows from names is derived.
    """
    declared = lead.conflicts.in_force().filter(why=Why.RECUSED)
    ConflictOfInterest.objects.bulk_create(
        (
            ConflictOfInterest(lead=to, account=one.account, why=one.why, reason=one.reason)
            for one in declared.select_related("account")
        ),
        ignore_conflicts=True,
    )
    _follow_up(to)


def lift(*, conflict: ConflictOfInterest, actor: Account, reason: str) -> ConflictOfInterest:
    """The director finds that it is another person of that name, or that the cause has gone."""
    if not reason.strip():
        raise ValidationError({"note": "请填写解除的理由。"})
    with transaction.atomic():
        lead = LEAD.lock(conflict.lead)
        row = ConflictOfInterest.objects.select_for_update().get(pk=conflict.pk)
        row.lead = lead
        if not can_lift.test(actor, row):
            raise PermissionDenied
        if not row.is_in_force:
            raise Conflict("这项回避已由他人解除。")
        row.lifted_by, row.lifted_at, row.lifted_reason = actor, timezone.now(), reason.strip()
        row.save(update_fields=["lifted_by", "lifted_at", "lifted_reason"])
        note = f"{row.account.full_name}（{row.get_why_display()}）：{row.lifted_reason}"
        LeadEvent.write(lead, actor=actor, verb="lift", target="", note=note)
        return row


def _part(lead: Lead, actor: Account) -> Assignment | None:
    """The assignment through which `actor` has to do with the lead; none for the office."""
    if can_handle.test(actor, lead):
        return None
    return lead.assignments.filter(unit__in=actor.unit_ids(*UNIT_ROLES)).first()

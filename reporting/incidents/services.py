"""The only writers of incidents."""

from __future__ import annotations

import datetime as dt
import uuid

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from departments.acting import as_system
from departments.models import Account, Unit
from departments.roles import UNIT_ROLES
from leads.drafts import services as drafts
from leads.models import Lead, LeadDraft
from messaging import services as messaging
from reporting.incidents.models import LONGEST, LONGEST_ANSWER, Incident
from reporting.incidents.permissions import is_told
from reporting.incidents.reminders import INCIDENTS

#: A phone's clock may be so much ahead.
SLACK = dt.timedelta(minutes=10)
OLDEST = dt.timedelta(days=366)


def report(
    *,
    actor: Account,
    unit: Unit,
    what: str,
    place: Unit | None,
    happened_at: dt.datetime,
    handling: str,
    in_danger: bool,
    submission: uuid.UUID,
) -> tuple[Incident, bool]:
    """Tell the office of the unit's town at once; returns the incident and whether it is new.

    The same `submission` again gives that of the first time, and nobody is told twice.
    PermissionDenied for who does not act for the unit, ValidationError for what is missing or
    cannot be.
    """
    if unit.pk not in actor.unit_ids(*UNIT_ROLES):
        raise PermissionDenied
    _require_sound(unit, what, place, happened_at, handling)
    try:
        with transaction.atomic():
            # The town's lock makes its numbers gapless: incidents are never deleted.
            Unit.objects.select_for_update(no_key=True).get(pk=unit.jurisdiction_id)
            year = timezone.localdate().year
            of_year = Incident.objects.filter(jurisdiction=unit.jurisdiction_id, year=year)
            made = Incident.objects.create(
                jurisdiction_id=unit.jurisdiction_id,
                unit=unit,
                year=year,
                serial=of_year.count() + 1,
                submission=submission,
                what=what.strip(),
                place=place,
                happened_at=happened_at,
                handling=handling.strip(),
                in_danger=in_danger,
                raised_by=actor,
            )
            made.record(actor=actor, verb="raise")
            now = timezone.now()
            rows = list(INCIDENTS.owed(now).filter(pk=made.pk))
            messaging.send_letters(
                kind=INCIDENTS.kind, letters=INCIDENTS.letters(rows, now), pace=INCIDENTS.pace
            )
    except IntegrityError:
        there = Incident.objects.filter(submission=submission, raised_by=actor).first()
        if there is None:
            raise PermissionDenied from None
        return there, False
    return made, True


@transaction.atomic
def acknowledge(*, actor: Account, incident: Incident) -> Incident:
    """已知悉: it leaves the office's pages. Conflict for all but the first."""
    row = _lock(actor, incident)
    if row.acknowledged_at:
        raise Conflict(f"{row.acknowledged_by}已确认知悉，不必重复确认。")
    _know(row, actor)
    return row


@transaction.atomic
def answer(*, actor: Account, incident: Incident, words: str) -> Incident:
    """Answer the unit; whoever answers also knows. The same words a second time are one answer."""
    row = _lock(actor, incident)
    words = words.strip()
    if not 0 < len(words) <= LONGEST_ANSWER:
        raise ValidationError({"note": f"请填写答复，最多 {LONGEST_ANSWER} 字。"})
    last = row.events.order_by("-pk").first()
    if (last.verb, last.actor_id, last.note) == ("answer", actor.pk, words):
        return row
    if not row.acknowledged_at:
        _know(row, actor)
    row.record(actor=actor, verb="answer", note=words)
    messaging.send(
        recipients=Account.objects.members_of(row.unit_id, UNIT_ROLES),
        kind="incident_answered",
        subject_key=f"incident:{row.pk}",
        round=str(row.events.count()),
        title=f"扫黑办答复重大事项（{row.number}）",
        body=f"扫黑办已答复重大事项 {row.number}，请登录平台查看。",
        url=reverse("reporting:incident", args=[row.pk]),
    )
    return row


@transaction.atomic
def begin_lead(*, actor: Account, incident: Incident) -> uuid.UUID:
    """The token of a lead's draft that has the incident's words; `actor` registers it himself.

    Conflict where somebody has begun: in the same words whether there is a draft or already a
    lead, which may be kept from `actor`.
    """
    row = _lock(actor, incident)
    if row.lead_token:
        # The draft first: it ends in the transaction that registers the lead.
        draft = LeadDraft.objects.filter(submission=row.lead_token).first()
        if draft is not None and draft.owner_id == actor.pk:
            return row.lead_token
        with as_system():
            begun = draft or Lead.objects.filter(submission=row.lead_token).exists()
        # A lead is kept for years: one that is there no more has been disposed of.
        if begun or row.raised_at < timezone.now() - OLDEST:
            raise Conflict(f"{row.lead_by}已在把这件重大事项登记为线索。")
    if not row.acknowledged_at:
        _know(row, actor)
    row.lead_token, row.lead_by = uuid.uuid4(), actor
    row.save(update_fields=["lead_token", "lead_by"])
    drafts.save(
        actor=actor, submission=row.lead_token, content=_as_content(row), expected_version=0
    )
    return row.lead_token


def _as_content(row: Incident) -> dict[str, list[str]]:
    """The incident in the fields of a lead's form."""
    at = timezone.localtime(row.happened_at)
    told = f"{row.unit.name}上报重大事项（{row.number}），发生时间 {at:%Y-%m-%d %H:%M}。"
    handled = f"现场处置：{row.handling}"
    content = {
        "allegation": [f"{told}\n{row.what}\n{handled}"],
        "received_on": [timezone.localdate(row.raised_at).isoformat()],
    }
    return content | ({"place": [str(row.place_id)]} if row.place_id else {})


def _lock(actor: Account, incident: Incident) -> Incident:
    row = Incident.objects.select_for_update(of=("self",)).get(pk=incident.pk)
    if not is_told.test(actor, row):
        raise PermissionDenied
    return row


def _know(row: Incident, actor: Account) -> None:
    row.acknowledged_by, row.acknowledged_at = actor, timezone.now()
    row.save(update_fields=["acknowledged_by", "acknowledged_at"])
    row.record(actor=actor, verb="acknowledge")


def _require_sound(
    unit: Unit, what: str, place: Unit | None, happened_at: dt.datetime, handling: str
) -> None:
    found: dict[str, str] = {}
    now = timezone.now()
    for name, words in (("what", what), ("handling", handling)):
        if not words.strip():
            found[name] = "请填写。"
        elif len(words) > LONGEST:
            found[name] = f"最多 {LONGEST} 字。"
    if happened_at > now + SLACK:
        found["happened_at"] = "发生时间不能晚于现在。"
    elif happened_at < now - OLDEST:
        found["happened_at"] = "发生时间不能早于一年前，请核对。"
    if place and not Unit.objects.villages_in(unit.jurisdiction_id).filter(pk=place.pk).exists():
        found["place"] = "请选择本镇的村居。"
    if found:
        raise ValidationError(found)

"""Two incidents: one that the office has answered, one that nobody has acknowledged."""

from __future__ import annotations

import datetime as dt
import uuid

from demo import texts
from demo.accounts import People
from demo.clock import Clock
from departments.models import Account, Unit, UnitKind
from reporting.incidents.models import Incident, IncidentEvent

HOUR = dt.timedelta(hours=1)
STORIES = (
    (
        dt.timedelta(days=6),
        "十余人在安置房工地门口聚集，堵住施工车辆，要求土方交给他们做，已停工半天。",
        "村干部到场劝离，已通知派出所。",
        "收到，派出所已出警，请每两小时报一次现场情况。",
    ),
    (
        dt.timedelta(hours=2),
        "有人到砂石料场强行过磅收费，与司机发生推搡，无人受伤。",
        "村治保主任在现场，双方已分开。",
        "",
    ),
)


def make(*, town: Unit, people: People, span: Clock) -> None:
    """A town that has any keeps them. The caller holds the transaction."""
    if Incident.objects.filter(jurisdiction=town).exists():
        return
    villages = Unit.objects.active().filter(jurisdiction=town, kind=UnitKind.VILLAGE)
    for unit, (ago, what, handling, answer) in zip(
        villages.order_by("path"), STORIES, strict=False
    ):
        _write(unit, span.now - ago, (what, handling, answer), people)


def _write(unit: Unit, at: dt.datetime, words: tuple[str, str, str], people: People) -> None:
    what, handling, answer = words
    liaison, known_at = people.liaison[unit.pk], at + HOUR / 6
    year = at.year
    made = Incident.objects.create(
        jurisdiction_id=unit.jurisdiction_id,
        unit=unit,
        year=year,
        serial=Incident.objects.filter(jurisdiction=unit.jurisdiction_id, year=year).count() + 1,
        submission=uuid.uuid5(uuid.NAMESPACE_OID, f"demo incident {unit.code} {at}"),
        what=texts.MARK + what,
        place=unit,
        happened_at=at - HOUR / 2,
        handling=handling,
        raised_by=liaison,
        raised_at=at,
        acknowledged_by=people.office if answer else None,
        acknowledged_at=known_at if answer else None,
    )
    _record(made, liaison, "raise", at)
    if answer:
        _record(made, people.office, "acknowledge", known_at)
        _record(made, people.office, "answer", known_at + HOUR / 6, texts.MARK + answer)


def _record(made: Incident, actor: Account, verb: str, at: dt.datetime, note: str = "") -> None:
    IncidentEvent.objects.create(
        incident=made,
        at=at,
        actor=actor,
        actor_name=actor.full_name,
        unit_name=actor.main_unit.name if actor.main_unit else "",
        verb=verb,
        to_state="waiting" if verb == "raise" else "acknowledged",
        note=note,
    )

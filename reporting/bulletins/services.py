"""The only writers of bulletins."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection, transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account, Membership, Unit
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads.documents.services import template_for
from leads.documents.states import PaperKind
from leads.naming import names_a_lead
from messaging import services as messaging
from reporting.bulletins import content, filing
from reporting.bulletins.machine import BULLETIN
from reporting.bulletins.models import LISTS, WORDS, Bulletin, BulletinRead
from reporting.bulletins.permissions import prepares
from reporting.bulletins.querysets import addressees
from reporting.bulletins.states import BulletinState
from reporting.periods.models import ReportPeriod


@transaction.atomic
def make(*, actor: Account, period: ReportPeriod) -> tuple[Bulletin, bool]:
    """The week's bulletin, and whether this call drafted it; a second click finds the first's."""
    if period.jurisdiction_id not in actor.jurisdictions_as(*OFFICE_ROLES):
        raise PermissionDenied
    # One at a time in a week: the slower of two finds what the faster has made.
    ReportPeriod.objects.select_for_update(no_key=True, of=("self",)).get(pk=period.pk)
    there = Bulletin.objects.filter(period=period).first()
    if there is not None:
        return there, False
    made = Bulletin(
        jurisdiction_id=period.jurisdiction_id,
        period=period,
        issuer=template_for(period.jurisdiction, PaperKind.ORDER).issuer,
        drafted_by=actor,
        **content.taken(period),
    )
    made.full_clean(exclude=["drafted_at", "year", "serial", "issued_by", "issued_at"])
    made.save(force_insert=True)
    made.record(actor=actor, verb="make", source="", target=made.state)
    return made, True


@transaction.atomic
def edit(
    *,
    bulletin: Bulletin,
    actor: Account,
    expected_version: int,
    praised: Collection[int],
    named: Collection[int],
    **words: str,
) -> Bulletin:
    """Write title, situation, progress and asks of a draft; praise and name units by their keys.

    ValidationError for a unit that is not in the week's list, one that is exempt and named, one
    that is both praised and named, and for a lead's number among the words.
    """
    row = BULLETIN.lock(bulletin)
    # A browser's line ends are no change: what nobody wrote goes on following the figures.
    words = {name: text.replace("\r\n", "\n") for name, text in words.items()}
    values = words | {"praised": _listed(row, praised), "named": _listed(row, named)}
    _require_sound(row, values)
    changed = [name for name in (*WORDS, *LISTS) if values[name] != getattr(row, name)]
    if not changed and prepares.test(actor, row):
        return row
    edited = sorted({*row.edited, *changed})
    return _remark(bulletin, "edit", "修改", actor, expected_version, edited=edited, **values)


@transaction.atomic
def refresh(*, bulletin: Bulletin, actor: Account, expected_version: int) -> Bulletin:
    """Take the figures again. What a person has written since stays as it is.

    But for units that belong no more in a list, whoever wrote it; the timeline names them.
    """
    row = BULLETIN.lock(bulletin)
    found = content.taken(row.period)
    changes = {name: value for name, value in found.items() if name not in row.edited}
    notes = []
    for name in LISTS:
        if name in row.edited:
            changes[name] = filing.still_listed(row, name, found["filing"])
            if gone := [unit["name"] for unit in getattr(row, name) if unit not in changes[name]]:
                notes.append(f"{row._meta.get_field(name).verbose_name}去掉：{'、'.join(gone)}")
    note = "；".join(notes)
    return _remark(bulletin, "refresh", "重新取数", actor, expected_version, note=note, **changes)


@transaction.atomic
def submit(*, bulletin: Bulletin, actor: Account, expected_version: int) -> Bulletin:
    """Put the draft before the director.

    ValidationError when its figures were taken before the deadline, or a unit has filed, was
    returned or exempted since.
    """
    row = BULLETIN.lock(bulletin)
    BULLETIN.check(row, "submit", actor=actor)
    _require_sound_row(row)
    row = BULLETIN.step(bulletin, "submit", actor=actor, expected_version=expected_version)
    directors = Account.objects.filter(
        is_active=True,
        memberships__role=Role.DIRECTOR,
        memberships__unit__jurisdiction=row.jurisdiction_id,
    ).exclude(pk=actor.pk)
    messaging.send(
        recipients=list(directors.distinct()),
        kind="bulletin_submitted",
        subject_key=f"bulletin:{row.pk}",
        round=f"v{row.version}",
        title="周通报待您审批",
        body=f"{row.title}已由{actor.full_name}拟好，请审批。",
        url=reverse("reporting:bulletin", args=[row.pk]),
    )
    return row


@transaction.atomic
def withdraw(*, bulletin: Bulletin, actor: Account, expected_version: int) -> Bulletin:
    """Take the bulletin back before it is approved, to change it."""
    return BULLETIN.step(bulletin, "withdraw", actor=actor, expected_version=expected_version)


@transaction.atomic
def give_back(*, bulletin: Bulletin, actor: Account, expected_version: int, note: str) -> Bulletin:
    """退回修改, with a reason."""
    row = BULLETIN.step(
        bulletin, "return", actor=actor, expected_version=expected_version, note=note
    )
    messaging.send(
        recipients=[] if row.drafted_by_id == actor.pk else [row.drafted_by_id],
        kind="bulletin_returned",
        subject_key=f"bulletin:{row.pk}",
        round=f"v{row.version}",
        title="周通报被退回修改",
        body=f"{row.title}被退回修改，请登录平台查看理由。",
        url=reverse("reporting:bulletin", args=[row.pk]),
    )
    return row


@transaction.atomic
def issue(*, bulletin: Bulletin, actor: Account, expected_version: int) -> Bulletin:
    """Approve, number, freeze, and tell the units. Of two at once, one issues it.

    ValidationError as for `submit`: no unit is told of otherwise than it stands now.
    """
    row = BULLETIN.lock(bulletin)
    BULLETIN.check(row, "issue", actor=actor)
    _require_sound_row(row)
    now = timezone.now()
    row.year = timezone.localdate(now).year
    row.serial = next_serial(row.jurisdiction_id, row.year)
    row.issued_by, row.issued_at = actor, now
    row = BULLETIN.step(
        bulletin,
        "issue",
        actor=actor,
        expected_version=expected_version,
        year=row.year,
        serial=row.serial,
        issued_by=actor,
        issued_at=now,
        content_hash=row.compute_hash(),
    )
    _tell(row, addressees(row), "bulletin_issued", f"周通报{row.number}已印发，请阅读")
    return row


def mark_read(*, bulletin: Bulletin, actor: Account) -> None:
    """The units for which `actor` acts have read it; the first of a unit stays the first."""
    if not bulletin.is_issued:
        return
    units = addressees(bulletin).filter(pk__in=actor.unit_ids(*UNIT_ROLES))
    BulletinRead.objects.bulk_create(
        [BulletinRead(bulletin=bulletin, unit=unit, reader=actor) for unit in units],
        ignore_conflicts=True,
    )


@transaction.atomic
def remind(*, bulletin: Bulletin, actor: Account) -> int:
    """Remind the units that have not opened it; returns how many.

    Conflict when all have, or when they were reminded less than `PORTAL_URGE_HOURS` ago. Two at
    once remind once.
    """
    row = BULLETIN.lock(bulletin)
    if not prepares.test(actor, row):
        raise PermissionDenied
    if not row.is_issued:
        raise Conflict("通报还没有印发。")
    now = timezone.now()
    since = now - dt.timedelta(hours=settings.PORTAL_URGE_HOURS)
    if row.events.filter(verb="remind", at__gt=since).exists():
        raise Conflict(f"{settings.PORTAL_URGE_HOURS} 小时内已经提醒过。")
    unread = list(addressees(row).exclude(pk__in=row.reads.values("unit")))
    if not unread:
        raise Conflict("各单位都已阅读。")
    row.record(
        actor=actor,
        verb="remind",
        source=row.state,
        target=row.state,
        note=f"提醒{len(unread)}个未读单位",
    )
    _tell(row, unread, "bulletin_unread", f"请阅读周通报{row.number}", turn=now.isoformat())
    return len(unread)


def _remark(
    bulletin: Bulletin,
    verb: str,
    label: str,
    actor: Account,
    version: int,
    *,
    note: str = "",
    **changes: Any,
) -> Bulletin:
    return BULLETIN.remark(
        bulletin,
        verb,
        actor=actor,
        who=prepares,
        during=[BulletinState.DRAFT],
        label=label,
        note=note,
        expected_version=version,
        **changes,
    )


def _listed(row: Bulletin, keys: Collection[int]) -> filing.Units:
    """The units of the week's list by their keys, in its order."""
    units = [unit for group in filing.GROUPS for unit in row.filing[group]]
    if unknown := set(keys) - {unit["id"] for unit in units}:
        raise ValidationError(f"有 {len(unknown)} 个单位不在本周应报名单里。")
    return [unit for unit in units if unit["id"] in keys]


def _require_sound(row: Bulletin, values: Mapping[str, Any]) -> None:
    wrong: dict[str, str] = {}
    for name in WORDS:
        if names_a_lead(values[name]):
            wrong[name] = "通报发给全镇各单位，不能写线索编号。"
    named = {unit["id"]: unit["name"] for unit in values["named"]}
    spared = filing.exempt_units(row.period) & set(named)
    if spared:
        names = "、".join(named[key] for key in sorted(spared))
        wrong["named"] = f"免报单位不点名：{names}。"
    elif both := [unit["name"] for unit in values["praised"] if unit["id"] in named]:
        wrong["named"] = f"同一单位不能既表扬又点名：{'、'.join(both)}。"
    if wrong:
        raise ValidationError(wrong)


def _require_sound_row(row: Bulletin) -> None:
    """Asked again at each step: a unit may have filed or been exempted since it was written.

    Nobody is told of as not having reported while there is time to, nor who has done it by now.
    """
    if row.is_early:
        raise ValidationError(
            f"取数时还没有到报送截止时间，尚有 {row.unfiled} 个单位未报送；截止后请重新取数。"
        )
    if words := filing.outdated(row):
        raise ValidationError(words)
    _require_sound(row, {name: getattr(row, name) for name in (*WORDS, *LISTS)})


def _tell(row: Bulletin, units: Collection[Unit], kind: str, title: str, *, turn: str = "") -> None:
    """A message to everybody who acts for one of `units`."""
    people = Membership.objects.filter(unit__in=units, role__in=UNIT_ROLES, account__is_active=True)
    messaging.send(
        recipients=people.order_by("account").values_list("account", flat=True).distinct(),
        kind=kind,
        subject_key=f"bulletin:{row.pk}",
        round=turn,
        title=title,
        body=f"{row.issuer}印发{row.title}。打开即视为本单位已阅读。",
        url=reverse("reporting:bulletin", args=[row.pk]),
    )


def next_serial(town: int, year: int) -> int:
    """The next number of the town's year. The row lock makes them gapless and unique."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reporting_bulletinseries (jurisdiction_id, year, last) "
            "VALUES (%s, %s, 1) ON CONFLICT (jurisdiction_id, year) "
            "DO UPDATE SET last = reporting_bulletinseries.last + 1 RETURNING last",
            [town, year],
        )
        return cursor.fetchone()[0]

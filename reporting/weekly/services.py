"""The only writers of weekly reports."""

from __future__ import annotations

from collections.abc import Mapping

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import SimpleLazyObject

from audit.machine import Conflict
from departments.models import Account, Unit
from departments.roles import UNIT_ROLES, Role
from messaging import services as messaging
from reporting.delegations.querysets import signers_of
from reporting.delegations.services import lock_for_signing
from reporting.form_versions.services import form_of_week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly import form as definition
from reporting.weekly import prefill
from reporting.weekly.form import Content
from reporting.weekly.machine import WEEKLY
from reporting.weekly.models import WeeklyReport
from reporting.weekly.paper import goes_on
from reporting.weekly.permissions import can_edit, reports_for

CHANGED = "这份周报刚刚在别处被修改过，您填写的内容没有保存，请查看最新情况后再操作。"
CLOSED = "本期周报已经关闭，不能再填报或退回。"
NOT_AS_SIGNED = "内容与签字时不一致，签字无效，不能签收。请退回，由报送单位核对后重新签字。"


@transaction.atomic
def save(
    *,
    actor: Account,
    period: ReportPeriod,
    unit: Unit,
    content: Content,
    expected_version: int,
    counts: Mapping[str, int] | None = None,
    is_automatic: bool = False,
) -> WeeklyReport:
    """Write the unit's draft, starting the report if there is none (`expected_version` 0).

    `counts` is what the portal counts (`prefill.figures`), where the caller has just asked.

    What a page saves by itself (`is_automatic`) goes on with the last edit of the timeline, where
    that is the same person's.

    Raises Conflict when someone else wrote in between or the report has gone on, PermissionDenied
    for strangers, ValidationError when the content is wrong; a draft may have gaps.
    """
    return _write(
        actor,
        period,
        unit,
        content,
        expected_version,
        counts,
        complete=False,
        is_automatic=is_automatic,
    )


@transaction.atomic
def save_and_submit(
    *,
    actor: Account,
    period: ReportPeriod,
    unit: Unit,
    content: Content,
    expected_version: int,
    counts: Mapping[str, int] | None = None,
) -> WeeklyReport:
    """Write the report and put it before the unit's leader, as one step; it must be complete."""
    report = _write(actor, period, unit, content, expected_version, counts, complete=True)
    return _submit(actor, report)


@transaction.atomic
def save_and_sign(
    *,
    actor: Account,
    period: ReportPeriod,
    unit: Unit,
    content: Content,
    expected_version: int,
    counts: Mapping[str, int] | None = None,
) -> WeeklyReport:
    """Write the report and sign it, as one step, for a unit's leader; it must be complete."""
    report = _write(actor, period, unit, content, expected_version, counts, complete=True)
    return _sign(actor, report)


@transaction.atomic
def submit(*, actor: Account, report: WeeklyReport, expected_version: int) -> WeeklyReport:
    """Put the report before the unit's leader for signature."""
    _require_open(report.period, report.unit_id)
    return _submit(actor, _lock(report), expected_version)


@transaction.atomic
def withdraw(*, actor: Account, report: WeeklyReport, expected_version: int) -> WeeklyReport:
    """Take the report back before it is signed, to change it."""
    return WEEKLY.step(report, "withdraw", actor=actor, expected_version=expected_version)


@transaction.atomic
def sign(*, actor: Account, report: WeeklyReport, expected_version: int) -> WeeklyReport:
    """Sign as the unit's leader, or by delegation: the report is filed, and its content fixed."""
    _require_open(report.period, report.unit_id)
    return _sign(actor, _lock(report), expected_version)


@transaction.atomic
def receive(*, actor: Account, report: WeeklyReport, expected_version: int) -> WeeklyReport:
    """Accept the signed report as the office; Conflict where it is not what was signed."""
    row = _lock(report)
    if row.signature and not row.signature_holds:
        raise Conflict(NOT_AS_SIGNED)
    return WEEKLY.step(
        row,
        "receive",
        actor=actor,
        expected_version=expected_version,
        received_by=actor,
        received_at=timezone.now(),
    )


@transaction.atomic
def give_back(
    *, actor: Account, report: WeeklyReport, expected_version: int, note: str
) -> WeeklyReport:
    """Return the signed report with a reason; its signature is void, and stays in the timeline."""
    _require_open(report.period, report.unit_id)
    report = WEEKLY.step(
        report,
        "return",
        actor=actor,
        expected_version=expected_version,
        note=note,
        delegation=None,
        signed_by=None,
        signed_at=None,
        filed_at=None,
        signature="",
    )
    messaging.send(
        recipients=_members(report, UNIT_ROLES),
        kind="weekly_returned",
        subject_key=f"report:{report.pk}",
        round=f"v{report.version}",
        title=f"{report.unit}周报被退回",
        body=f"{report.period.label}周报被退回，原签字作废。请登录平台查看退回理由，修改后重新签字报送。",
        url=reverse("reporting:report", args=[report.pk]),
    )
    return report


def _write(
    actor: Account,
    period: ReportPeriod,
    unit: Unit,
    content: Content,
    expected_version: int,
    counts: Mapping[str, int] | None,
    *,
    complete: bool,
    is_automatic: bool = False,
) -> WeeklyReport:
    expectation = ReportExpectation.objects.filter(period=period, unit=unit).first()
    if expectation is None or not reports_for.test(actor, expectation):
        raise PermissionDenied
    _require_open(period, unit.pk)
    report, created = _lock_or_begin(actor, period, unit)
    if counts is None:
        counts = prefill.figures(unit=unit, period=period)
    counted = report.form.offered(counts)
    _require_correct(report.form, content, complete=complete, counted=counted)
    if created:
        report.record(actor=actor, verb="start", source="", target=report.state)
    elif not can_edit.test(actor, report):
        raise Conflict(f"当前状态已是“{report.get_state_display()}”，不能再修改。")
    elif report.content == content and (not complete or report.version == expected_version):
        return report  # the second click of two
    elif report.version != expected_version:
        raise Conflict(CHANGED)
    report.figures, report.texts, report.is_zero = content.figures, content.texts, content.is_zero
    report.counted, report.remarks = counted, content.remarks
    report.saved_at = timezone.now()
    if not created:
        report.version += 1
        if not (is_automatic and goes_on(report, actor)):
            report.record(actor=actor, verb="edit", source=report.state, target=report.state)
    written = ["figures", "texts", "is_zero", "counted", "remarks", "saved_at", "version"]
    report.save(update_fields=written)
    return report


def _lock_or_begin(actor: Account, period: ReportPeriod, unit: Unit) -> tuple[WeeklyReport, bool]:
    """The unit's report of the week, locked, and whether this call has begun it."""
    form = SimpleLazyObject(lambda: form_of_week(period.jurisdiction_id, period.starts_on))
    report, begun = WeeklyReport.objects.select_for_update(of=("self",)).get_or_create(
        period=period,
        unit=unit,
        defaults={"drafted_by": actor, "form_version": lambda: form.version},
    )
    report.period, report.unit = period, unit
    if begun:
        report.form = form.asked_of(unit.kind)
    return report, begun


def _lock(report: WeeklyReport) -> WeeklyReport:
    """The row behind `report`, locked. Of which week and unit it is, never changes."""
    row = WEEKLY.lock(report)
    row.period, row.unit = report.period, report.unit
    return row


def _submit(actor: Account, row: WeeklyReport, expected_version: int | None = None) -> WeeklyReport:
    """Put the locked `row` before the unit's leader."""
    _require_complete(row)
    report = WEEKLY.take(row, "submit", actor=actor, expected_version=expected_version)
    messaging.send(
        recipients=signers_of(report.unit_id),
        kind="weekly_awaiting_signature",
        subject_key=f"report:{report.pk}",
        round=f"v{report.version}",
        title=f"{report.unit}周报待您签字",
        body=f"{report.period.label}周报已由{actor.full_name}填好，请核对后签字报送。",
        url=reverse("reporting:report", args=[report.pk]),
    )
    return report


def _sign(actor: Account, row: WeeklyReport, expected_version: int | None = None) -> WeeklyReport:
    """Sign the locked `row`: what is signed is what it holds now."""
    _require_complete(row)
    row.delegation = lock_for_signing(actor, row.unit_id)
    row.signed_by, row.signed_at = actor, timezone.now()
    return WEEKLY.take(
        row,
        "sign",
        actor=actor,
        note=row.signer_note(row.drafted_by_id),
        expected_version=expected_version,
        delegation=row.delegation,
        signed_by=actor,
        signed_at=row.signed_at,
        filed_at=row.signed_at,
        signature=row.compute_signature(),
    )


def _require_open(period: ReportPeriod, unit_id: int) -> None:
    # Read afresh, not locked: a lock would make every unit of the town wait for every other.
    owed = ReportExpectation.objects.filter(period=period, unit=unit_id)
    if not owed.taking_reports().exists():
        raise Conflict(CLOSED)


def _require_complete(report: WeeklyReport) -> None:
    """Held to what the portal had counted when it was written: a leader signs what was drafted."""
    _require_correct(report.form, report.content, complete=True, counted=report.counted)


def _require_correct(
    form: definition.ReportForm, content: Content, *, complete: bool, counted: dict[str, int]
) -> None:
    found = definition.problems(form, content, complete=complete, counted=counted)
    if found:
        raise ValidationError(found)


def _members(report: WeeklyReport, roles: frozenset[Role]) -> list[int]:
    return list(Account.objects.members_of(report.unit_id, roles).values_list("pk", flat=True))

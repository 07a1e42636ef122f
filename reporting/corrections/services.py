"""The only writers of corrections, and of a report's content once it has been received.

The report is locked before any correction of it: of two that are accepted at once, the slower finds
that the report says something else by now.
"""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account
from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from messaging import services as messaging
from reporting.corrections.machine import CORRECTION
from reporting.corrections.models import REASON_LIMIT, EarlierVersion, WeeklyCorrection
from reporting.corrections.permissions import signs, writes
from reporting.corrections.states import EDITABLE, CorrectionState
from reporting.delegations.querysets import signers_of
from reporting.delegations.services import lock_for_signing
from reporting.weekly import form as definition
from reporting.weekly.form import Content
from reporting.weekly.machine import WEEKLY
from reporting.weekly.models import WeeklyReport
from reporting.weekly.paper import goes_on
from reporting.weekly.permissions import receives
from reporting.weekly.states import WeeklyState

NOT_RECEIVED = "只有扫黑办已签收的周报才用更正；还没有签收的，请扫黑办退回后修改。"
CHANGED = "这次更正刚刚在别处被修改过，您填写的内容没有保存。请与最新情况核对后再保存。"
CORRECTED = "这份周报刚刚有另一次更正生效，您填写的内容没有保存。请与现行内容核对后再保存。"
STALE = "填写以后，这份周报有另一次更正生效。请与现行内容核对、重新保存后再{verb}。"
STALE_SIGNED = "签字以后，这份周报有另一次更正生效，不能再签收。请退回，由填写人与现行内容核对。"
NOTHING = "与现行内容相同，没有要更正的。"


@transaction.atomic
def save(
    *,
    actor: Account,
    report: WeeklyReport,
    by_office: bool,
    content: Content,
    reason: str,
    expected_version: int,
    seen: str,
    is_automatic: bool = False,
) -> WeeklyCorrection:
    """Write the side's draft, beginning it if there is none (`expected_version` 0).

    `seen` is the signature of the version that the person had before them: what is saved corrects
    that one. What a page saves by itself (`is_automatic`) goes on with the last edit of the
    timeline, where that is the same person's.

    Conflict when that version stands no more, when someone else wrote in between or the correction
    has gone on; PermissionDenied for strangers; ValidationError for what is wrong.
    """
    return _write(
        actor,
        report,
        by_office,
        content,
        reason,
        expected_version,
        seen,
        complete=False,
        is_automatic=is_automatic,
    )


@transaction.atomic
def save_and_submit(
    *,
    actor: Account,
    report: WeeklyReport,
    by_office: bool,
    content: Content,
    reason: str,
    expected_version: int,
    seen: str,
) -> WeeklyCorrection:
    """Write it and put it before who signs, as one step; it must be complete."""
    row = _write(actor, report, by_office, content, reason, expected_version, seen, complete=True)
    return submit(actor=actor, correction=row, expected_version=row.version)


@transaction.atomic
def save_and_sign(
    *,
    actor: Account,
    report: WeeklyReport,
    by_office: bool,
    content: Content,
    reason: str,
    expected_version: int,
    seen: str,
) -> WeeklyCorrection:
    """Write it and sign it, as one step, for who signs; it must be complete."""
    row = _write(actor, report, by_office, content, reason, expected_version, seen, complete=True)
    return sign(actor=actor, correction=row, expected_version=row.version)


@transaction.atomic
def submit(
    *, actor: Account, correction: WeeklyCorrection, expected_version: int
) -> WeeklyCorrection:
    """Put it before the unit's leader, or, what the office makes, before its director."""
    report = _lock(correction, "送签")
    row = CORRECTION.step(correction, "submit", actor=actor, expected_version=expected_version)
    _require_complete(report, row)
    recipients = _office(report, {Role.DIRECTOR}) if row.by_office else signers_of(report.unit_id)
    words = f"由{actor.full_name}填好，请与现行内容核对后签字。理由见平台。"
    _tell("correction_awaiting_signature", row, recipients, "待您签字", words)
    return row


@transaction.atomic
def withdraw(
    *, actor: Account, correction: WeeklyCorrection, expected_version: int
) -> WeeklyCorrection:
    """Take it back before it is signed, to change it."""
    return CORRECTION.step(correction, "withdraw", actor=actor, expected_version=expected_version)


@transaction.atomic
def drop(
    *, actor: Account, correction: WeeklyCorrection, expected_version: int
) -> WeeklyCorrection:
    """Give it up before it is signed. It stays on record; another can be begun."""
    return CORRECTION.step(correction, "drop", actor=actor, expected_version=expected_version)


@transaction.atomic
def sign(
    *, actor: Account, correction: WeeklyCorrection, expected_version: int
) -> WeeklyCorrection:
    """Sign it. The unit's goes to the office; the office's takes effect, and the unit is told."""
    report = _lock(correction, "签字")
    row = CORRECTION.lock(correction)
    CORRECTION.check(row, "sign", actor=actor)
    _require_complete(report, row)
    if not row.by_office:
        row.delegation = lock_for_signing(actor, row.unit_id)
    row.signed_by, row.signed_at = actor, timezone.now()
    row = CORRECTION.step(
        correction,
        "sign",
        actor=actor,
        note=row.signer_note(row.drafted_by_id),
        expected_version=expected_version,
        delegation=row.delegation,
        signed_by=actor,
        signed_at=row.signed_at,
        signature=row.compute_signature(),
    )
    if row.by_office:
        return _take_effect(actor, report, row, expected_version=row.version)
    words = f"{actor.full_name}已签字，请与原报内容核对后签收或退回。理由见平台。"
    _tell("correction_signed", row, _office(report, OFFICE_ROLES), "待扫黑办签收", words)
    return row


@transaction.atomic
def receive(
    *, actor: Account, correction: WeeklyCorrection, expected_version: int
) -> WeeklyCorrection:
    """Accept what the unit has signed: from now on the report says this."""
    report = _lock(correction)
    CORRECTION.check(CORRECTION.lock(correction), "receive", actor=actor)
    return _take_effect(actor, report, correction, expected_version=expected_version)


@transaction.atomic
def give_back(
    *, actor: Account, correction: WeeklyCorrection, expected_version: int, note: str
) -> WeeklyCorrection:
    """Return it with a reason; its signature is void, and stays in the timeline."""
    row = CORRECTION.step(
        correction,
        "return",
        actor=actor,
        expected_version=expected_version,
        note=note,
        delegation=None,
        signed_by=None,
        signed_at=None,
        signature="",
    )
    members = _members(row.report, UNIT_ROLES)
    _tell("correction_returned", row, members, "被退回", "原报内容不变。请登录平台查看退回理由。")
    return row


def _write(
    actor: Account,
    report: WeeklyReport,
    by_office: bool,
    content: Content,
    reason: str,
    expected_version: int,
    seen: str,
    *,
    complete: bool,
    is_automatic: bool = False,
) -> WeeklyCorrection:
    report = WEEKLY.lock(report)
    new = WeeklyCorrection(report=report, by_office=by_office, drafted_by=actor)
    if not writes.test(actor, new):
        raise PermissionDenied
    if report.state != WeeklyState.RECEIVED:
        raise Conflict(NOT_RECEIVED)
    row = _open(report, by_office=by_office)
    if row is None and expected_version:
        raise Conflict(CHANGED)
    if row and not may_edit(actor, row):
        raise Conflict(f"当前状态已是“{row.get_state_display()}”，不能再修改。")
    if row and (row.content, row.reason, row.corrects) == (content, reason, report.signature):
        return row  # the second click of two
    if report.signature != seen:
        raise Conflict(CORRECTED)
    if row and row.version != expected_version:
        raise Conflict(CHANGED)
    _require_correct(report, content, reason, by_office=by_office, complete=complete)
    verb, row = ("edit", row) if row else ("start", new)
    row.figures, row.texts, row.is_zero = content.figures, content.texts, content.is_zero
    row.remarks, row.counted = content.remarks, report.counted
    row.form_version, row.corrects, row.reason = report.form_version, report.signature, reason
    row.saved_at = timezone.now()
    row.version += verb == "edit"
    row.save()
    if verb == "start" or not (is_automatic and goes_on(row, actor)):
        source = row.state if verb == "edit" else ""
        row.record(actor=actor, verb=verb, source=source, target=row.state)
    return row


def _take_effect(
    actor: Account, report: WeeklyReport, correction: WeeklyCorrection, *, expected_version: int
) -> WeeklyCorrection:
    """Put away what the report says, and let it say this; the caller has locked the report."""
    if correction.corrects != report.signature:
        raise Conflict(STALE_SIGNED)
    row = CORRECTION.step(
        correction,
        "receive",
        actor=actor,
        expected_version=expected_version,
        received_by=actor,
        received_at=timezone.now(),
    )
    EarlierVersion.objects.create(report=report, correction=row, **report.values_of_paper())
    WEEKLY.remark(
        report,
        "correct",
        actor=actor,
        who=receives,
        during=(WeeklyState.RECEIVED,),
        label="更正",
        note=f"{row.kind_label}：{row.reason}",
        **row.values_of_paper(),
    )
    words = f"各处即日起按{row.kind_label}后的内容统计，原报内容保留备查。理由见平台。"
    _tell("correction_in_effect", row, _members(report, UNIT_ROLES), "已生效", words)
    return row


def may_edit(actor: Account, correction: WeeklyCorrection) -> bool:
    """Whoever drafts edits drafts; what waits for a signature, only who can sign it."""
    if correction.state == CorrectionState.AWAITING_SIGNATURE:
        return signs.test(actor, correction)
    return correction.state in EDITABLE and writes.test(actor, correction)


def _open(report: WeeklyReport, *, by_office: bool) -> WeeklyCorrection | None:
    rows = report.corrections.open().filter(by_office=by_office)
    return rows.select_for_update(of=("self",)).first()


def _lock(correction: WeeklyCorrection, verb: str = "") -> WeeklyReport:
    """The report behind it, locked; with a `verb`, Conflict where it was corrected meanwhile."""
    report = WEEKLY.lock(correction.report)
    row = CORRECTION.lock(correction)
    if verb and row.is_open and row.corrects != report.signature:
        raise Conflict(STALE.format(verb=verb))
    return report


def _require_complete(report: WeeklyReport, row: WeeklyCorrection) -> None:
    _require_correct(report, row.content, row.reason, by_office=row.by_office, complete=True)


def _require_correct(
    report: WeeklyReport, content: Content, reason: str, *, by_office: bool, complete: bool
) -> None:
    """Held to what the portal had counted when the report was written; the office, to less."""
    counted = {} if by_office else report.counted
    found = definition.problems(report.form, content, complete=complete, counted=counted)
    if not reason.strip():
        found["reason"] = ["请写明更正的理由。"]
    elif len(reason) > REASON_LIMIT:
        found["reason"] = [f"最多 {REASON_LIMIT} 字。"]
    if by_office:
        found |= _beyond_reducing(report, content)
    if complete and content == report.content:
        found.setdefault("__all__", []).append(NOTHING)
    if found:
        raise ValidationError(found)


def _beyond_reducing(report: WeeklyReport, content: Content) -> dict[str, list[str]]:
    """The office takes off numbers: it adds none, and puts no word into a unit's mouth."""
    found = {}
    if set(content.figures) != set(report.figures):
        found["__all__"] = ["核减只能改已经填报的数字，不能增加或空缺项目。"]
    for code, value in content.figures.items():
        if value > report.figures.get(code, value):
            found[code] = [f"核减后不能多于现行的 {report.figures[code]}。"]
    untouched = (content.texts, content.is_zero, content.remarks)
    if untouched != (report.texts, report.is_zero, report.remarks):
        found["__all__"] = ["核减只改数字；文字请退给填报单位自行更正。"]
    return found


def _tell(
    kind: str, row: WeeklyCorrection, recipients: Collection[int], title: str, words: str
) -> None:
    messaging.send(
        recipients=recipients,
        kind=kind,
        subject_key=f"correction:{row.pk}",
        round=f"v{row.version}",
        title=f"{row.unit.name}周报{row.kind_label}{title}",
        body=f"{row.unit.name}{row.period.label}周报{row.kind_label}：{words}",
        url=reverse("reporting:correction", args=[row.pk]),
    )


def _members(report: WeeklyReport, roles: Collection[str]) -> list[int]:
    return list(
        Account.objects.members_of(report.unit_id, frozenset(roles)).values_list("pk", flat=True)
    )


def _office(report: WeeklyReport, roles: Collection[str]) -> list[int]:
    held = {
        "memberships__role__in": roles,
        "memberships__unit__jurisdiction": report.period.jurisdiction_id,
    }
    people = Account.objects.filter(is_active=True, **held)
    return list(people.distinct().values_list("pk", flat=True))

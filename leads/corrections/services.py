"""The only writer of corrections."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction

from audit.machine import Conflict
from departments.models import Account, Unit
from leads import number_only
from leads.alerts.services import announce_to_police, raise_alerts
from leads.callbacks import services as callbacks
from leads.conflicts import services as conflicts
from leads.corrections import fields as values
from leads.machine import LEAD
from leads.models import TOLD, Lead, LeadRevision, Subject
from leads.states import ReporterKind

#: Nobody is made anonymous in words alone, while who they are is kept.
KEPT_BY_NAME = (
    "这条线索保管有举报人身份信息，不能改为匿名或非群众举报。身份信息只能按保存期限处置；"
    "登记有误的，请举报人信息保管员更正。"
)


def is_open_to(user: Account, lead: Lead) -> bool:
    """Whether `user` can correct the lead as it stands."""
    return LEAD.allows(user, lead, "correct") and not lead.was_assigned


def correct(
    *,
    lead: Lead,
    actor: Account,
    expected_version: int,
    named_units: Collection[Unit],
    subjects: Collection[Subject],
    note: str = "",
    **fields: Any,
) -> Lead:
    """更正: set right what was logged; the earlier words stay in a `LeadRevision`.

    Takes every field of the form. ValidationError when nothing differs or a field is wrong;
    Conflict when the lead has changed since `expected_version`, or is being worked on already.
    """
    fields = number_only.settle(fields)
    if fields["channel"].number_only:
        subjects = ()
    with transaction.atomic():
        row = LEAD.lock(lead)
        if row.was_assigned:
            raise Conflict("这条线索已经交办过，登记的内容不能再更正。")
        if row.clarifications.exists():
            raise Conflict("这条线索已办理澄清，登记的内容不能再更正。")
        before = values.of_lead(row)
        after = values.of_values(fields, named_units=named_units, subjects=subjects)
        changes = values.differences(before, after)
        if not changes and row.version == expected_version:
            raise ValidationError("内容没有改动，不需要更正。")
        if fields.get("reporter_kind") != ReporterKind.NAMED and row.reporters.exists():
            raise ValidationError({"reporter_kind": KEPT_BY_NAME})
        labels = "、".join(change["label"] for change in changes)
        changed = {change["field"] for change in changes}
        row = LEAD.step(
            row,
            "correct",
            actor=actor,
            note=f"{labels}。{note}".strip(),
            expected_version=expected_version,
            **{name: fields[name] for name in TOLD if name in changed},
        )
        if "named_units" in changed:
            row.named_units.set(named_units)
        if "subjects" in changed:
            _replace(row, subjects)
        if changed & {"named_units", "subjects"}:
            conflicts.derive(row)
        callbacks.expect(row)
        LeadRevision.objects.create(
            lead=row, replaced=expected_version, changes=changes, note=note, by=actor
        )
        raise_alerts(lead=row, actor=actor)
        announce_to_police(lead=row)
        return row


def _replace(lead: Lead, subjects: Collection[Subject]) -> None:
    for subject in subjects:
        subject.lead = lead
        subject.full_clean()
    lead.subjects.all().delete()
    Subject.objects.bulk_create(subjects)

"""Weekly reports and their timeline."""

from __future__ import annotations

from collections.abc import Collection
from functools import cached_property

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from audit.append_only import TimelineEvent
from departments.models import Account, Unit
from reporting.delegations.models import SIGNED_BY_DELEGATION
from reporting.form_versions.models import FormVersion
from reporting.periods.models import ReportPeriod
from reporting.weekly import form as definition
from reporting.weekly.machine import WEEKLY, verb_label
from reporting.weekly.paper import (
    CONTENT_COLUMNS,
    RECEIPT_COLUMNS,
    SIGNED_COLUMNS,
    HasNonZero,
    Paper,
    columns,
    signed_or_not,
)
from reporting.weekly.querysets import WeeklyReportQuerySet
from reporting.weekly.states import FILED, TONES, WeeklyState

#: A signed report changes by its return, which voids the signature and leaves the content; once it
#: has been received, by an accepted correction of just this version, which was put away before.
#: When it was filed, no correction moves.
KEEP_SIGNED_CONTENT = f"""
    IF OLD.state NOT IN ({", ".join(f"'{state.value}'" for state in FILED)}) THEN
        RETURN NEW;
    ELSIF (OLD.period_id, OLD.unit_id, OLD.form_version)
          IS DISTINCT FROM (NEW.period_id, NEW.unit_id, NEW.form_version) THEN
        NULL;
    ELSIF NEW.state = '{WeeklyState.RETURNED.value}' THEN
        IF {columns("OLD", CONTENT_COLUMNS)} IS NOT DISTINCT FROM {columns("NEW", CONTENT_COLUMNS)}
        THEN
            RETURN NEW;
        END IF;
    ELSIF OLD.filed_at IS DISTINCT FROM NEW.filed_at THEN
        NULL;
    ELSIF {columns("OLD", SIGNED_COLUMNS)} IS NOT DISTINCT FROM {columns("NEW", SIGNED_COLUMNS)}
          AND (OLD.state <> '{WeeklyState.RECEIVED.value}'
               OR {columns("OLD", RECEIPT_COLUMNS)}
                  IS NOT DISTINCT FROM {columns("NEW", RECEIPT_COLUMNS)}) THEN
        RETURN NEW;
    ELSIF OLD.state = '{WeeklyState.RECEIVED.value}' AND EXISTS (
        SELECT 1 FROM reporting_weeklycorrection correction
        JOIN reporting_earlierversion earlier ON earlier.correction_id = correction.id
        WHERE correction.report_id = OLD.id AND correction.state = 'received'
          AND correction.corrects = OLD.signature AND earlier.signature = OLD.signature
          AND {columns("correction")} IS NOT DISTINCT FROM {columns("NEW")}
    ) THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'a signed report does not change' USING ERRCODE = 'check_violation';
"""


class WeeklyReport(Paper):
    """One unit's report on one week. There is at most one; `version` counts its changes.

    It says what stands: an accepted correction (`reporting.corrections`) puts another content in
    its place, and what it was before is kept. While it is signed, a trigger refuses every other
    change. `filed_at` is when it was first signed as it was received: no correction moves that.
    """

    period = models.ForeignKey(
        ReportPeriod, models.PROTECT, related_name="reports", verbose_name="周期"
    )
    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="weekly_reports", verbose_name="单位"
    )
    state = models.CharField(
        "状态", max_length=20, choices=WeeklyState.choices, default=WeeklyState.DRAFT
    )
    drafted_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="填报人")
    created_at = models.DateTimeField("开始填报", db_default=Now())
    saved_at = models.DateTimeField("最近保存", db_default=Now())
    filed_at = models.DateTimeField("报送时间", null=True, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = WeeklyReportQuerySet.as_manager()

    class Meta:
        verbose_name = "周报"
        ordering = ["-period__starts_on", "unit_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["period", "unit"],
                name="weekly_report_once",
                violation_error_message="本单位本周的周报已经有了，请刷新后继续。",
            ),
            models.CheckConstraint(
                condition=signed_or_not(models.Q(state__in=FILED), filed_at__isnull=False),
                name="weekly_report_signed_or_not",
                violation_error_message="已报送的周报必须有签字，未报送的不得有签字。",
            ),
            models.CheckConstraint(
                condition=models.Q(is_zero=False) | ~models.Q(HasNonZero("figures")),
                name="weekly_report_zero_is_zero",
                violation_error_message="零报告的数字必须全部为 0。",
            ),
        ]
        indexes = [models.Index(fields=["unit", "-period"], name="weekly_report_by_unit")]
        triggers = [
            WEEKLY.trigger("weekly_report_states"),
            pgtrigger.Trigger(
                name="weekly_report_signed_content",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=KEEP_SIGNED_CONTENT,
            ),
            pgtrigger.Trigger(
                name="weekly_report_delegation",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                func=SIGNED_BY_DELEGATION.format(unit="NEW.unit_id"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.period}"

    @property
    def audit_label(self) -> str:
        return f"{self.unit.name} {self.period.starts_on}"

    @cached_property
    def form(self) -> definition.ReportForm:
        """What this unit was asked, in the version that it was asked in; one query.

        What has been signed is shown with all that was answered, whatever the unit is today.
        """
        return self.form_with({*self.figures, *self.texts} if self.is_filed else ())

    def form_with(self, answered: Collection[str]) -> definition.ReportForm:
        """What the unit was asked, and what of the rest it `answered`."""
        of_town = FormVersion.objects.filter(jurisdiction__report_periods=self.period_id)
        form = of_town.get(version=self.form_version).form
        return form.asked_of(self.unit.kind, answered)

    @property
    def is_filed(self) -> bool:
        return self.state in FILED

    @property
    def is_late(self) -> bool:
        """Filed after the deadline. A report that is not signed is not late but missing."""
        return self.filed_at is not None and self.filed_at > self.period.due_at

    @property
    def is_corrected(self) -> bool:
        return bool(self.corrects)

    @property
    def is_signed_by_its_writer(self) -> bool:
        """Whether who drafted it has also signed it, by delegation. A correction says its own."""
        signed = self.delegation_id is not None and not self.corrects
        return signed and self.signed_by_id == self.drafted_by_id

    @property
    def tone(self) -> str:
        return TONES[self.state]

    def attached(self) -> list[str]:
        names = self.files.signed_with().order_by("file__sha256")
        return list(names.values_list("file__sha256", flat=True))

    def record(
        self, *, actor: Account, verb: str, source: str, target: str, note: str = ""
    ) -> None:
        """Add the step to the timeline, in the transaction that takes it."""
        WeeklyReportEvent.objects.create(
            report=self,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=actor.main_unit.name if actor.main_unit else "",
            verb=verb,
            from_state=source,
            to_state=target,
            note=note,
            signature=self.signature,
        )


class WeeklyReportEvent(TimelineEvent):
    """One step in the life of a weekly report, with the signature that stood after it."""

    report = models.ForeignKey(
        WeeklyReport, models.PROTECT, related_name="events", verbose_name="周报"
    )
    signature = models.CharField("签名摘要", max_length=64, blank=True)

    class Meta(TimelineEvent.Meta):
        verbose_name = "周报流转记录"
        indexes = [models.Index(fields=["report", "id"], name="weekly_event_by_report")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.verb} {self.at:%Y-%m-%d %H:%M}"

    @property
    def verb_label(self) -> str:
        return verb_label(self.verb)

    @property
    def from_label(self) -> str:
        return _state_label(self.from_state)

    @property
    def to_label(self) -> str:
        return _state_label(self.to_state)


def _state_label(state: str) -> str:
    return WeeklyState(state).label if state in WeeklyState.values else ""

"""Corrections, their timeline, and the versions of reports that they have replaced."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.append_only import AppendOnly, TimelineEvent
from departments.models import Account, Unit
from reporting.corrections.machine import CORRECTION, verb_label
from reporting.corrections.querysets import CorrectionQuerySet
from reporting.corrections.states import ENDED, SIGNED, TONES, CorrectionState
from reporting.delegations.models import SIGNED_BY_DELEGATION
from reporting.periods.models import ReportPeriod
from reporting.weekly.models import WeeklyReport
from reporting.weekly.paper import CONTENT_COLUMNS, HasNonZero, Paper, columns, signed_or_not

REASON_LIMIT = 1000
_SIGNED = ", ".join(f"'{state.value}'" for state in SIGNED)
_ENDED = ", ".join(f"'{state.value}'" for state in ENDED)


class OfReport(Paper):
    """A version of a report that stands beside it."""

    class Meta:
        abstract = True

    report: WeeklyReport

    @property
    def unit(self) -> Unit:
        return self.report.unit

    @property
    def unit_id(self) -> int:
        return self.report.unit_id

    @property
    def period(self) -> ReportPeriod:
        return self.report.period

    @property
    def period_id(self) -> int:
        return self.report.period_id

    def attached(self) -> list[str]:
        """Those of the report: no correction changes them."""
        return self.report.attached()


class WeeklyCorrection(OfReport):
    """What a received report shall say instead, and why.

    Made by its unit (更正), or by the office, which may only take off numbers (核减, `by_office`).
    `corrects` is the signature of the version that it was written against. What is signed does
    not change; what has taken effect or was dropped, not at all.
    """

    report = models.ForeignKey(
        WeeklyReport, models.PROTECT, related_name="corrections", verbose_name="周报"
    )
    by_office = models.BooleanField("扫黑办核减", default=False)
    state = models.CharField(
        "状态", max_length=20, choices=CorrectionState.choices, default=CorrectionState.DRAFT
    )
    drafted_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="填写人")
    created_at = models.DateTimeField("开始填写", db_default=Now())
    saved_at = models.DateTimeField("最近保存", db_default=Now())
    version = models.PositiveIntegerField("版本", default=1)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        verbose_name = "周报更正"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["report", "by_office"],
                condition=~Q(state__in=ENDED),
                name="correction_one_open_a_side",
                violation_error_message="这份周报的更正已经有人在填写，请刷新后继续。",
            ),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(corrects=""), name="correction_says_why"
            ),
            models.CheckConstraint(
                condition=signed_or_not(Q(state__in=SIGNED)), name="correction_signed_or_not"
            ),
            models.CheckConstraint(
                condition=Q(
                    state=CorrectionState.RECEIVED,
                    received_by__isnull=False,
                    received_at__isnull=False,
                )
                | ~Q(state=CorrectionState.RECEIVED)
                & Q(received_by__isnull=True, received_at__isnull=True),
                name="correction_received_or_not",
            ),
            models.CheckConstraint(
                condition=Q(is_zero=False) | ~Q(HasNonZero("figures")),
                name="correction_zero_is_zero",
            ),
        ]
        triggers = [
            CORRECTION.trigger("correction_states"),
            pgtrigger.Protect(name="corrections_are_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="correction_of_one_report", fields=["report", "by_office"]),
            pgtrigger.Protect(
                name="correction_ended_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(f"OLD.state IN ({_ENDED})"),
            ),
            pgtrigger.Protect(
                name="correction_signed_content",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.state IN ({_SIGNED}) AND {columns('OLD', CONTENT_COLUMNS)} "
                    f"IS DISTINCT FROM {columns('NEW', CONTENT_COLUMNS)}"
                ),
            ),
            pgtrigger.Trigger(
                name="correction_delegation",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=SIGNED_BY_DELEGATION.format(
                    unit="(SELECT unit_id FROM reporting_weeklyreport WHERE id = NEW.report_id)"
                ),
            ),
            pgtrigger.Trigger(
                name="correction_begins_as_draft",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NEW.state <> 'draft' OR NOT EXISTS (
                        SELECT 1 FROM reporting_weeklyreport report
                        WHERE report.id = NEW.report_id AND report.state = 'received'
                          AND report.form_version = NEW.form_version
                          AND report.signature = NEW.corrects
                    ) THEN
                        RAISE EXCEPTION 'a correction is begun as a draft, of a received report'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]
        indexes = [models.Index(fields=["report", "-id"], name="correction_by_report")]

    def __str__(self) -> str:
        return f"{self.report} {self.kind_label}"

    @property
    def audit_label(self) -> str:
        return f"{self.report.audit_label} {self.kind_label}"

    @property
    def kind_label(self) -> str:
        return "核减" if self.by_office else "更正"

    @property
    def tone(self) -> str:
        return TONES[CorrectionState(self.state)]

    @property
    def is_signed_by_its_writer(self) -> bool:
        """Whether who drafted it has also signed it, by delegation."""
        return self.delegation_id is not None and self.signed_by_id == self.drafted_by_id

    @property
    def is_open(self) -> bool:
        return self.state not in ENDED

    @property
    def is_stale(self) -> bool:
        """Whether the report has been corrected since this was written against it."""
        return self.is_open and self.corrects != self.report.signature

    def record(
        self, *, actor: Account, verb: str, source: str, target: str, note: str = ""
    ) -> None:
        """Add the step to the timeline, in the transaction that takes it."""
        CorrectionEvent.objects.create(
            correction=self,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=actor.main_unit.name if actor.main_unit else "",
            verb=verb,
            from_state=source,
            to_state=target,
            note=note,
            signature=self.signature,
        )


class CorrectionEvent(TimelineEvent):
    """One step in the life of a correction, with the signature that stood after it."""

    correction = models.ForeignKey(
        WeeklyCorrection, models.PROTECT, related_name="events", verbose_name="周报更正"
    )
    signature = models.CharField("签名摘要", max_length=64, blank=True)

    class Meta(TimelineEvent.Meta):
        verbose_name = "周报更正流转记录"

    def __str__(self) -> str:
        return f"{self.correction_id} {self.verb}"

    @property
    def verb_label(self) -> str:
        return verb_label(self.verb)

    @property
    def from_label(self) -> str:
        return _state_label(self.from_state)

    @property
    def to_label(self) -> str:
        return _state_label(self.to_state)


class EarlierVersion(OfReport, AppendOnly):
    """What a report said until an accepted `correction` took its place, as it was signed.

    A trigger sees to it that it is just what the report says at that moment.
    """

    report = models.ForeignKey(
        WeeklyReport, models.PROTECT, related_name="earlier_versions", verbose_name="周报"
    )
    correction = models.OneToOneField(
        WeeklyCorrection, models.PROTECT, related_name="replaced", verbose_name="周报更正"
    )
    at = models.DateTimeField("更正时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "更正前的周报"
        ordering = ["pk"]
        triggers = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="earlier_version_is_the_report",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=f"""
                    IF NOT EXISTS (
                        SELECT 1 FROM reporting_weeklyreport report
                        JOIN reporting_weeklycorrection correction
                          ON correction.report_id = report.id
                        WHERE report.id = NEW.report_id AND correction.id = NEW.correction_id
                          AND correction.state = 'received'
                          AND correction.corrects = report.signature
                          AND {columns("report")} IS NOT DISTINCT FROM {columns("NEW")}
                    ) THEN
                        RAISE EXCEPTION 'an earlier version is what its report says'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.report_id} {self.signature[:8]}"


def _state_label(state: str) -> str:
    return CorrectionState(state).label if state in CorrectionState.values else ""

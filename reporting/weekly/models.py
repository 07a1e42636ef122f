"""Weekly reports and their timeline."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from functools import cached_property

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from audit.append_only import TimelineEvent
from departments.models import Account, Unit
from reporting.form_versions.models import FormVersion
from reporting.periods.models import ReportPeriod
from reporting.weekly import form as definition
from reporting.weekly.machine import WEEKLY, verb_label
from reporting.weekly.querysets import WeeklyReportQuerySet
from reporting.weekly.states import FILED, TONES, WeeklyState


class HasNonZero(models.Func):
    """Whether a JSON object of numbers holds one that is not zero."""

    function = "jsonb_path_exists"
    template = "%(function)s(%(expressions)s, '$.* ? (@ != 0)')"
    output_field = models.BooleanField()


class WeeklyReport(models.Model):
    """One unit's report on one week. There is at most one; `version` counts its changes.

    The signature is the SHA-256 of what was signed, by whom and when (`signed_content`). While
    it stands, a trigger refuses every change of the content.
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
    form_version = models.PositiveSmallIntegerField("表单版本")
    figures = models.JSONField("数字", default=dict, blank=True)
    texts = models.JSONField("文字", default=dict, blank=True)
    is_zero = models.BooleanField("零报告", default=False)
    counted = models.JSONField("平台统计", default=dict, blank=True)
    remarks = models.JSONField("与平台统计不同的原因", default=dict, blank=True)
    drafted_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="填报人")
    created_at = models.DateTimeField("开始填报", db_default=Now())
    saved_at = models.DateTimeField("最近保存", db_default=Now())
    signed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签发人"
    )
    signed_at = models.DateTimeField("签字时间", null=True, blank=True)
    signature = models.CharField("签名摘要", max_length=64, blank=True)
    received_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签收人"
    )
    received_at = models.DateTimeField("签收时间", null=True, blank=True)
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
                condition=models.Q(
                    state__in=FILED, signed_at__isnull=False, signed_by__isnull=False
                )
                & ~models.Q(signature="")
                | ~models.Q(state__in=FILED)
                & models.Q(signed_at__isnull=True, signed_by__isnull=True, signature=""),
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
                func=f"""
                    IF OLD.state IN ({", ".join(f"'{state.value}'" for state in FILED)})
                       AND (NEW.period_id, NEW.unit_id, NEW.form_version, NEW.figures, NEW.texts,
                            NEW.is_zero, NEW.counted, NEW.remarks)
                           IS DISTINCT FROM
                           (OLD.period_id, OLD.unit_id, OLD.form_version, OLD.figures, OLD.texts,
                            OLD.is_zero, OLD.counted, OLD.remarks)
                    THEN
                        RAISE EXCEPTION 'a signed report does not change'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
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
        of_town = FormVersion.objects.filter(jurisdiction__report_periods=self.period_id)
        answered = {*self.figures, *self.texts} if self.is_filed else ()
        return of_town.get(version=self.form_version).form.asked_of(self.unit.kind, answered)

    @property
    def content(self) -> definition.Content:
        return definition.Content(
            dict(self.figures), dict(self.texts), self.is_zero, dict(self.remarks)
        )

    @property
    def is_filed(self) -> bool:
        return self.state in FILED

    @property
    def is_late(self) -> bool:
        """Signed after the deadline. A report that is not signed is not late but missing."""
        return self.signed_at is not None and self.signed_at > self.period.due_at

    @property
    def tone(self) -> str:
        return TONES[self.state]

    def signed_content(self) -> bytes:
        """What a signature binds together, the same bytes for the same content always.

        What the portal counted, and why numbers differ from it, is bound where it is known, the
        SHA-256 of each attachment where there are any; reports of before have neither.
        """
        bound = {
            "unit": self.unit_id,
            "period": self.period_id,
            "form_version": self.form_version,
            "figures": self.figures,
            "texts": self.texts,
            "is_zero": self.is_zero,
            "signed_by": self.signed_by_id,
            "signed_at": self.signed_at and self.signed_at.astimezone(dt.UTC).isoformat(),
        }
        if self.counted or self.remarks:
            bound |= {"counted": self.counted, "remarks": self.remarks}
        if self.pk and (attached := self._attached()):
            bound["attachments"] = attached
        return json.dumps(
            bound,
            ensure_ascii=False,
            sort_keys=True,
            separators=(",", ":"),
        ).encode()

    def _attached(self) -> list[str]:
        names = self.files.signed_with().order_by("file__sha256")
        return list(names.values_list("file__sha256", flat=True))

    def compute_signature(self) -> str:
        return hashlib.sha256(self.signed_content()).hexdigest()

    @property
    def signature_holds(self) -> bool:
        """Whether the row still is what was signed."""
        return bool(self.signature) and self.signature == self.compute_signature()

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

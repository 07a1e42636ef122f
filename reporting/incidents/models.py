"""Incidents and their timeline."""

from __future__ import annotations

import pgtrigger
from django.db import models
from django.db.models.functions import Now

from audit.append_only import TimelineEvent
from departments.models import Account, Unit
from reporting.incidents.querysets import IncidentQuerySet

LONGEST = 1000
LONGEST_ANSWER = 500
VERBS = {"raise": "上报", "acknowledge": "已知悉", "answer": "答复"}


class Incident(models.Model):
    """What a unit told its town's office at once; put before the office until one of it knows.

    What the unit said never changes. `lead_token` is the token of the lead's form that `lead_by`
    was given for it: the lead that is registered with it is the incident's.
    """

    jurisdiction = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="上报单位")
    year = models.PositiveSmallIntegerField("年份")
    serial = models.PositiveIntegerField("序号")
    submission = models.UUIDField("提交标识", unique=True)
    what = models.TextField("发生了什么", max_length=LONGEST)
    place = models.ForeignKey(
        Unit, models.PROTECT, null=True, related_name="+", verbose_name="发生地（村居）"
    )
    happened_at = models.DateTimeField("发生时间")
    handling = models.TextField("现场处置情况", max_length=LONGEST)
    in_danger = models.BooleanField("有人正处于危险中", default=False)
    raised_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="上报人")
    raised_at = models.DateTimeField("上报时间", db_default=Now())
    acknowledged_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="知悉人"
    )
    acknowledged_at = models.DateTimeField("知悉时间", null=True)
    lead_token = models.UUIDField("线索登记标识", null=True, unique=True)
    lead_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="线索登记人"
    )

    objects = IncidentQuerySet.as_manager()

    class Meta:
        verbose_name = "重大事项"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "year", "serial"], name="incident_number_once"
            ),
            models.CheckConstraint(
                name="incident_acknowledged_by_someone",
                condition=models.Q(acknowledged_at=None, acknowledged_by=None)
                | models.Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
            ),
            models.CheckConstraint(
                name="incident_logged_by_someone",
                condition=models.Q(lead_token=None, lead_by=None)
                | models.Q(lead_token__isnull=False, lead_by__isnull=False),
            ),
        ]
        indexes = [
            models.Index(
                fields=["jurisdiction"],
                condition=models.Q(acknowledged_at=None),
                name="incident_unacknowledged",
            ),
            models.Index(fields=["unit", "raised_at"], name="incident_by_unit"),
        ]
        triggers = [
            pgtrigger.Protect(name="incident_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="incident_is_fixed",
                fields=[
                    *("jurisdiction", "unit", "year", "serial", "submission", "what", "place"),
                    *("happened_at", "handling", "in_danger", "raised_by", "raised_at"),
                ],
            ),
            pgtrigger.Protect(
                name="incident_acknowledged_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "OLD.acknowledged_at IS NOT NULL AND (OLD.acknowledged_at, "
                    "OLD.acknowledged_by_id) IS DISTINCT FROM (NEW.acknowledged_at, "
                    "NEW.acknowledged_by_id)"
                ),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        return f"ZS-{self.year}-{self.serial:04d}"

    @property
    def audit_label(self) -> str:
        return f"重大事项 {self.number}"

    @property
    def tone(self) -> str:
        return "ok" if self.acknowledged_at else "late"

    @property
    def status(self) -> str:
        return "已知悉" if self.acknowledged_at else "待知悉"

    def record(self, *, actor: Account, verb: str, note: str = "") -> None:
        """Add the step to the timeline, in the transaction that takes it."""
        IncidentEvent.objects.create(
            incident=self,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=actor.main_unit.name if actor.main_unit else "",
            verb=verb,
            to_state="acknowledged" if self.acknowledged_at else "waiting",
            note=note,
        )


class IncidentEvent(TimelineEvent):
    """One step in what became of an incident; the unit reads all of them."""

    incident = models.ForeignKey(
        Incident, models.PROTECT, related_name="events", verbose_name="重大事项"
    )

    class Meta(TimelineEvent.Meta):
        verbose_name = "重大事项记录"

    def __str__(self) -> str:
        return f"{self.incident_id} {self.verb}"

    @property
    def verb_label(self) -> str:
        return VERBS[self.verb]

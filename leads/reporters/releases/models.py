"""A request to see who reported a lead."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from audit.models import Action
from audit.services import record
from departments.models import Account
from leads.models.lead import Lead
from leads.reporters.releases.machine import RELEASE
from leads.reporters.releases.querysets import ReleaseQuerySet
from leads.reporters.releases.states import LIVE, MOST_DAYS, TONES, ReleaseState


class Release(models.Model):
    """调阅: one handler asks to see the identities of one lead's reporters.

    `submission` makes a second click harmless. Approved, it holds until `expires_at`, whether or
    not the clock has been round to end it.
    """

    lead = models.ForeignKey(Lead, models.PROTECT, related_name="releases", verbose_name="线索")
    submission = models.UUIDField("提交标识", unique=True, default=uuid.uuid4, editable=False)
    state = models.CharField(
        "状态", max_length=10, choices=ReleaseState.choices, default=ReleaseState.ASKED
    )
    reason = models.CharField("申请理由", max_length=200)
    asked_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="申请人")
    asked_at = models.DateTimeField("申请时间", db_default=Now())
    decided_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    decided_at = models.DateTimeField("审批时间", null=True)
    answer = models.CharField("审批意见", max_length=200, blank=True)
    expires_at = models.DateTimeField("有效期至", null=True)
    ended_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="结束人"
    )
    ended_at = models.DateTimeField("结束时间", null=True)

    objects = ReleaseQuerySet.as_manager()

    class Meta:
        verbose_name = "举报人信息调阅"
        ordering = ["-pk"]
        triggers = [RELEASE.trigger("release_states")]
        constraints = [
            models.UniqueConstraint(
                fields=["lead", "asked_by"],
                condition=Q(state__in=LIVE),
                name="one_live_release_per_person",
            ),
            models.CheckConstraint(
                name="release_decided_by_another",
                condition=Q(state__in=[ReleaseState.ASKED, ReleaseState.WITHDRAWN], decided_by=None)
                | Q(
                    state=ReleaseState.REJECTED,
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    expires_at=None,
                )
                & ~Q(decided_by=F("asked_by"))
                | Q(
                    state__in=[ReleaseState.APPROVED, ReleaseState.ENDED],
                    decided_by__isnull=False,
                    decided_at__isnull=False,
                    expires_at__lte=F("decided_at") + dt.timedelta(days=MOST_DAYS),
                )
                & ~Q(decided_by=F("asked_by")),
            ),
        ]
        indexes = [
            models.Index(
                fields=["lead"], condition=Q(state=ReleaseState.ASKED), name="release_waiting"
            )
        ]

    def __str__(self) -> str:
        return f"{self.lead_id} 调阅 {self.pk}"

    @property
    def is_in_force(self) -> bool:
        return self.state == ReleaseState.APPROVED and self.expires_at > timezone.now()

    @property
    def is_over(self) -> bool:
        """Approved once, and the time has passed."""
        return self.state == ReleaseState.APPROVED and not self.is_in_force

    @property
    def label(self) -> str:
        return "已到期" if self.is_over else self.get_state_display()

    @property
    def tone(self) -> str:
        return "idle" if self.is_over else TONES[ReleaseState(self.state)]

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        """On the audit trail alone: whether somebody asks who reported is no step of the lead."""
        words = f"{RELEASE.label(verb)}（第 {self.pk} 号）" + (f"：{note}" if note else "")
        record(action=Action.REPORTER_RELEASE, actor=actor, obj=self.lead, reason=words)

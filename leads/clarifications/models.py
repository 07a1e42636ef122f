"""What was found untrue of whom, and how that was made known."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from departments.models import Account, Unit
from leads.clarifications.machine import CLARIFICATION
from leads.clarifications.querysets import ClarificationQuerySet
from leads.clarifications.states import HELD, TONES, UNTRUE, VOID, ClarificationState, Made
from leads.models.lead import Lead
from leads.models.subject import Subject
from leads.states import Finding

WORDS_LIMIT = 1000


class Clarification(models.Model):
    """One allegation that was verified to be untrue, and how the person's name was cleared of it.

    For that allegation alone, and by whoever verified it. `finding` is the lead's when it was
    proposed; what could not be verified is not untrue, and the database refuses it.
    """

    submission = models.UUIDField("提交标识", unique=True, default=uuid.uuid4, editable=False)
    lead = models.ForeignKey(
        Lead, models.PROTECT, related_name="clarifications", verbose_name="线索"
    )
    round = models.PositiveSmallIntegerField("轮次")
    finding = models.CharField("核查结论", max_length=20, choices=Finding.choices)
    #: None where the lead names nobody, or what it says is of a unit.
    subject = models.ForeignKey(
        Subject,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="clarifications",
        verbose_name="为谁澄清",
    )
    allegation = models.TextField("不属实的反映事项", max_length=WORDS_LIMIT)
    verified = models.TextField("核查情况", max_length=WORDS_LIMIT)
    basis = models.TextField("依据", max_length=WORDS_LIMIT)
    verified_by = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="核查单位")
    verifiers = models.CharField("核查人", max_length=60)

    state = models.CharField(
        "状态",
        max_length=20,
        choices=ClarificationState.choices,
        default=ClarificationState.PROPOSED,
    )
    proposed_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_at = models.DateTimeField("提出时间", db_default=Now())
    decided_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="审批人"
    )
    decided_at = models.DateTimeField("审批时间", null=True)

    way = models.CharField("澄清方式", max_length=20, choices=Made.choices, blank=True)
    made_on = models.DateField("澄清日期", null=True, blank=True)
    place = models.CharField("地点和范围", max_length=100, blank=True)
    made_by = models.ForeignKey(
        Unit, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="澄清单位"
    )
    people = models.CharField("参加人员", max_length=200, blank=True)
    recorded_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="记录人"
    )
    version = models.PositiveIntegerField("版本", default=0)

    objects = ClarificationQuerySet.as_manager()

    class Meta:
        verbose_name = "澄清"
        ordering = ["pk"]
        triggers = [
            CLARIFICATION.trigger("clarification_states"),
            pgtrigger.Protect(name="clarifications_are_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="clarifications_stay_as_proposed",
                fields=[
                    *("lead", "round", "finding", "subject", "allegation", "verified", "basis"),
                    *("verified_by", "verifiers", "proposed_by", "proposed_at"),
                ],
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="clarification_of_what_is_untrue",
                condition=Q(finding__in=[finding.value for finding in UNTRUE]),
                violation_error_message="只有经核查不属实的，才予澄清。",
            ),
            models.CheckConstraint(
                name="clarification_decided_by_someone",
                condition=Q(state=ClarificationState.PROPOSED, decided_by=None)
                | Q(state=ClarificationState.WITHDRAWN)
                | ~Q(state__in=[ClarificationState.PROPOSED, ClarificationState.WITHDRAWN])
                & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="clarification_made_known_somehow",
                condition=~Q(state=ClarificationState.DONE) & Q(way="", made_on=None)
                | Q(
                    state=ClarificationState.DONE,
                    made_on__isnull=False,
                    made_by__isnull=False,
                    recorded_by__isnull=False,
                )
                & ~Q(people="")
                & (
                    Q(way__in=[way.value for way in HELD]) & ~Q(place="")
                    | Q(way__in=[Made.WRITTEN.value, Made.UNWANTED.value])
                ),
                violation_error_message="请写明澄清方式、日期、单位和参加人员；当面、单位范围和公开"
                "场合澄清的，写明地点和范围。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.lead} 澄清 {self.pk}"

    @property
    def audit_label(self) -> str:
        return f"{self.lead.number} 澄清 {self.pk}"

    @property
    def tone(self) -> str:
        return TONES[ClarificationState(self.state)]

    @property
    def has_letter(self) -> bool:
        """Approved, so that it can be put on paper."""
        return self.state in (ClarificationState.APPROVED, ClarificationState.DONE)

    @property
    def is_void(self) -> bool:
        return self.state in VOID

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        """Add the step to the lead's timeline, in the transaction that takes it."""
        state = self.lead.state
        self.lead.record(
            actor=actor, verb=f"{verb}_clarification", source=state, target=state, note=note
        )

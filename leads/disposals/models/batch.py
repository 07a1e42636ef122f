"""A batch of disposals, its timeline and its leads."""

from __future__ import annotations

import uuid
from functools import cached_property

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from audit.append_only import TimelineEvent
from departments.models import Account, Unit
from leads.disposals.machine import DISPOSAL, verb_label
from leads.disposals.models.rule import REASON_LIMIT, rule_words
from leads.disposals.querysets import BatchQuerySet, ItemQuerySet
from leads.disposals.states import (
    AGREED,
    ITEM_TONES,
    TONES,
    BatchState,
    Decision,
    ItemOutcome,
    OutcomeKind,
)

REFUSE_HELD = """
    IF EXISTS (
        SELECT FROM leads_legalhold held JOIN leads_lead lead ON lead.id = held.lead_id
        WHERE held.lifted_at IS NULL AND NEW.lead_key IN (lead.id, lead.merged_into_id)
    ) THEN
        RAISE EXCEPTION 'the lead is held' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


class DisposalBatch(models.Model):
    """Leads whose time has passed, from the proposal to their deletion.

    `submission` makes a second click harmless. Who proposed or reviewed it does not approve it.
    """

    number = models.CharField("批次编号", max_length=40, unique=True)
    submission = models.UUIDField("提交标识", unique=True, default=uuid.uuid4, editable=False)
    jurisdiction = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    state = models.CharField(
        "状态", max_length=20, choices=BatchState.choices, default=BatchState.PROPOSED
    )
    proposed_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_at = models.DateTimeField("提出时间", db_default=Now())
    reviewed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="复核人"
    )
    reviewed_at = models.DateTimeField("复核时间", null=True, blank=True)
    approved_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="批准人"
    )
    approved_at = models.DateTimeField("批准时间", null=True)
    #: The job that carries it out, or did last.
    job = models.UUIDField("任务", null=True)
    version = models.PositiveIntegerField("版本", default=0)

    objects = BatchQuerySet.as_manager()

    class Meta:
        verbose_name = "处置批次"
        ordering = ["-pk"]
        triggers = [
            DISPOSAL.trigger("disposal_states"),
            pgtrigger.Protect(name="disposal_batch_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="disposal_batch_is_fixed",
                fields=["number", "submission", "jurisdiction", "proposed_by", "proposed_at"],
            ),
            pgtrigger.Protect(
                name="disposal_is_approved_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__approved_by__isnull=False)
                & (
                    pgtrigger.Q(old__approved_by__df=pgtrigger.F("new__approved_by"))
                    | pgtrigger.Q(old__reviewed_by__df=pgtrigger.F("new__reviewed_by"))
                ),
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="disposal_by_two_people",
                condition=Q(approved_by=None)
                | ~Q(approved_by=F("proposed_by")) & ~Q(approved_by=F("reviewed_by")),
            ),
            models.CheckConstraint(
                name="disposal_reviewed_and_approved",
                condition=Q(state__in=[BatchState.PROPOSED, BatchState.REVIEWED], approved_by=None)
                | Q(
                    state__in=AGREED,
                    reviewed_by__isnull=False,
                    reviewed_at__isnull=False,
                    approved_by__isnull=False,
                    approved_at__isnull=False,
                )
                | Q(state=BatchState.WITHDRAWN),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_label(self) -> str:
        return self.number

    @property
    def tone(self) -> str:
        return TONES[BatchState(self.state)]

    @cached_property
    def parts(self) -> set[int]:
        """Who proposed and reviewed it, and who decided about any of its leads."""
        deciders = self.items.exclude(decided_by=None).order_by().values_list("decided_by")
        people = {key for (key,) in deciders.distinct()}
        return people | {self.proposed_by_id} | ({self.reviewed_by_id} - {None})

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        """Add the step to the batch's timeline, in the transaction that takes it."""
        DisposalEvent.objects.create(
            batch=self,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=actor.main_unit.name if actor.main_unit else "",
            verb=verb,
            from_state=source,
            to_state=target,
            note=note,
        )


class DisposalEvent(TimelineEvent):
    """One step of a batch."""

    batch = models.ForeignKey(
        DisposalBatch, models.PROTECT, related_name="events", verbose_name="处置批次"
    )

    class Meta(TimelineEvent.Meta):
        verbose_name = "处置流转记录"

    def __str__(self) -> str:
        return f"{self.batch} {self.verb_label}"

    @property
    def verb_label(self) -> str:
        return verb_label(self.verb)

    @property
    def to_label(self) -> str:
        return dict(BatchState.choices).get(self.to_state, "")


class DisposalItem(models.Model):
    """One lead of a batch, by key and number: the row outlives the lead.

    How it ended, by which rule and until when it was kept are as they stood at the proposal.
    """

    batch = models.ForeignKey(
        DisposalBatch, models.PROTECT, related_name="items", verbose_name="处置批次"
    )
    lead_key = models.BigIntegerField("线索")
    number = models.CharField("线索编号", max_length=40)
    kind = models.CharField("办理结果", max_length=20, choices=OutcomeKind.choices)
    rule_version = models.PositiveIntegerField("规则版本")
    years = models.PositiveSmallIntegerField("留存年限")
    ended_on = models.DateField("办结日期")
    kept_until = models.DateField("留存至")
    decision = models.CharField("复核意见", max_length=10, choices=Decision.choices, blank=True)
    reason = models.CharField("继续留存的理由", max_length=REASON_LIMIT, blank=True)
    keep_until = models.DateField("继续留存至", null=True)
    decided_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="复核人"
    )
    outcome = models.CharField(
        "结果", max_length=10, choices=ItemOutcome.choices, default=ItemOutcome.WAITING
    )
    outcome_at = models.DateTimeField("结果时间", null=True)
    words = models.CharField("说明", max_length=400, blank=True)

    objects = ItemQuerySet.as_manager()

    class Meta:
        verbose_name = "处置的线索"
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="disposal_item_stays", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="disposal_item_is_fixed",
                fields=[
                    *("batch", "lead_key", "number", "kind", "rule_version", "years"),
                    *("ended_on", "kept_until"),
                ],
            ),
            pgtrigger.Protect(
                name="disposal_item_ends_once",
                operation=pgtrigger.Update,
                condition=~pgtrigger.Q(old__outcome=ItemOutcome.WAITING),
            ),
            pgtrigger.Trigger(
                name="no_disposal_of_what_is_held",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func=REFUSE_HELD,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lead_key"],
                condition=Q(outcome=ItemOutcome.WAITING),
                name="in_one_disposal_at_a_time",
            ),
            models.CheckConstraint(
                name="disposal_item_decided",
                condition=Q(decision="", decided_by=None, reason="", keep_until=None)
                | Q(decision=Decision.DISPOSE, decided_by__isnull=False, reason="", keep_until=None)
                | Q(decision=Decision.KEEP, decided_by__isnull=False, keep_until__isnull=False)
                & ~Q(reason=""),
            ),
            models.CheckConstraint(
                name="disposed_as_decided",
                condition=~Q(outcome=ItemOutcome.DISPOSED) | Q(decision=Decision.DISPOSE),
            ),
        ]
        indexes = [models.Index(fields=["lead_key"], name="disposal_item_by_lead")]

    def __str__(self) -> str:
        return f"{self.number} {self.get_outcome_display()}"

    @property
    def audit_label(self) -> str:
        return self.number

    @property
    def tone(self) -> str:
        return ITEM_TONES[ItemOutcome(self.outcome)]

    @property
    def rule_words(self) -> str:
        return rule_words(self.years, self.rule_version)

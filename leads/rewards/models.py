"""What a town rewards, and each reward with its way."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from audit.append_only import TimelineEvent
from departments.models import Account, Unit
from leads.codes.models import QueryCode
from leads.models.lead import Lead
from leads.rewards.machine import REWARD, verb_label
from leads.rewards.querysets import RewardQuerySet, RewardTierQuerySet
from leads.rewards.states import TONES, VOID, RewardState

#: Characters of a basis, and the most that a tier can give, in yuan.
BASIS_LIMIT, MOST_YUAN = 500, 10_000_000


class RewardTier(models.Model):
    """A tier of rewards: from so many to so many yuan. Switched off, never deleted."""

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="reward_tiers", verbose_name="乡镇"
    )
    name = models.CharField("档次", max_length=40)
    low = models.PositiveIntegerField("金额下限（元）")
    high = models.PositiveIntegerField("金额上限（元）")
    is_active = models.BooleanField("启用", default=True)

    objects = RewardTierQuerySet.as_manager()

    class Meta:
        verbose_name = "奖励档次"
        ordering = ["low", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "name"],
                name="reward_tier_once",
                violation_error_message="已有同名的档次。",
            ),
            models.CheckConstraint(
                name="reward_tier_in_bounds",
                condition=Q(low__gte=1, high__gte=F("low"), high__lte=MOST_YUAN),
                violation_error_message="金额下限至少 1 元，上限不低于下限，不超过一千万元。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.low}—{self.high} 元）"

    @property
    def audit_label(self) -> str:
        return self.name


class Reward(models.Model):
    """A reward for whoever reported a matter first. It knows a code's serial and no name."""

    number = models.CharField("奖励编号", max_length=40, unique=True)
    submission = models.UUIDField("提交标识", unique=True, default=uuid.uuid4, editable=False)
    lead = models.ForeignKey(Lead, models.PROTECT, related_name="rewards", verbose_name="线索")
    #: The lead of the matter that came first: the same one, or one that was merged into it.
    beneficiary = models.ForeignKey(
        Lead, models.PROTECT, related_name="+", verbose_name="最先举报的线索"
    )
    state = models.CharField(
        "状态", max_length=20, choices=RewardState.choices, default=RewardState.PROPOSED
    )
    tier = models.ForeignKey(
        RewardTier, models.PROTECT, related_name="rewards", verbose_name="档次"
    )
    #: As the tier stood when the reward was proposed.
    tier_name = models.CharField("档次名称", max_length=40)
    low = models.PositiveIntegerField("下限")
    high = models.PositiveIntegerField("上限")
    amount = models.PositiveIntegerField("金额（元）")
    basis = models.TextField("依据", max_length=BASIS_LIMIT)
    proposed_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="提出人"
    )
    proposed_at = models.DateTimeField("提出时间", db_default=Now())
    first_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="初审人"
    )
    first_at = models.DateTimeField("初审时间", null=True)
    second_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="复审人"
    )
    second_at = models.DateTimeField("复审时间", null=True)
    paid_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="发放人"
    )
    paid_at = models.DateTimeField("发放时间", null=True)
    code = models.ForeignKey(
        QueryCode, models.PROTECT, null=True, related_name="rewards", verbose_name="凭证"
    )
    version = models.PositiveIntegerField("版本", default=0)

    objects = RewardQuerySet.as_manager()

    class Meta:
        verbose_name = "举报奖励"
        ordering = ["-pk"]
        triggers = [
            REWARD.trigger("reward_states"),
            pgtrigger.Protect(name="rewards_are_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(
                name="rewards_stay_as_proposed",
                fields=[
                    *("number", "lead", "beneficiary", "tier", "tier_name", "low", "high"),
                    *("amount", "basis", "proposed_by", "proposed_at"),
                ],
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["lead"],
                condition=~Q(state__in=VOID),
                name="one_reward_in_force_per_lead",
            ),
            # A lead that was taken out of the one that was rewarded is not rewarded once more.
            models.UniqueConstraint(
                fields=["beneficiary"],
                condition=~Q(state__in=VOID),
                name="one_reward_in_force_per_first_report",
            ),
            models.CheckConstraint(
                name="reward_within_its_tier",
                condition=Q(amount__gte=F("low"), amount__lte=F("high")),
                violation_error_message="金额不在所选档次的范围内。",
            ),
            models.CheckConstraint(
                name="reward_by_three_people",
                condition=(Q(first_by=None) | ~Q(first_by=F("proposed_by")))
                & (Q(second_by=None) | ~Q(second_by=F("proposed_by")) & ~Q(second_by=F("first_by")))
                & (Q(paid_by=None) | ~Q(paid_by=F("first_by")) & ~Q(paid_by=F("second_by"))),
            ),
            models.CheckConstraint(
                name="reward_approved_twice_and_paid_by_code",
                condition=Q(state=RewardState.PROPOSED, first_by=None, second_by=None, paid_by=None)
                | Q(
                    state=RewardState.APPROVED_ONCE,
                    first_by__isnull=False,
                    second_by=None,
                    paid_by=None,
                )
                | Q(
                    state=RewardState.APPROVED,
                    first_by__isnull=False,
                    second_by__isnull=False,
                    paid_by=None,
                )
                | Q(
                    state=RewardState.PAID,
                    first_by__isnull=False,
                    second_by__isnull=False,
                    paid_by__isnull=False,
                    paid_at__isnull=False,
                    code__isnull=False,
                )
                | Q(state__in=VOID, paid_by=None),
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_label(self) -> str:
        return self.number

    @property
    def tone(self) -> str:
        return TONES[RewardState(self.state)]

    def record(self, *, actor: Account, verb: str, source: str, target: str, note: str) -> None:
        """Add the step to the reward's timeline, in the transaction that takes it."""
        RewardEvent.objects.create(
            reward=self,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=actor.main_unit.name if actor.main_unit else "",
            verb=verb,
            from_state=source,
            to_state=target,
            note=note,
        )


class RewardEvent(TimelineEvent):
    """One step of a reward."""

    reward = models.ForeignKey(
        Reward, models.PROTECT, related_name="events", verbose_name="举报奖励"
    )

    class Meta(TimelineEvent.Meta):
        verbose_name = "奖励流转记录"

    def __str__(self) -> str:
        return f"{self.reward} {self.verb_label}"

    @property
    def verb_label(self) -> str:
        return verb_label(self.verb, self.from_state)

    @property
    def to_label(self) -> str:
        return dict(RewardState.choices).get(self.to_state, "")

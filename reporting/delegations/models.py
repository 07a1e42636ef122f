"""Who signs in whose place, from when to when."""

from __future__ import annotations

import datetime as dt

import pgtrigger
from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone

from departments.models import Account, Unit
from reporting.delegations.querysets import DelegationQuerySet
from reporting.periods.models import RangeOf

#: A delegation lasts so many days at most, and begins so many days ahead at most.
MOST_DAYS = 30
MOST_AHEAD = 30
REASON_LIMIT = 200
OVERLAPS = "这段时间已经委托了人签发。请先结束原来的委托，或改日期。"


class SigningDelegation(models.Model):
    """`delegate` signs the weekly reports of the unit, and their corrections, for its `leader`.

    From `first_day` to `last_day`, both included, unless it was ended before. The leader signs
    too, whenever they like. Nothing of it changes but that it ends.
    """

    unit = models.ForeignKey(
        Unit, models.PROTECT, related_name="signing_delegations", verbose_name="单位"
    )
    leader = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="委托人")
    delegate = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="受托人")
    first_day = models.DateField("起始日")
    last_day = models.DateField("截止日")
    reason = models.CharField("理由", max_length=REASON_LIMIT)
    set_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="办理人")
    set_at = models.DateTimeField("办理时间", db_default=Now())
    ended_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="结束人"
    )
    ended_at = models.DateTimeField("结束时间", null=True)

    objects = DelegationQuerySet.as_manager()

    class Meta:
        verbose_name = "委托签发"
        ordering = ["-first_day", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    last_day__range=(
                        F("first_day"),
                        F("first_day") + dt.timedelta(days=MOST_DAYS - 1),
                    )
                ),
                name="delegation_of_some_days",
                violation_error_message=f"截止日不能早于起始日，连续最多 {MOST_DAYS} 天。",
            ),
            models.CheckConstraint(
                condition=~Q(leader=F("delegate")) & ~Q(reason=""), name="delegation_to_another"
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="delegation_ended_by_somebody",
            ),
            ExclusionConstraint(
                name="delegations_do_not_overlap",
                violation_error_message=OVERLAPS,
                condition=Q(ended_at=None),
                expressions=[
                    (RangeOf("unit", "unit", function="int8range"), RangeOperators.OVERLAPS),
                    (
                        RangeOf("first_day", "last_day", function="daterange"),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="delegations_are_kept", operation=pgtrigger.Delete),
            pgtrigger.ReadOnly(name="delegation_only_ends", exclude=["ended_by", "ended_at"]),
            pgtrigger.Protect(
                name="delegation_ends_once",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__ended_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.delegate_id} {self.first_day}—{self.last_day}"

    @property
    def audit_label(self) -> str:
        return f"{self.unit.name}委托签发"

    @property
    def days_label(self) -> str:
        return f"{self.first_day:%Y-%m-%d} 至 {self.last_day:%Y-%m-%d}"

    @property
    def is_over(self) -> bool:
        return self.ended_at is not None or self.last_day < timezone.localdate()

    @property
    def label(self) -> str:
        if self.ended_at:
            return "已提前结束"
        today = timezone.localdate()
        if self.last_day < today:
            return "已到期"
        return "尚未开始" if today < self.first_day else "生效中"

    @property
    def tone(self) -> str:
        return {"生效中": "active", "尚未开始": "warn"}.get(self.label, "idle")


#: A signature by delegation is one of the delegate's, for that unit, within its days.
SIGNED_BY_DELEGATION = f"""
    IF NEW.delegation_id IS NOT NULL AND NOT EXISTS (
        SELECT 1 FROM reporting_signingdelegation delegation
        WHERE delegation.id = NEW.delegation_id AND delegation.unit_id = {{unit}}
          AND delegation.delegate_id = NEW.signed_by_id
          AND (NEW.signed_at AT TIME ZONE '{settings.TIME_ZONE}')::date
              BETWEEN delegation.first_day AND delegation.last_day
          AND (delegation.ended_at IS NULL OR delegation.ended_at > NEW.signed_at)
    ) THEN
        RAISE EXCEPTION 'a delegation allows no such signature'
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""

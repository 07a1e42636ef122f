"""Bulletins, their numbers, their timeline, and which unit has read which."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.append_only import AppendOnly, TimelineEvent
from departments.models import Account, Unit
from reporting.bulletins.machine import BULLETIN, verb_label
from reporting.bulletins.querysets import BulletinQuerySet
from reporting.bulletins.states import TONES, BulletinState
from reporting.periods.models import ReportPeriod

WORDS_LIMIT = 4000
TITLE_LIMIT = 60
#: What a person may write into a draft.
WORDS = ("title", "situation", "progress", "asks")
LISTS = ("praised", "named")
#: Everything that a bulletin says.
CONTENT = (*WORDS, *LISTS, "figures", "filing", "taken_at", "issuer")


class Bulletin(models.Model):
    """What the office tells all units of one week. There is at most one for each.

    `figures` are rows of code, label, unit of measure, this week's and last week's number (None
    where there is none). `filing` lists, by how they reported, units as their key and their name
    at the time; `praised` and `named` do too. `edited` names what a person wrote: taking the
    figures again leaves that alone. Once issued nothing of it changes, and `content_hash` is the
    SHA-256 of what it says.
    """

    jurisdiction = models.ForeignKey(
        Unit, models.PROTECT, related_name="bulletins", verbose_name="乡镇"
    )
    period = models.OneToOneField(
        ReportPeriod, models.PROTECT, related_name="bulletin", verbose_name="周期"
    )
    state = models.CharField(
        "状态", max_length=20, choices=BulletinState.choices, default=BulletinState.DRAFT
    )
    issuer = models.CharField("发文机关", max_length=60)
    title = models.CharField("标题", max_length=TITLE_LIMIT)
    situation = models.TextField("总体情况", max_length=WORDS_LIMIT)
    figures = models.JSONField("主要数据", default=list)
    filing = models.JSONField("报送情况", default=dict)
    praised = models.JSONField("表扬单位", default=list, blank=True)
    named = models.JSONField("点名单位", default=list, blank=True)
    progress = models.TextField("重点线索进展", max_length=WORDS_LIMIT)
    asks = models.TextField("下周要求", max_length=WORDS_LIMIT)
    edited = models.JSONField("人工修改过的部分", default=list, blank=True)
    taken_at = models.DateTimeField("取数时间")
    drafted_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="拟稿人")
    drafted_at = models.DateTimeField("拟稿时间", db_default=Now())
    year = models.PositiveSmallIntegerField("年份", null=True)
    serial = models.PositiveIntegerField("期号", null=True)
    issued_by = models.ForeignKey(
        Account, models.PROTECT, null=True, related_name="+", verbose_name="签发人"
    )
    issued_at = models.DateTimeField("印发时间", null=True)
    content_hash = models.CharField("内容摘要", max_length=64, blank=True)
    version = models.PositiveIntegerField("版本", default=1)

    objects = BulletinQuerySet.as_manager()

    class Meta:
        verbose_name = "周通报"
        ordering = ["-period__starts_on", "jurisdiction_id"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "year", "serial"], name="bulletin_number_once"
            ),
            models.CheckConstraint(
                name="bulletin_issued_or_not",
                condition=Q(
                    state=BulletinState.ISSUED,
                    year__isnull=False,
                    serial__gte=1,
                    issued_by__isnull=False,
                    issued_at__isnull=False,
                )
                & ~Q(content_hash="")
                | ~Q(state=BulletinState.ISSUED)
                & Q(year=None, serial=None, issued_by=None, issued_at=None, content_hash=""),
            ),
        ]
        triggers = [
            BULLETIN.trigger("bulletin_states"),
            pgtrigger.Protect(name="bulletins_are_kept", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="bulletin_issued_is_final",
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state=BulletinState.ISSUED.value),
            ),
            pgtrigger.Protect(
                name="bulletin_approved_as_submitted",
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    f"OLD.state = '{BulletinState.SUBMITTED.value}' "
                    f"AND ({', '.join(f'OLD.{name}' for name in CONTENT)}) "
                    f"IS DISTINCT FROM ({', '.join(f'NEW.{name}' for name in CONTENT)})"
                ),
            ),
            pgtrigger.ReadOnly(name="bulletin_of_one_week", fields=["jurisdiction", "period"]),
        ]

    def __str__(self) -> str:
        return self.number or self.title

    @property
    def number(self) -> str:
        """〔2026〕第47期; empty until it is issued."""
        return f"〔{self.year}〕第{self.serial}期" if self.serial else ""

    @property
    def audit_label(self) -> str:
        return f"周通报 {self.number or self.pk}"

    @property
    def tone(self) -> str:
        return TONES[BulletinState(self.state)]

    @property
    def is_issued(self) -> bool:
        return self.state == BulletinState.ISSUED

    @property
    def unfiled(self) -> int:
        """How many units had yet to report when its figures were taken."""
        return len(self.filing["missing"]) + len(self.filing["returned"])

    @property
    def is_early(self) -> bool:
        """Whether its figures were taken while units that had not reported still had time to."""
        return self.taken_at < self.period.due_at and self.unfiled > 0

    def compute_hash(self) -> str:
        """The same for the same content always; it covers number, issuer and moment too."""
        names = ("jurisdiction_id", "period_id", *CONTENT)
        bound: dict[str, Any] = {name: getattr(self, name) for name in names}
        bound |= {"year": self.year, "serial": self.serial, "issued_by": self.issued_by_id}
        for name, moment in (("taken_at", self.taken_at), ("issued_at", self.issued_at)):
            bound[name] = moment and moment.astimezone(dt.UTC).isoformat()
        said = json.dumps(bound, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(said.encode()).hexdigest()

    @property
    def hash_holds(self) -> bool:
        """Whether the row still says what was issued."""
        return bool(self.content_hash) and self.content_hash == self.compute_hash()

    def record(
        self, *, actor: Account, verb: str, source: str, target: str, note: str = ""
    ) -> None:
        """Add the step to the timeline, in the transaction that takes it."""
        BulletinEvent.objects.create(
            bulletin=self,
            actor=actor,
            actor_name=actor.full_name,
            unit_name=actor.main_unit.name if actor.main_unit else "",
            verb=verb,
            from_state=source,
            to_state=target,
            note=note,
        )


class BulletinSeries(models.Model):
    """The last number given out in a town and year; locked while the next one is taken."""

    jurisdiction = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    year = models.PositiveSmallIntegerField("年份")
    last = models.PositiveIntegerField("末号", default=0)

    class Meta:
        verbose_name = "周通报编号"
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "year"], name="bulletin_series_once")
        ]

    def __str__(self) -> str:
        return f"〔{self.year}〕{self.last}"


class BulletinEvent(TimelineEvent):
    """One step in the life of a bulletin."""

    bulletin = models.ForeignKey(
        Bulletin, models.PROTECT, related_name="events", verbose_name="周通报"
    )

    class Meta(TimelineEvent.Meta):
        verbose_name = "周通报流转记录"

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.verb}"

    @property
    def verb_label(self) -> str:
        return verb_label(self.verb)

    @property
    def from_label(self) -> str:
        return _state_label(self.from_state)

    @property
    def to_label(self) -> str:
        return _state_label(self.to_state)


class BulletinRead(AppendOnly):
    """That a unit has opened an issued bulletin: who of it first, and when."""

    bulletin = models.ForeignKey(
        Bulletin, models.PROTECT, related_name="reads", verbose_name="周通报"
    )
    unit = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="单位")
    reader = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="阅读人")
    at = models.DateTimeField("时间", db_default=Now())

    class Meta(AppendOnly.Meta):
        verbose_name = "周通报阅读回执"
        constraints = [
            models.UniqueConstraint(fields=["bulletin", "unit"], name="bulletin_read_once")
        ]

    def __str__(self) -> str:
        return f"{self.bulletin_id} {self.unit_id}"


def _state_label(state: str) -> str:
    return BulletinState(state).label if state in BulletinState.values else ""

"""Seals over the trail, and what its verifications found."""

from __future__ import annotations

import pgtrigger
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly


class SealQuerySet(models.QuerySet):
    def newest(self) -> Seal | None:
        """The end of the chain, without the entries that it covers."""
        return self.defer("entry_ids", "digests").order_by("number").last()


class Seal(AppendOnly):
    """One link of the chain: a batch of entries, each with its digest, under one hash.

    `top` is the highest id that any seal up to this one has passed. `waiting` are the ids below it
    that no entry had when they were passed and that an unfinished transaction may still bring
    (`audit.seals.waiting`); all others below `top` are sealed or will never be.
    """

    number = models.PositiveBigIntegerField("序号", primary_key=True)
    version = models.PositiveSmallIntegerField("格式")
    previous = models.CharField("上一封存的校验值", max_length=64, unique=True)
    hash = models.CharField("校验值", max_length=64, unique=True)
    sealed_at = models.DateTimeField("封存时间")
    count = models.PositiveIntegerField("条数")
    first_id = models.BigIntegerField("起", null=True)
    last_id = models.BigIntegerField("止", null=True)
    top = models.BigIntegerField("已到编号")
    waiting = models.TextField("待定编号", blank=True)
    content = models.CharField("内容校验值", max_length=64)
    entry_ids = ArrayField(models.BigIntegerField(), verbose_name="记录编号")
    digests = ArrayField(models.BinaryField(), verbose_name="记录校验值")

    objects = SealQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "封存"
        ordering = ["number"]
        triggers = [
            *AppendOnly.Meta.triggers,
            pgtrigger.Trigger(
                name="chain_grows_at_its_end",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                declare=[("last", "record")],
                func="""
                    SELECT max(number) AS number, (
                        SELECT hash FROM audit_seal ORDER BY number DESC LIMIT 1
                    ) AS hash INTO last FROM audit_seal;
                    IF NEW.number <> coalesce(last.number, 0) + 1
                       OR NEW.previous <> coalesce(last.hash, repeat('0', 64)) THEN
                        RAISE EXCEPTION 'a seal follows the last one'
                            USING ERRCODE = 'check_violation';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"封存 {self.number}"

    @property
    def head(self) -> str:
        """The end of the chain in one word, to be kept elsewhere."""
        return f"{self.number}:{self.hash}"


class Verification(AppendOnly):
    """That the whole trail was read and compared with its seals, and what was found."""

    at = models.DateTimeField("时间", db_default=Now())
    actor = models.ForeignKey(
        "departments.Account", models.PROTECT, null=True, related_name="+", verbose_name="核验人"
    )
    entries = models.PositiveBigIntegerField("已封存记录")
    unsealed = models.PositiveBigIntegerField("未封存记录")
    head = models.CharField("链头", max_length=90, blank=True)
    faults = models.PositiveIntegerField("问题")
    first_fault = models.CharField("第一处问题", max_length=300, blank=True)

    class Meta(AppendOnly.Meta):
        verbose_name = "核验"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {'有问题' if self.faults else '无问题'}"

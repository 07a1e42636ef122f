"""The identities of reporters, sealed; what they were before a correction; who looked at them."""

from __future__ import annotations

import uuid

import pgtrigger
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account
from files.sealed import COLUMNS, SealedContent
from leads.models.lead import Lead
from leads.reporters.identity import Identity, plain_id, plain_phone
from leads.reporters.querysets import ReporterQuerySet, SealedQuerySet
from leads.reporters.sealing import VAULT, blind

#: What is written when an identity is sealed: the words, and by what they are found.
SEALED = (*COLUMNS, "phone_index", "id_index", "index_key_id")

KEEP_EARLIER = """
    IF (NEW.lead_id, NEW.public_id, NEW.added_by_id, NEW.added_at)
       IS DISTINCT FROM (OLD.lead_id, OLD.public_id, OLD.added_by_id, OLD.added_at) THEN
        RAISE EXCEPTION 'a reporter stays with the lead' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.version <> OLD.version AND (NEW.version <> OLD.version + 1 OR NOT EXISTS (
        SELECT 1 FROM leads_reporterrevision earlier
        WHERE earlier.reporter_id = OLD.id AND earlier.version = OLD.version
          AND earlier.sealed = OLD.sealed
    )) THEN
        RAISE EXCEPTION 'what was told before is kept' USING ERRCODE = 'check_violation';
    END IF;
    -- Without a correction only the rotation of keys seals anew, under another key or cipher.
    IF NEW.version = OLD.version AND NEW.sealed <> OLD.sealed
       AND (NEW.key_id, NEW.cipher) = (OLD.key_id, OLD.cipher) THEN
        RAISE EXCEPTION 'what was told before is kept' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""
KEEP_AS_IT_WAS = """
    IF (NEW.reporter_id, NEW.version, NEW.reason, NEW.replaced_by_id, NEW.replaced_at)
       IS DISTINCT FROM
       (OLD.reporter_id, OLD.version, OLD.reason, OLD.replaced_by_id, OLD.replaced_at) THEN
        RAISE EXCEPTION 'an earlier identity stays as it was' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
"""


def _bound_to(reporter: Reporter, version: int) -> str:
    return f"reporter|{reporter.lead_id}|{reporter.public_id}|{version}"


class Reporter(SealedContent):
    """One person who reported one lead. Never deleted; a correction keeps what was told before.

    `version` counts the corrections and is part of what the sealed words are bound to.
    """

    public_id = models.UUIDField("标识", unique=True, default=uuid.uuid4, editable=False)
    lead = models.ForeignKey(Lead, models.PROTECT, related_name="reporters", verbose_name="线索")
    version = models.PositiveIntegerField("版本", default=1)
    phone_index = models.CharField("电话索引", max_length=64, blank=True)
    id_index = models.CharField("证件索引", max_length=64, blank=True)
    index_key_id = models.CharField("索引密钥标识", max_length=32)
    added_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="录入人")
    added_at = models.DateTimeField("录入时间", db_default=Now())

    objects = ReporterQuerySet.as_manager()
    vault = VAULT

    class Meta:
        verbose_name = "举报人信息"
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="reporter_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="reporter_keeps_earlier",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=KEEP_EARLIER,
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(sealed=b"") & ~Q(key_id="") & ~Q(cipher="") & ~Q(index_key_id=""),
                name="reporter_is_sealed",
            )
        ]
        indexes = [
            models.Index(
                fields=["phone_index"], condition=~Q(phone_index=""), name="reporter_by_phone"
            ),
            models.Index(fields=["id_index"], condition=~Q(id_index=""), name="reporter_by_id"),
        ]

    def __str__(self) -> str:
        # Never the content: this is what a log would show.
        return f"举报人 {self.pk}"

    @property
    def bound_to(self) -> str:
        return _bound_to(self, self.version)

    @property
    def identity(self) -> Identity:
        """Who it is. Raises `files.sealing.Unreadable`; whoever asks has put the look on record."""
        return Identity.load(self.unseal())

    def put(self, identity: Identity) -> None:
        """Seal `identity` for this row as it stands, and index it; the caller saves SEALED."""
        self.seal(identity.dump())
        key = self.index_key_id = self.key_id
        self.phone_index = blind("phone", plain_phone(identity.phone), key)
        self.id_index = blind("id", plain_id(identity.id_number), key)


class ReporterRevision(SealedContent):
    """What was told of a reporter before a correction, still sealed. Only its key may change."""

    reporter = models.ForeignKey(
        Reporter, models.PROTECT, related_name="revisions", verbose_name="举报人"
    )
    version = models.PositiveIntegerField("版本")
    reason = models.CharField("更正理由", max_length=200)
    replaced_by = models.ForeignKey(
        Account, models.PROTECT, related_name="+", verbose_name="更正人"
    )
    replaced_at = models.DateTimeField("更正时间", db_default=Now())

    objects = SealedQuerySet.as_manager()
    vault = VAULT

    class Meta:
        verbose_name = "举报人信息更正记录"
        ordering = ["pk"]
        triggers = [
            pgtrigger.Protect(name="reporter_revision_is_kept", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="reporter_revision_as_it_was",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func=KEEP_AS_IT_WAS,
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["reporter", "version"], name="reporter_corrected_once_per_version"
            )
        ]

    def __str__(self) -> str:
        return f"举报人 {self.reporter_id} 第 {self.version} 版"

    @property
    def bound_to(self) -> str:
        return _bound_to(self.reporter, self.version)

    @property
    def identity(self) -> Identity:
        return Identity.load(self.unseal())


class IdentityLook(AppendOnly):
    """Somebody looked at the identities of one lead's reporters, and why."""

    lead = models.ForeignKey(
        Lead, models.PROTECT, related_name="identity_looks", verbose_name="线索"
    )
    release = models.ForeignKey(
        "leads.Release", models.PROTECT, null=True, related_name="looks", verbose_name="调阅申请"
    )
    actor = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="查看人")
    at = models.DateTimeField("查看时间", db_default=Now())
    reason = models.CharField("理由", max_length=200)

    class Meta(AppendOnly.Meta):
        verbose_name = "查看举报人信息"
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.lead_id} {self.actor_id}"

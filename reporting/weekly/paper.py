"""What a unit says of its week, and the signature that holds it together."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from typing import Any

from django.db import models

from departments.models import Account
from reporting.weekly.form import Content


class HasNonZero(models.Func):
    """Whether a JSON object of numbers holds one that is not zero."""

    function = "jsonb_path_exists"
    template = "%(function)s(%(expressions)s, '$.* ? (@ != 0)')"
    output_field = models.BooleanField()


class Paper(models.Model):
    """The content of a weekly report, of a correction of it, or of a version that was corrected.

    The signature is the SHA-256 of what was signed, by whom and when (`signed_content`). A version
    that `corrects` another names that one's signature, and gives the `reason`: both are signed
    with it. Whoever inherits has `unit_id` and `period_id`.
    """

    form_version = models.PositiveSmallIntegerField("表单版本")
    figures = models.JSONField("数字", default=dict, blank=True)
    texts = models.JSONField("文字", default=dict, blank=True)
    is_zero = models.BooleanField("零报告", default=False)
    counted = models.JSONField("平台统计", default=dict, blank=True)
    remarks = models.JSONField("与平台统计不同的原因", default=dict, blank=True)
    corrects = models.CharField("所更正版本的签名摘要", max_length=64, blank=True)
    reason = models.TextField("更正理由", blank=True)
    signed_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签发人"
    )
    delegation = models.ForeignKey(
        "reporting.SigningDelegation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name="委托",
    )
    signed_at = models.DateTimeField("签字时间", null=True, blank=True)
    signature = models.CharField("签名摘要", max_length=64, blank=True)
    received_by = models.ForeignKey(
        Account, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="签收人"
    )
    received_at = models.DateTimeField("签收时间", null=True, blank=True)

    class Meta:
        abstract = True

    unit_id: int
    period_id: int

    @property
    def content(self) -> Content:
        return Content(dict(self.figures), dict(self.texts), self.is_zero, dict(self.remarks))

    def signed_content(self) -> bytes:
        """What a signature binds together, the same bytes for the same content always.

        What the portal counted, and why numbers differ from it, is bound where it is known, the
        SHA-256 of each attachment where there are any; reports of before have neither. What is
        corrected, and why, is bound in a correction; for whom it was signed, where
        that was by delegation.
        """
        bound: dict[str, Any] = {
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
        if self.pk and (attached := self.attached()):
            bound["attachments"] = attached
        if self.corrects:
            bound |= {"corrects": self.corrects, "reason": self.reason}
        if self.delegation:
            bound |= {"delegation": self.delegation_id, "for": self.delegation.leader_id}
        return json.dumps(bound, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()

    def attached(self) -> list[str]:
        """The SHA-256 of each attachment that is signed with it, in order."""
        raise NotImplementedError

    def compute_signature(self) -> str:
        return hashlib.sha256(self.signed_content()).hexdigest()

    @property
    def signature_holds(self) -> bool:
        """Whether the row still is what was signed."""
        return bool(self.signature) and self.signature == self.compute_signature()

    @property
    def signer(self) -> str:
        """Who signed, and for whom; empty until then."""
        if self.signed_by is None:
            return ""
        for_whom = f"（受{self.delegation.leader.full_name}委托）" if self.delegation else ""
        return f"{self.signed_by.full_name}{for_whom}"

    def signer_note(self, drafted_by: int) -> str:
        """What the timeline says beside a signature by delegation; nothing beside a leader's."""
        if not self.delegation:
            return ""
        same = "填报人与签发人是同一人。" if drafted_by == self.signed_by_id else ""
        return f"受{self.delegation.leader.full_name}委托签字。{same}"

    def values_of_paper(self) -> dict[str, Any]:
        """All of it, by the names of the fields: what another version is made from."""
        return {field.name: getattr(self, field.name) for field in Paper._meta.fields}


def goes_on(paper: Any, actor: Account) -> bool:
    """Whether the last thing that happened to `paper` was that `actor` wrote it."""
    last = paper.events.order_by("-pk").first()
    return last is not None and last.verb in ("start", "edit") and last.actor_id == actor.pk


#: The columns of what is said, of the signature under it, and of its receipt.
CONTENT_COLUMNS = (
    "form_version",
    "figures",
    "texts",
    "is_zero",
    "counted",
    "remarks",
    "corrects",
    "reason",
)
SIGNED_COLUMNS = (*CONTENT_COLUMNS, "signed_by_id", "delegation_id", "signed_at", "signature")
RECEIPT_COLUMNS = ("received_by_id", "received_at")
PAPER_COLUMNS = (*SIGNED_COLUMNS, *RECEIPT_COLUMNS)


def columns(row: str, names: tuple[str, ...] = PAPER_COLUMNS) -> str:
    """SQL: those columns of `row`, as one value to compare."""
    return f"({', '.join(f'{row}.{name}' for name in names)})"


def signed_or_not(filed: models.Q, **filled: bool) -> models.Q:
    """Signed where `filed` holds, and only there; `filled` are further fields that go with it."""
    there = models.Q(signed_at__isnull=False, signed_by__isnull=False, **filled)
    gone = models.Q(
        signed_at__isnull=True,
        signed_by__isnull=True,
        delegation__isnull=True,
        signature="",
        **{name: not value for name, value in filled.items()},
    )
    return filed & there & ~models.Q(signature="") | ~filed & gone

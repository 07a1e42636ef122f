"""What the auditor's pages offer as a file: the trail, as it is filtered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone

from audit.models import AuditEntry
from audit.permissions import is_auditor
from departments.models import Account
from jobs.exports import Column, Export, Sheet, register
from oversight.trail.filters import AuditFilter
from pages.keyset import COUNT_LIMIT, bounded_count

CHUNK = 2000


def _clean(user: Account, params: dict[str, Any]) -> dict[str, Any]:
    kept = {"query": params["query"], "on": timezone.localdate().isoformat()}
    _found(user, kept)
    return kept


def _found(user: Account, params: dict[str, Any]) -> QuerySet[AuditEntry]:
    """The entries as the person may see them at this moment."""
    entries = AuditEntry.objects.visible_to(user)
    found = AuditFilter(QueryDict(params["query"]), queryset=entries)
    if not found.form.is_valid():
        raise ValidationError("筛选条件有误，请返回列表改正后再导出。")
    return found.qs


def _build(user: Account, params: dict[str, Any]) -> Sheet:
    return Sheet(
        title="审计记录",
        subtitle=(f"导出日期：{params['on']}", "不含线索内容"),
        columns=(
            Column(heading="编号", width=10),
            Column(heading="时间", width=20),
            Column(heading="动作", width=16),
            Column(heading="结果", width=8),
            Column(heading="账号", width=16),
            Column(heading="对象类型", width=12),
            Column(heading="对象编号", width=24),
            Column(heading="地址", width=16),
            Column(heading="理由", width=40),
        ),
        rows=_rows(_found(user, params)),
        footer=("导出人：", "审核人："),
    )


def _rows(entries: QuerySet[AuditEntry]) -> Iterator[tuple[Any, ...]]:
    """Row after row from the database's own cursor: the number of a lead at most."""
    for entry in entries.order_by("-pk").iterator(chunk_size=CHUNK):
        yield (
            str(entry.pk),
            f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
            entry.get_action_display(),
            entry.get_outcome_display(),
            entry.actor_name,
            entry.object_type,
            entry.object_label,
            entry.address or "",
            entry.reason,
        )


AUDIT_TRAIL = register(
    Export(
        id="audit_trail",
        title="审计记录",
        allowed=is_auditor,
        build=_build,
        file_name=lambda params: f"审计记录-{params['on']}.xlsx",
        clean=_clean,
        count=lambda user, params: bounded_count(_found(user, params), COUNT_LIMIT),
    )
)

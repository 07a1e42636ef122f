"""What the leads pages offer as a file: the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from departments.models import Account
from jobs.exports import Column, Export, Sheet, register
from leads import due
from leads.lists import columns
from leads.lists.bulk.models import BulkItem
from leads.lists.listing import Listing
from leads.models import Lead
from leads.permissions import can_search_leads
from leads.querysets import LeadQuerySet
from pages.keyset import COUNT_LIMIT, bounded_count

PURPOSE_LIMIT = 100
CHUNK = 500


def _clean(user: Account, params: dict[str, Any]) -> dict[str, Any]:
    """What the job keeps: the list, the columns, which leads of it (`run`), and what for."""
    listing = Listing.of(user, params.get("query", ""))
    if not listing.is_valid:
        raise ValidationError("筛选条件有误，请返回列表改正后再导出。")
    purpose = " ".join(str(params.get("purpose", "")).split())
    if not purpose:
        raise ValidationError({"purpose": "请填写用途。"})
    if len(purpose) > PURPOSE_LIMIT:
        raise ValidationError({"purpose": f"用途不超过 {PURPOSE_LIMIT} 字。"})
    chosen = params.get("columns")
    kept: dict[str, Any] = {
        "query": listing.query,
        "purpose": purpose,
        "columns": [code for code in chosen if code in columns.BY_CODE] if chosen else None,
        "on": due.today().isoformat(),
    }
    if params.get("run"):
        kept["run"] = str(uuid.UUID(str(params["run"])))
    return kept


def _found(user: Account, params: dict[str, Any]) -> tuple[Listing, LeadQuerySet]:
    """The leads as the person may see them at this moment: of the list, or those selected."""
    listing = Listing.of(user, params["query"])
    if not params.get("run"):
        return listing, listing.leads
    chosen = BulkItem.objects.filter(run__public_id=params["run"], run__owner=user)
    return listing, Lead.objects.visible_to(user).filter(pk__in=chosen.values("lead"))


def _count(user: Account, params: dict[str, Any]) -> int:
    return bounded_count(_found(user, params)[1], COUNT_LIMIT)


def _build(user: Account, params: dict[str, Any]) -> Sheet:
    shown = columns.for_export(user, params["columns"])
    now = timezone.localtime()
    return Sheet(
        title="线索摸排台账",
        subtitle=(
            f"填报单位：{user.main_unit.name if user.main_unit else ''}",
            f"填报日期：{now:%Y-%m-%d}",
            "单位：件",
            f"导出人：{user.full_name} {now:%Y-%m-%d %H:%M}",
        ),
        columns=tuple(
            Column(heading=column.heading, width=column.width, kind=column.kind) for column in shown
        ),
        rows=_rows(user, params, shown),
    )


def _rows(
    user: Account, params: dict[str, Any], shown: list[columns.ListColumn]
) -> Iterator[tuple[Any, ...]]:
    """Row after row from the database's own cursor, however many there are."""
    listing, leads = _found(user, params)
    own = Lead.objects.readable_by(user).filter(pk=OuterRef("pk"))
    leads = columns.prepare(listing.order.sort(leads), shown, user=user)
    for lead in leads.annotate(is_readable=Exists(own)).iterator(chunk_size=CHUNK):
        yield tuple(column.export(lead, readable=lead.is_readable) for column in shown)


def _file_name(params: dict[str, Any]) -> str:
    return f"线索台账-{params['on']}.xlsx"


LEAD_LEDGER = register(
    Export(
        id="lead_ledger",
        title="线索台账",
        allowed=can_search_leads,
        build=_build,
        file_name=_file_name,
        clean=_clean,
        count=_count,
    )
)

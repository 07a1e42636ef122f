"""What the leads pages offer as a file: the ledger."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from typing import Any

from django.core.exceptions import ValidationError
from django.utils import timezone

from departments.acting import as_system
from departments.models import Account
from jobs.exports import Column, Export, Sheet, Told, register
from jobs.models import ExportedRows
from leads import due
from leads.lists import columns
from leads.lists.bulk.models import BulkItem
from leads.lists.listing import Listing
from leads.models import Lead, Reward
from leads.permissions import can_search_leads
from leads.querysets import LeadQuerySet
from leads.rewards.permissions import sees_rewards
from pages.keyset import COUNT_LIMIT, bounded_count

CHUNK = 500


def _clean(user: Account, params: dict[str, Any]) -> dict[str, Any]:
    """What the job keeps: the list, the columns, and which leads of it (`run`)."""
    listing = Listing.of(user, params.get("query", ""))
    if not listing.is_valid:
        raise ValidationError("筛选条件有误，请返回列表改正后再导出。")
    chosen = params.get("columns")
    kept: dict[str, Any] = {
        "query": listing.query,
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
    told = Told()
    return Sheet(
        title="线索摸排台账",
        subtitle=(
            f"填报单位：{user.main_unit.name if user.main_unit else ''}",
            f"填报日期：{timezone.localdate():%Y-%m-%d}",
            "单位：件",
        ),
        columns=tuple(
            Column(heading=column.heading, width=column.width, kind=column.kind) for column in shown
        ),
        rows=_rows(user, params, shown, told),
        told=told,
    )


def _rows(
    user: Account, params: dict[str, Any], shown: list[columns.ListColumn], told: Told
) -> Iterator[tuple[Any, ...]]:
    """Row after row from the database's own cursor, however many there are."""
    listing, leads = _found(user, params)
    leads = columns.prepare(listing.order.sort(leads), shown, user=user)
    for lead in leads.iterator(chunk_size=CHUNK):
        seen = lead.seen_among(user)
        if "allegation" in seen:
            told.whole.append(lead.pk)
        else:
            (told.figures if "place" in seen else told.outlines).append(lead.pk)
        yield tuple(column.export(lead, seen) for column in shown)


def _may_fetch(user: Account, _params: dict[str, Any], rows: ExportedRows | None) -> bool:
    """Whether each lead of the file may still be seen, as much of it as the file holds.

    Asked as the system: of leads that the wall hides, the person would be told that all are seen.
    """
    if rows is None:
        return False  # made before its rows were kept: nobody can tell
    kept = ExportedRows.objects.filter(pk=rows.pk)
    reads = {
        "whole": Lead.objects.listing("allegation", user),
        "figures": Lead.objects.listing("place", user),
        "outlines": Lead.objects.visible_to(user),
    }
    with as_system():
        return not any(
            Lead.objects.filter(pk__in=kept.keys(name))
            .exclude(pk__in=allowed.values("pk"))
            .exists()
            for name, allowed in reads.items()
        )


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
        may_fetch=_may_fetch,
    )
)


def _clean_rewards(_user: Account, _params: dict[str, Any]) -> dict[str, Any]:
    return {"on": due.today().isoformat()}


def _build_rewards(user: Account, params: dict[str, Any]) -> Sheet:
    """Serials and sums: neither reporters nor the people who decided."""
    told = Told()
    return Sheet(
        title="举报奖励台账",
        subtitle=(f"导出日期：{params['on']}", "单位：元"),
        columns=(
            Column(heading="奖励编号", width=22),
            Column(heading="线索编号", width=20),
            Column(heading="档次", width=14),
            Column(heading="金额", width=12, kind="count"),
            Column(heading="状态", width=10),
            Column(heading="提出日期", width=12, kind="date"),
            Column(heading="初审日期", width=12, kind="date"),
            Column(heading="复审日期", width=12, kind="date"),
            Column(heading="发放日期", width=12, kind="date"),
            Column(heading="凭证号", width=16),
        ),
        rows=_reward_rows(user, told),
        footer=("制表：", "审核："),
        told=told,
    )


def _reward_rows(user: Account, told: Told) -> Iterator[tuple[Any, ...]]:
    rewards = Reward.objects.visible_to(user).select_related("lead", "code").order_by("pk")
    for reward in rewards.iterator(chunk_size=CHUNK):
        told.whole.append(reward.pk)
        moments = (reward.proposed_at, reward.first_at, reward.second_at, reward.paid_at)
        yield (
            reward.number,
            reward.lead.number,
            reward.tier_name,
            reward.amount,
            reward.get_state_display(),
            *(at and timezone.localdate(at) for at in moments),
            reward.code.serial if reward.code else "",
        )


def _may_fetch_rewards(user: Account, _params: dict[str, Any], rows: ExportedRows | None) -> bool:
    """Whether each reward of the file may still be seen."""
    if rows is None:
        return False
    kept = ExportedRows.objects.filter(pk=rows.pk)
    seen = Reward.objects.visible_to(user).values("pk")
    with as_system():
        return not Reward.objects.filter(pk__in=kept.keys("whole")).exclude(pk__in=seen).exists()


REWARD_LEDGER = register(
    Export(
        id="reward_ledger",
        title="举报奖励台账",
        allowed=sees_rewards,
        build=_build_rewards,
        file_name=lambda params: f"举报奖励台账-{params['on']}.xlsx",
        clean=_clean_rewards,
        count=lambda user, _params: bounded_count(Reward.objects.visible_to(user), COUNT_LIMIT),
        may_fetch=_may_fetch_rewards,
    )
)

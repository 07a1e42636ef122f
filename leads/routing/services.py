"""The only writer of the routing table."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models, transaction

from audit.models import Action
from audit.seen import require_seen
from audit.services import record
from departments.models import Account, Unit
from departments.permissions import is_director
from departments.services import reorder
from leads.routing.models import RoutingRule

#: The fields whose value is a set of rows.
MANY = ("domains", "conducts", "units")


@transaction.atomic
def save_rule(
    *,
    rule: RoutingRule | None,
    town: Unit,
    actor: Account,
    units: Collection[Unit],
    seen: str | None = None,
    **values: Any,
) -> RoutingRule:
    """Add a row at the end of the town's table, or change one.

    ValidationError for a bad one; Conflict when the row no longer is what `actor` has `seen`.
    """
    _require_director(actor, town)
    if not units:
        raise ValidationError({"units": "请至少选择一个承办单位。"})
    values["units"] = units
    rows = RoutingRule.objects.of(town)
    if rule is None:
        last = rows.aggregate(last=models.Max("position"))["last"] or 0
        row, before = RoutingRule(jurisdiction=town, position=last + 1), {}
    else:
        row = rows.select_for_update(of=("self",)).get(pk=rule.pk)
        before = in_words(row)
        require_seen(before, seen)
    for name, value in values.items():
        if name not in MANY:
            setattr(row, name, value)
    row.full_clean(exclude=["position"])
    row.save()
    for name in MANY:
        getattr(row, name).set(values.get(name, ()))
    _note_change(actor, row, before)
    return row


@transaction.atomic
def move_rule(*, rule: RoutingRule, actor: Account, up: bool) -> None:
    """Change places with the row above or below; the first and the last stay."""
    _require_director(actor, rule.jurisdiction)
    rows = RoutingRule.objects.filter(jurisdiction=rule.jurisdiction)
    if (place := reorder(rows, rule.pk, up=up)) is not None:
        words = f"次序改为第 {place} 位"
        record(action=Action.SETTINGS_CHANGED, actor=actor, obj=rule, reason=words)


def _require_director(actor: Account, town: Unit) -> None:
    if not is_director.test(actor) or town.pk not in actor.jurisdiction_ids:
        raise PermissionDenied


def in_words(rule: RoutingRule) -> dict[str, str]:
    """Every field of the row as a person reads it."""
    rule = RoutingRule.objects.of(rule.jurisdiction_id).get(pk=rule.pk)
    umbrella = {None: "不限", True: "是", False: "否"}[rule.umbrella]
    return {
        "行业领域": _names(rule.domains.all()),
        "行为类型": _names(rule.conducts.all()),
        "涉及村居": str(rule.place or "不限"),
        "涉及“保护伞”": umbrella,
        "只限单位自行登记": "是" if rule.from_units else "否",
        "承办单位": _names(rule.units.all()),
        "分工": rule.get_role_display(),
        "理由": rule.reason,
        "启用": "是" if rule.is_active else "否",
    }


def _names(rows: Collection[Any]) -> str:
    return "、".join(str(row) for row in rows) or "不限"


def _note_change(actor: Account, rule: RoutingRule, before: dict[str, str]) -> None:
    after = in_words(rule)
    changed = (
        [
            f"{name}：{before[name]} → {value}"
            for name, value in after.items()
            if before.get(name) != value
        ]
        if before
        else [f"新增：{after['承办单位']}（{after['分工']}）"]
    )
    if changed:
        words = "；".join(changed)
        record(action=Action.SETTINGS_CHANGED, actor=actor, obj=rule, reason=words)

"""A township as a file: its units with their duties, and the dictionaries; read, then loaded.

The file is JSON; the one beside this module, `data/township.json`, is the example and the demo.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import models, transaction

from departments.models import Domain, Duty, Unit, UnitKind
from departments.services import add_unit
from pages.texts import one_line

DEMO_FILE = Path(__file__).with_name("data") / "township.json"
#: The dictionaries, each with the flags that its entries may carry beside code and name.
DICTIONARIES: dict[str, tuple[str, ...]] = {
    "domains": (),
    "channels": ("number_only", "gives_code"),
    "conducts": (),
    "criteria": (),
}
#: The kinds that a file may give to a unit; the others follow from where a thing stands in it.
UNIT_KINDS = (UnitKind.OFFICE, UnitKind.POLICE, UnitKind.DISCIPLINE, UnitKind.DEPARTMENT)
CODE = re.compile(r"[a-z0-9][a-z0-9-]{0,29}")
LISTS = {*DICTIONARIES, "units", "villages", "village_duties", "routing"}
ROUTING_ROLES = ("lead", "assist")

Row = TypeVar("Row", bound=models.Model)


class TownshipError(Exception):
    """The file cannot be loaded; the message tells the person who wrote it where and why."""


@dataclass(frozen=True)
class Entry:
    """A row of a dictionary."""

    code: str
    name: str
    flags: Mapping[str, bool] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class UnitEntry:
    """A unit as the file describes it."""

    code: str
    name: str
    kind: UnitKind
    domains: tuple[str, ...] = ()
    duties: tuple[str, ...] = ()
    hotline: str = ""
    mailbox: str = ""
    reports_weekly: bool
    receives_leads: bool


@dataclass(frozen=True, kw_only=True)
class RoutingEntry:
    """A row of the routing table as the file describes it, by codes; empty means any."""

    domains: tuple[str, ...] = ()
    conducts: tuple[str, ...] = ()
    place: str = ""
    umbrella: bool | None = None
    from_units: bool = False
    units: tuple[str, ...]
    role: str
    reason: str


@dataclass(frozen=True, kw_only=True)
class Township:
    """A checked file: codes are unique, and what one list says of another is there."""

    district: Entry | None
    town: Entry
    units: tuple[UnitEntry, ...]
    dictionaries: Mapping[str, tuple[Entry, ...]]
    routing: tuple[RoutingEntry, ...] = ()


def read(path: Path) -> Township:
    """The township in the file. Raises TownshipError when it is missing, damaged or wrong."""
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise TownshipError(f"无法读取文件 {path}：{error.strerror}") from error
    except UnicodeDecodeError as error:
        raise TownshipError(f"文件 {path} 不是 UTF-8 编码。") from error
    except json.JSONDecodeError as error:
        raise TownshipError(
            f"文件 {path} 不是有效的 JSON：第 {error.lineno} 行第 {error.colno} 列附近。"
        ) from error
    return check(document)


def check(document: Any) -> Township:
    """The township that the parsed `document` describes; TownshipError when it is wrong."""
    document = _object(document, "文件", {"district", "town"} | LISTS, needs={"town", "units"})
    lists = {name: _list(document.get(name, []), name) for name in LISTS}
    dictionaries = {
        name: tuple(
            _entry(item, f"{name} 第 {place} 项", flags) for place, item in _numbered(lists[name])
        )
        for name, flags in DICTIONARIES.items()
    }
    district = _entry(document["district"], "district") if "district" in document else None
    town = _entry(document["town"], "town")
    units = [_unit(item, f"units 第 {place} 项") for place, item in _numbered(lists["units"])]
    duties = _texts(lists["village_duties"], "village_duties")
    units += [
        _village(item, f"villages 第 {place} 项", duties)
        for place, item in _numbered(lists["villages"])
    ]
    for name, entries in dictionaries.items():
        _refuse_repeated((entry.code for entry in entries), f"{name} 的代码")
        _refuse_repeated((entry.name for entry in entries), f"{name} 的名称")
    parents = [town, district] if district else [town]
    _refuse_repeated((item.code for item in [*parents, *units]), "单位代码")
    known = {entry.code for entry in dictionaries["domains"]}
    for unit in units:
        unknown = sorted(set(unit.domains) - known)
        if unknown:
            raise TownshipError(f"{unit.name}的领域不在 domains 中：{'、'.join(unknown)}")
    routing = [
        _route(item, f"routing 第 {place} 项") for place, item in _numbered(lists["routing"])
    ]
    known_codes = {
        name: {entry.code for entry in dictionaries[name]} for name in ("domains", "conducts")
    } | {"units": {unit.code for unit in units}}
    for number, rule in _numbered(routing):
        for name, codes in known_codes.items():
            if unknown := sorted(set(getattr(rule, name)) - codes):
                raise TownshipError(f"routing 第 {number} 项的 {name} 不存在：{'、'.join(unknown)}")
        if rule.place and rule.place not in known_codes["units"]:
            raise TownshipError(f"routing 第 {number} 项的 place 不存在：{rule.place}")
    return Township(
        district=district,
        town=town,
        units=tuple(units),
        dictionaries=dictionaries,
        routing=tuple(routing),
    )


@transaction.atomic
def load(township: Township) -> dict[str, int]:
    """Add the domains and units that are missing; returns how many of each were added.

    What is there already stays as the office has edited it, its duties and domains included.
    Raises TownshipError, and adds nothing, when a code belongs to something else already.
    """
    domains = add_missing(Domain, township.dictionaries["domains"])
    there = {unit.code: unit for unit in Unit.objects.select_related("jurisdiction")}
    before = len(there)
    district = township.district and _place(
        there, None, code=township.district.code, name=township.district.name, kind="district"
    )
    town = _place(there, district, code=township.town.code, name=township.town.name, kind="town")
    by_code = {domain.code: domain for domain in Domain.objects.all()}
    for entry in township.units:
        is_new = entry.code not in there
        unit = _place(
            there,
            town,
            code=entry.code,
            name=entry.name,
            kind=entry.kind,
            hotline=entry.hotline,
            mailbox=entry.mailbox,
            reports_weekly=entry.reports_weekly,
            receives_leads=entry.receives_leads,
        )
        if is_new:
            unit.domains.set([by_code[code] for code in entry.domains])
            Duty.objects.bulk_create(
                Duty(unit=unit, text=text, position=position)
                for position, text in enumerate(entry.duties, 1)
            )
    return {"行业领域": domains, "单位": len(there) - before}


@transaction.atomic
def add_missing(model: type[Row], entries: Iterable[Entry]) -> int:
    """Add the dictionary rows whose code `model` does not have, behind those it has.

    Returns how many. Raises TownshipError when a new row's name is taken by another code.
    """
    there = dict(model.objects.values_list("code", "name"))
    last = model.objects.aggregate(last=models.Max("position"))["last"] or 0
    new = [entry for entry in entries if entry.code not in there]
    for entry in new:
        if entry.name in there.values():
            raise TownshipError(
                f"{model._meta.verbose_name}“{entry.name}”已经存在，但代码不是 {entry.code}。"
            )
    model.objects.bulk_create(
        model(code=entry.code, name=entry.name, position=last + place, **entry.flags)
        for place, entry in enumerate(new, 1)
    )
    return len(new)


def _place(
    there: dict[str, Unit], parent: Unit | None, *, code: str, name: str, kind: str, **fields: Any
) -> Unit:
    """The unit with this code, added below `parent` where it is missing."""
    unit = there.get(code)
    if unit is None:
        if parent is not None:
            parent.refresh_from_db()  # the tree library counts children on the instance
        try:
            unit = add_unit(parent=parent, code=code, name=name, kind=kind, **fields)
        except ValidationError as error:
            raise TownshipError(f"单位 {code}：{'；'.join(error.messages)}") from error
        there[code] = unit
        return unit
    is_elsewhere = parent is not None and not unit.is_child_of(parent)
    if unit.kind != kind or is_elsewhere:
        raise TownshipError(f"单位代码 {code} 已由“{unit.name}”使用，类别或隶属关系不同。")
    return unit


def _unit(item: Any, where: str) -> UnitEntry:
    allowed = {"code", "name", "kind", "domains", "duties", "hotline", "mailbox"}
    item = _object(item, where, allowed | {"reports_weekly", "receives_leads"})
    kind = item.get("kind", UnitKind.DEPARTMENT.value)
    if kind not in UNIT_KINDS:
        raise TownshipError(f"{where}：kind 应为 {'、'.join(UNIT_KINDS)} 之一。")
    works = kind != UnitKind.OFFICE
    return UnitEntry(
        code=_code(item, where),
        name=_text(item, "name", where, longest=60, required=True),
        kind=UnitKind(kind),
        domains=_texts(_list(item.get("domains", []), where), where),
        duties=_texts(_list(item.get("duties", []), where), where),
        hotline=_text(item, "hotline", where, longest=30),
        mailbox=_text(item, "mailbox", where, longest=100),
        reports_weekly=_flag(item, "reports_weekly", where, default=works),
        receives_leads=_flag(item, "receives_leads", where, default=works),
    )


def _village(item: Any, where: str, duties: tuple[str, ...]) -> UnitEntry:
    item = _object(item, where, {"code", "name", "hotline", "mailbox"})
    return UnitEntry(
        code=_code(item, where),
        name=_text(item, "name", where, longest=60, required=True),
        kind=UnitKind.VILLAGE,
        duties=duties,
        hotline=_text(item, "hotline", where, longest=30),
        mailbox=_text(item, "mailbox", where, longest=100),
        reports_weekly=True,
        receives_leads=False,
    )


def _route(item: Any, where: str) -> RoutingEntry:
    allowed = {"domains", "conducts", "place", "umbrella", "from_units", "units", "role", "reason"}
    item = _object(item, where, allowed, needs={"units", "role", "reason"})
    if item["role"] not in ROUTING_ROLES:
        raise TownshipError(f"{where}：role 应为 {'、'.join(ROUTING_ROLES)} 之一。")
    umbrella = item.get("umbrella")
    if umbrella not in (True, False, None):
        raise TownshipError(f"{where}：umbrella 应为 true 或 false，或者不写。")
    units = _texts(_list(item["units"], where), where)
    if not units:
        raise TownshipError(f"{where}：units 至少写一个单位。")
    return RoutingEntry(
        domains=_texts(_list(item.get("domains", []), where), where),
        conducts=_texts(_list(item.get("conducts", []), where), where),
        place=_text(item, "place", where, longest=30),
        umbrella=umbrella,
        from_units=_flag(item, "from_units", where, default=False),
        units=units,
        role=item["role"],
        reason=_text(item, "reason", where, longest=60, required=True),
    )


def _entry(item: Any, where: str, flags: tuple[str, ...] = ()) -> Entry:
    item = _object(item, where, {"code", "name", *flags})
    name = _text(item, "name", where, longest=40, required=True)
    return Entry(
        _code(item, where),
        name,
        {flag: _flag(item, flag, where, default=False) for flag in flags},
    )


def _object(
    item: Any, where: str, allowed: set[str], *, needs: Iterable[str] = ()
) -> dict[str, Any]:
    if not isinstance(item, dict):
        raise TownshipError(f"{where}应为一个对象（花括号）。")
    missing, unknown = sorted(set(needs) - set(item)), sorted(set(item) - allowed)
    if missing:
        raise TownshipError(f"{where}缺少 {'、'.join(missing)}。")
    if unknown:
        raise TownshipError(f"{where}有不认识的内容：{'、'.join(unknown)}。")
    return item


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise TownshipError(f"{where}应为一个列表（方括号）。")
    return value


def _code(item: dict[str, Any], where: str) -> str:
    code = item.get("code")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise TownshipError(f"{where}：code 应为小写字母、数字或连字符，最多 30 个字符。")
    return code


def _text(
    item: dict[str, Any], key: str, where: str, *, longest: int, required: bool = False
) -> str:
    value = item.get(key, "")
    if not isinstance(value, str) or len(value) > longest or (required and not value.strip()):
        raise TownshipError(f"{where}：{key} 应为文字，最多 {longest} 字{'，必填' * required}。")
    return one_line(value.strip())


def _flag(item: dict[str, Any], key: str, where: str, *, default: bool) -> bool:
    value = item.get(key, default)
    if not isinstance(value, bool):
        raise TownshipError(f"{where}：{key} 应为 true 或 false。")
    return value


def _texts(values: list[Any], where: str) -> tuple[str, ...]:
    for value in values:
        if not isinstance(value, str) or not value.strip() or len(value) > 300:
            raise TownshipError(f"{where}：列表中应为文字，每条最多 300 字。")
    return tuple(one_line(value.strip()) for value in values)


def _refuse_repeated(values: Iterable[str], what: str) -> None:
    repeated = sorted(value for value, count in Counter(values).items() if count > 1)
    if repeated:
        raise TownshipError(f"{what}重复：{'、'.join(repeated)}")


def _numbered(values: list[Any]) -> Iterable[tuple[int, Any]]:
    return enumerate(values, 1)

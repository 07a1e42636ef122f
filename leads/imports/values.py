"""What people write into cells, and what it means: days, yes and no, names from a list."""

from __future__ import annotations

import datetime as dt
import difflib
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Generic, TypeVar

from leads.imports.fields import heading, plain
from pages.texts import one_line

Item = TypeVar("Item")

FULL = re.compile(
    r"(\d{4}|\d{2})\s*[年./\-]\s*(\d{1,2})\s*[月./\-]\s*(\d{1,2})\s*[日号]?"
    r"(?:[\sT]*\d{1,2}[:时]\d{1,2}(?:[:分]\d{1,2}(?:\.\d+)?)?[秒分]?)?"
)
SHORT = re.compile(r"(\d{1,2})\s*月\s*(\d{1,2})\s*[日号]?")
PACKED = re.compile(r"(\d{4})(\d{2})(\d{2})")
#: Excel's numbers of the days from 1990 to 2079: what a day becomes in a cell without a format.
SERIALS = range(32_874, 65_746)
FIRST_DAY = dt.date(1899, 12, 30)
OLDEST = dt.date(1990, 1, 1)

YES = frozenset(
    map(plain, ("是", "有", "√", "✓", "✔", "对", "Y", "yes", "1", "重大", "涉及", "true"))
)
NO = frozenset(
    map(
        plain,
        ("否", "无", "没有", "×", "✗", "N", "no", "0", "一般", "普通", "不涉及", "不是", "false"),
    )
) | {"", "x"}
#: Ways of saying that there is nothing to say.
NOTHING = frozenset({"", "无", "不详", "未知", "不清楚", "不明", "暂无", "空", "null", "none"})
SHORTEST_PART = 2
BETWEEN = re.compile(r"[、,，;；/／\n|]+")


class Wrong(Exception):
    """A cell cannot be taken; what is wrong, and how to mend it."""

    def __init__(self, words: str, advice: str = "") -> None:
        super().__init__(words)
        self.words, self.advice = words, advice


def text(value: Any) -> str:
    """What stands in a cell, as words; spaces around them and what nobody sees are left out."""
    if value is None:
        return ""
    if isinstance(value, dict):
        return str(value.get("date") or value.get("error") or "")
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(value, float):
        return f"{value:.10g}"
    return one_line(str(value).strip())


def is_nothing(value: Any) -> bool:
    return plain(text(value)) in NOTHING


def day(value: Any, *, year: int) -> dt.date:
    """The day that a cell means; `year` is for “5月3日”. Raises Wrong."""
    if isinstance(value, dict) and "date" in value:
        words = str(value["date"])
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if int(value) in SERIALS:
            return FIRST_DAY + dt.timedelta(days=int(value))
        words = text(value)
    else:
        words = unicodedata.normalize("NFKC", text(value)).strip()
    if found := FULL.fullmatch(words) or PACKED.fullmatch(words):
        parts = [int(part) for part in found.groups()]
        if parts[0] < 100:
            parts[0] += 2000
    elif found := SHORT.fullmatch(words):
        parts = [year, int(found[1]), int(found[2])]
    elif words.isdigit() and int(words) in SERIALS:
        return FIRST_DAY + dt.timedelta(days=int(words))
    else:
        raise Wrong("不是能识别的日期", "请写成 2019-05-03、2019.5.3 或 2019年5月3日")
    try:
        return dt.date(*parts)
    except ValueError:
        raise Wrong("没有这一天", "请核对年、月、日") from None


def past_day(value: Any, *, year: int, today: dt.date) -> dt.date:
    """As `day`, for something that has happened."""
    found = day(value, year=year)
    if found > today:
        raise Wrong("日期晚于今天", "请核对年份")
    if found < OLDEST:
        raise Wrong("日期早于 1990 年", "请核对年份")
    return found


def yes(value: Any) -> bool:
    """是 or 否 in whatever way; empty is 否. Raises Wrong."""
    words = plain(text(value))
    if words in YES:
        return True
    if words in NO:
        return False
    raise Wrong("应填“是”或“否”", "请改为“是”或“否”")


def names(value: Any) -> list[str]:
    """Several names in one cell, each once."""
    if is_nothing(value):
        return []
    found = (part.strip().strip("\u3000") for part in BETWEEN.split(text(value)))
    return list(dict.fromkeys(part for part in found if plain(part) not in NOTHING))


class Choices(Generic[Item]):
    """A list from which a cell must choose, by name: spaces, width and brackets do not matter.

    A `loose` list also takes a part of a name that is part of no other: 电话 for 举报电话.
    """

    def __init__(
        self, items: Iterable[tuple[str, Item]], what: str, *, loose: bool = False
    ) -> None:
        self.what, self.loose = what, loose
        self.by_name: dict[str, Item] = {}
        self.labels: dict[str, str] = {}
        self.items: list[Item] = []
        for name, item in items:
            self.items.append(item)
            for words in (plain(name), heading(name)):
                self.by_name.setdefault(words, item)
                self.labels.setdefault(words, name)

    def learn(self, word: str, item: Item) -> None:
        """Let `word` mean `item` too, where it does not mean another."""
        label = next((self.labels[one] for one, of in self.by_name.items() if of == item), word)
        if plain(word) not in self.by_name:
            self.by_name[plain(word)] = item
            self.labels[plain(word)] = label

    def find(self, value: Any) -> Item | None:
        words = text(value)
        found = self.by_name.get(plain(words)) or self.by_name.get(heading(words))
        if found is None and self.loose and len(plain(words)) >= SHORTEST_PART:
            holding = {self.labels[name]: name for name in self.by_name if plain(words) in name}
            if len(holding) == 1:
                return self.by_name[holding.popitem()[1]]
        return found

    def nearest(self, value: Any, cutoff: float = 0.4) -> str:
        """The name that looks most like it, or nothing."""
        words = plain(text(value))
        close = difflib.get_close_matches(words, self.by_name, 1, cutoff)
        if not close and words:
            close = [name for name in self.by_name if words in name or name in words][:1]
        return self.labels[close[0]] if close else ""

    def get(self, value: Any) -> Item:
        """The item of this name. Raises Wrong, with the nearest name."""
        found = self.find(value)
        if found is None:
            nearest = self.nearest(value)
            advice = f"是否为“{nearest}”？" if nearest else "请从填表模板的下拉列表中选择"
            raise Wrong(f"不在“{self.what}”的名单中", advice)
        return found

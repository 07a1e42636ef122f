"""One row of a ledger becomes one lead, or a list of what is wrong with it."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from departments.models import Domain, Unit
from jobs.workbook import Row
from leads import due, number_only
from leads.imports import values
from leads.imports.fields import BY_CODE, plain
from leads.imports.layout import Layout
from leads.imports.synonyms import (
    DISPOSITIONS,
    ENDS,
    FINDINGS,
    NO_PLACE,
    REPORTERS,
    UNCLASSIFIED,
)
from leads.imports.values import Choices, Wrong
from leads.imports.words import CLOSED, DECLINED, can_be_asked, key_of, teach
from leads.models import ALLEGATION_LIMIT, Channel, Conduct
from leads.states import Finding, LeadState, ReporterKind

TITLE_FROM_ALLEGATION = 30
#: The title where the first words may tell who reported.
NAMELESS = "名称待补的线索"
LIMITS = {"title": 100, "place_detail": 100, "old_number": 60}
SUBJECT_LIMIT = 40
FOUND_LIMIT = 60
#: A mobile number, or that of an identity card.
CONTACT = re.compile(r"(?<!\d)(1[3-9]\d{9}|\d{17}[\dXx])(?![\dXx])")
#: What the timeline tells of a lead whose words stay on another platform.
NUMBER_ONLY_NOTES = ("old_number", "unit", "person", "leader", "moved", "due")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """What is wrong (or doubtful) in a row, where, and how to mend it."""

    row: int
    column: int = 0
    found: str = ""
    words: str
    advice: str = ""
    is_error: bool = True


@dataclass
class Entry:
    """A row as it will be: the lead's fields, what it names, and words for its timeline."""

    row: int
    fields: dict[str, Any] = field(default_factory=dict)
    subjects: list[str] = field(default_factory=list)
    is_official: bool = False
    named_units: list[Unit] = field(default_factory=list)
    old_number: str = ""
    note: str = ""
    problems: list[Problem] = field(default_factory=list)
    #: Words that no list has, with the column in which they stand.
    unknown: list[tuple[str, str]] = field(default_factory=list)

    @property
    def is_fit(self) -> bool:
        return not any(problem.is_error for problem in self.problems)


class Converter:
    """Turns rows into entries, for one town, one layout and one choice of what its columns are."""

    def __init__(
        self,
        *,
        town: Unit | int,
        layout: Layout,
        mapping: dict[int, str],
        defaults: dict[str, Any],
        learned: Iterable[tuple[str, str, str]] = (),
        today: dt.date | None = None,
    ) -> None:
        self.layout = layout
        self.labels = {head.column: head.label for head in layout.heads}
        self.columns = {code: column for column, code in mapping.items() if code}
        self.notes = [
            (column, self.labels.get(column, ""))
            for column, code in sorted(mapping.items())
            if code and BY_CODE[code].use == "note"
        ]
        self.today = today or due.today()
        self.year = int(defaults.get("year") or self.today.year)
        units = list(Unit.objects.active().filter(jurisdiction=town).exclude(pk=_key(town)))
        self.units = Choices(((unit.name, unit) for unit in units), "本镇单位")
        self.villages = Choices(
            ((unit.name, unit) for unit in units if unit.kind == "village"), "村居"
        )
        self.channels = _dictionary(Channel, "来源渠道")
        self.domains = _dictionary(Domain, "行业领域")
        self.conducts = _dictionary(Conduct, "行为类型")
        self.ends = Choices(ENDS, "进展")
        #: By column, the lists of which a town may say what other words mean.
        self.lists: dict[str, Choices[Any]] = {
            "channel": self.channels,
            "place": self.villages,
            "domain": self.domains,
        }
        #: Words that the town has said to mean nothing.
        self.blank: set[tuple[str, str]] = set()
        teach(self, learned)
        self.reporters = Choices(REPORTERS, "实名/匿名")
        self.findings = Choices(FINDINGS, "核查结论")
        self.dispositions = Choices(DISPOSITIONS, "处理结果")
        channel = defaults.get("channel")
        self.channel = Channel.objects.filter(code=channel).first() if channel else None
        self.reporter_kind = defaults.get("reporter_kind") or ReporterKind.ANONYMOUS
        self.disposition = defaults.get("disposition") or ""

    def convert(self, row: Row) -> Entry:
        """The entry of `row`; whether it can be taken over, its problems tell."""
        return _Conversion(self, row).run()


class _Conversion:
    """The work on one row."""

    def __init__(self, of: Converter, row: Row) -> None:
        self.of, self.row = of, row
        self.number_only = False
        self.entry = Entry(row.number)

    def run(self) -> Entry:
        entry, of = self.entry, self.of
        self._refuse_classified()
        self._refuse_faults()
        received = self._take(
            "received", lambda value: values.past_day(value, year=of.year, today=of.today)
        )
        if not self.value("received"):
            self._problem("received", "没有登记日期", "请填写登记日期")
        channel = self._take("channel", of.channels.get) or of.channel
        if channel is None and not self.value("channel"):
            self._problem("channel", "没有来源", "请填写来源，或在“对应列”中选定缺省的来源")
        self._take_words(of_number_only=channel is not None and channel.number_only)
        kind = self._take("reporter_kind", of.reporters.get) or of.reporter_kind
        entry.fields |= {
            "received_on": received,
            "channel": channel,
            "reporter_kind": kind,
            "domain": self._take("domain", of.domains.get),
            "conduct": self._take("conduct", of.conducts.get),
            "is_major": bool(self._take("major", values.yes)),
            "umbrella_suspected": bool(self._take("umbrella", values.yes)),
        }
        entry.fields = number_only.settle(entry.fields)
        entry.is_official = bool(self._take("official", values.yes))
        self._take_place()
        self._take_names()
        self._take_end(received)
        self._write_note()
        return entry

    # Cells

    def value(self, code: str) -> Any:
        """The cell of this column, or None where there is nothing in it."""
        found = self.row.cells.get(self.of.columns.get(code, 0))
        return None if found is None or values.text(found) == "" else found

    def words(self, code: str) -> str:
        return values.text(self.value(code))

    def _take(self, code: str, read: Callable[[Any], Any]) -> Any:
        """What `read` makes of the cell; None, and a problem, where it cannot."""
        value = self.value(code)
        if value is None or (code not in ("received", "closed") and values.is_nothing(value)):
            return None
        if self._is_blank(code):
            return None
        try:
            return read(value)
        except Wrong as wrong:
            self._ask(code)
            self._problem(code, wrong.words, wrong.advice)
            return None

    def _is_blank(self, code: str) -> bool:
        blank = self.of.blank
        return bool(blank) and key_of(code, self.words(code)) in blank

    def _ask(self, code: str) -> None:
        """Note a word whose meaning the town can say."""
        if can_be_asked(code, self.words(code)):
            self.entry.unknown.append((code, self.words(code)))

    def _problem(self, code: str, words: str, advice: str = "", *, is_error: bool = True) -> None:
        self.entry.problems.append(
            Problem(
                row=self.row.number,
                column=self.of.columns.get(code, 0),
                found=self.words(code)[:FOUND_LIMIT],
                words=words,
                advice=advice,
                is_error=is_error,
            )
        )

    # Parts

    def _refuse_classified(self) -> None:
        if plain(self.words("secrecy")) not in UNCLASSIFIED:
            self._problem(
                "secrecy", "涉密线索不得录入本系统", "本系统为非涉密系统，请从文件中删除这一行"
            )

    def _refuse_faults(self) -> None:
        for code, column in self.of.columns.items():
            value = self.row.cells.get(column)
            if isinstance(value, dict) and "error" in value and BY_CODE[code].use != "none":
                self._problem(code, "单元格的公式出错，没有值", "请改正公式，或直接填写内容")

    def _take_words(self, *, of_number_only: bool) -> None:
        """The words of the lead; of channels like 12337 the number alone, whatever is written."""
        self.entry.old_number = self.words("old_number")
        self.number_only = of_number_only
        if of_number_only:
            self._take_number()
            return
        allegation = self.words("allegation")
        if not allegation:
            self._problem("allegation", "没有反映内容", "请填写反映内容")
        elif len(allegation) > ALLEGATION_LIMIT:
            self._problem("allegation", f"超过 {ALLEGATION_LIMIT} 字", "请缩短")
        title = self.words("title")
        self._hold_to_limit("title")
        self.entry.fields["title"] = title or self._title_of(allegation)
        self.entry.fields["allegation"] = allegation
        self._hold_to_limit("old_number")

    def _title_of(self, allegation: str) -> str:
        """The first words of what is alleged; not where they may tell who reported."""
        first_line = allegation.split("\n", 1)[0].strip()
        if not CONTACT.search(allegation):
            return first_line[:TITLE_FROM_ALLEGATION]
        self._problem(
            "allegation",
            "疑似写有电话或身份证号",
            "举报人的姓名、电话、证件号不能写在反映内容里，请核对后从文件中删去",
            is_error=False,
        )
        return NAMELESS

    def _take_number(self) -> None:
        number = self.entry.old_number
        if not number:
            self._problem("old_number", "该来源的线索只登记编号，没有编号", "请填写线索编号")
        self._hold_to_limit("old_number", 40)
        self.entry.fields["external_number"] = number or "?"
        if self.value("allegation") is not None:
            self._problem(
                "allegation",
                "该来源的线索只登记编号，反映内容不导入",
                "内容请凭编号在原平台查看",
                is_error=False,
            )

    def _hold_to_limit(self, code: str, limit: int | None = None) -> None:
        limit = limit or LIMITS[code]
        if len(self.words(code)) > limit:
            self._problem(code, f"超过 {limit} 字", "请缩短")

    def _take_place(self) -> None:
        detail = self.words("place_detail")
        village = None
        value = self.value("place")
        if value is not None and plain(values.text(value)) not in NO_PLACE:
            village = self.of.villages.find(value)
            if village is None:
                village = self._village_within(values.text(value))
                detail = detail or values.text(value)
            if village is None:
                self._take("place", self.of.villages.get)
        if len(detail) > LIMITS["place_detail"]:
            self._problem("place_detail", f"超过 {LIMITS['place_detail']} 字", "请缩短")
        self.entry.fields |= {"place": village, "place_detail": "" if self.number_only else detail}

    def _village_within(self, words: str) -> Unit | None:
        """The one village whose name is part of `words`, as in “东村集市”."""
        within = {
            unit.pk: unit
            for name, unit in self.of.villages.by_name.items()
            if name and name in plain(words)
        }
        return next(iter(within.values())) if len(within) == 1 else None

    def _take_names(self) -> None:
        if not self.number_only:
            self.entry.subjects = values.names(self.value("subjects"))
        if any(len(name) > SUBJECT_LIMIT for name in self.entry.subjects):
            self._problem(
                "subjects", f"有姓名超过 {SUBJECT_LIMIT} 字", "只写姓名或称呼，多人用顿号分开"
            )
        strangers = []
        for name in values.names(self.value("named_units")):
            unit = self.of.units.find(name)
            if unit is not None:
                self.entry.named_units.append(unit)
            elif nearest := self.of.units.nearest(name, 0.6):
                self._problem("named_units", f"没有单位“{name[:30]}”", f"是否为“{nearest}”？")
            else:
                strangers.append(name)
        if strangers:
            self._problem(
                "named_units",
                "不是本镇的单位，只记入流转记录",
                "本镇的单位请写全称，以便对其屏蔽",
                is_error=False,
            )

    def _take_end(self, received: dt.date | None) -> None:
        """How the row arrives: closed with finding and disposition, declined, or open."""
        of, fields = self.of, self.entry.fields
        closed = self._take(
            "closed", lambda value: values.past_day(value, year=of.year, today=of.today)
        )
        progress = of.ends.find(self.words("progress"))
        if progress is None and not values.is_nothing(self.value("progress")):
            self._ask("progress")
        fields["state"] = LeadState.REGISTERED
        if self.value("closed") is None and progress != CLOSED:
            if DECLINED in (progress, of.ends.find(self.words("finding"))):
                fields["state"] = LeadState.DECLINED
            return
        fields["state"] = LeadState.CLOSED
        if self.value("closed") is None:
            self._problem("closed", "写明已办结，但没有办结日期", "请填写办结日期")
        elif closed and received and closed < received:
            self._problem("closed", "办结日期早于登记日期", "请核对两个日期")
        finding = self._take("finding", of.findings.get)
        if self.value("finding") is None:
            self._problem("finding", "已办结的线索没有结论", "请填写：" + "、".join(Finding.labels))
        disposition = self._take("disposition", of.dispositions.get) or self.of.disposition
        if not disposition and self.value("disposition") is None:
            self._problem(
                "disposition",
                "已办结的线索没有处理结果",
                "请填写处理结果，或在“对应列”中选定缺省的处理结果",
            )
        if fields["umbrella_suspected"]:
            self._problem(
                "umbrella",
                "涉“保护伞”的线索须有纪检机关的核查反馈才能办结",
                "请删去办结日期，按在办线索导入后补办",
            )
        fields |= {"closed_on": closed, "finding": finding, "disposition": disposition}

    def _write_note(self) -> None:
        """What has no field of its own goes into the timeline; of some channels only the number."""
        of = self.of
        told = list(of.notes)
        if self.number_only:
            kept = {of.columns.get(code) for code in NUMBER_ONLY_NOTES}
            told = [(column, label) for column, label in told if column in kept]
        else:
            extra = ["named_units", "place"]
            if self.entry.fields["state"] != LeadState.CLOSED:
                extra = ["finding", "disposition", *extra]
            columns = [of.columns[code] for code in extra if code in of.columns]
            told += [(column, of.labels[column]) for column in columns]
        self.entry.note = "；".join(
            f"{label}：{words}"
            for column, label in told
            if (words := values.text(self.row.cells.get(column))) and plain(words)
        )


def _key(town: Unit | int) -> int:
    return getattr(town, "pk", town)


def _dictionary(model: Any, what: str) -> Choices:
    active = model.objects.filter(is_active=True)
    return Choices(((item.name, item) for item in active), what, loose=True)

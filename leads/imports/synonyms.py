"""The words that ledgers commonly use for what the portal's lists call otherwise."""

from __future__ import annotations

from leads.imports.fields import plain
from leads.imports.values import NOTHING
from leads.imports.words import CLOSED, DECLINED
from leads.states import Disposition, Finding, ReporterKind

REPORTERS = (
    ("实名", ReporterKind.NAMED),
    ("实名举报", ReporterKind.NAMED),
    ("具名", ReporterKind.NAMED),
    ("署名", ReporterKind.NAMED),
    ("匿名", ReporterKind.ANONYMOUS),
    ("匿名举报", ReporterKind.ANONYMOUS),
    ("非群众举报", ReporterKind.NONE),
    ("不适用", ReporterKind.NONE),
)
FINDINGS = (
    *((label, value) for value, label in Finding.choices),
    ("属实", Finding.PROVEN),
    ("查证属实", Finding.PROVEN),
    ("部分属实", Finding.PARTLY_PROVEN),
    ("不属实", Finding.DISPROVEN),
    ("不实", Finding.DISPROVEN),
    ("查证不实", Finding.DISPROVEN),
    ("无法查证", Finding.UNVERIFIABLE),
    ("无法核实", Finding.UNVERIFIABLE),
)
DISPOSITIONS = (
    *((label, value) for value, label in Disposition.choices),
    ("立案侦查", Disposition.CASE_FILED),
    ("已立案侦查", Disposition.CASE_FILED),
    ("已立案", Disposition.CASE_FILED),
    ("立案查处", Disposition.CASE_FILED),
    ("移送纪委", Disposition.TO_DISCIPLINE),
    ("移交纪委", Disposition.TO_DISCIPLINE),
    ("移送纪检监察机关", Disposition.TO_DISCIPLINE),
    ("行政处罚", Disposition.ADMINISTRATIVE),
    ("行业整治", Disposition.SECTOR_CLEANUP),
    ("不处理", Disposition.NO_ACTION),
    ("已澄清", Disposition.CLARIFIED),
)
#: Progress that says a lead has ended, or was never taken on.
ENDS = (
    *((name, CLOSED) for name in ("办结", "已办结", "办结归档", "已办结归档", "结案", "已结案")),
    *((name, DECLINED) for name in ("不予受理", "不受理", "未受理", "经研判不属于")),
)
UNCLASSIFIED = frozenset(
    map(plain, ("", "无", "公开", "内部", "非密", "非涉密", "否", "不涉密", "普通", "一般"))
)


NO_PLACE = frozenset(map(plain, (*NOTHING, "跨村", "全镇", "镇区", "多村", "其他")))

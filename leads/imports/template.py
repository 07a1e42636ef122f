"""The empty ledger to fill in, with the town's own lists as drop-downs."""

from __future__ import annotations

import io

from departments.models import Domain, Unit
from jobs.workbook import TemplateColumn, write_template
from leads.imports.fields import TARGETS
from leads.models import Channel, Conduct
from leads.states import Disposition, Finding

TITLE = "线索摸排台账"
NOTES = (
    "本系统为非涉密系统，不得填写涉密内容；不要填写举报人的姓名、电话、住址。依法信访不是线索。",
    "带底色的列必须填写。一行一条线索，不要合并单元格，不要改动列名。",
    "日期写成 2026-05-03；2026.5.3、2026年5月3日 也认得。",
    "来源、涉及村居、行业领域、涉嫌类型、结论、处理结果请从下拉列表中选择。",
    "被反映人有多人的，用顿号或逗号分开。只写本条线索反映的人。",
    "填了办结日期的，按已办结导入，须同时填写结论和处理结果。",
    "没有填办结日期的，导入后由扫黑办研判转办；承办单位、进展等记入该线索的流转记录。",
    "合计行、签字行和空行会自动略过。有一处错误就全部不导入，改正后重新上传。",
)
YES_NO = ("是", "否")


def make(town: Unit | int) -> io.BytesIO:
    """The template of a town as a workbook."""
    units = Unit.objects.recipients_in(town).order_by("path").values_list("name", flat=True)
    choices: dict[str, tuple[str, ...]] = {
        "channel": _names(Channel),
        "reporter_kind": ("实名", "匿名"),
        "place": tuple(
            Unit.objects.villages_in(town).order_by("path").values_list("name", flat=True)
        ),
        "domain": _names(Domain),
        "conduct": _names(Conduct),
        "official": YES_NO,
        "major": YES_NO,
        "unit": tuple(units),
        "finding": tuple(Finding.labels),
        "disposition": tuple(Disposition.labels),
        "secrecy": ("公开", "内部"),
    }
    columns = [
        TemplateColumn(
            heading=target.label,
            width=target.width,
            is_date=target.is_date,
            is_needed=target.needed or target.code == "channel",
            choices=choices.get(target.code, ()),
            hint=target.hint,
        )
        for target in TARGETS
        if target.in_template
    ]
    file = io.BytesIO()
    write_template(file, title=TITLE, notes=NOTES, columns=columns)
    file.seek(0)
    return file


def _names(model: type) -> tuple[str, ...]:
    return tuple(model.objects.filter(is_active=True).values_list("name", flat=True))

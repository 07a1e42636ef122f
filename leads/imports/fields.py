"""What a column of a ledger can be, and by which headings it is recognised."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

#: What becomes of a column: a field of the lead, words in its timeline, or nothing.
Use = Literal["field", "note", "none"]


@dataclass(frozen=True, kw_only=True)
class Target:
    """Something that a column can be. `names` are other headings for the same."""

    code: str
    label: str
    use: Use = "field"
    names: tuple[str, ...] = ()
    needed: bool = False
    #: Whether several columns may be this.
    repeats: bool = False
    #: In the template: how wide, and what to say at the heading.
    width: int = 12
    hint: str = ""
    is_date: bool = False
    in_template: bool = True
    all_names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        names = frozenset(plain(name) for name in (self.label, *self.names))
        object.__setattr__(self, "all_names", names)


BRACKETS = re.compile(r"\([^()]*\)")
#: Separators that people put into headings.
UNSAID = re.compile(r"[\s*＊:：、/／\\·.。,，\-—_]+")


def plain(text: str) -> str:
    """`text` as headings and names are compared: half width, without spaces and separators."""
    return UNSAID.sub("", unicodedata.normalize("NFKC", text)).lower()


def heading(text: str) -> str:
    """A heading without what stands in brackets: “登记日期（年月日）” is 登记日期."""
    bare = BRACKETS.sub("", unicodedata.normalize("NFKC", text))
    return plain(bare) or plain(text)


TARGETS = (
    Target(code="serial", label="序号", use="none", names=("编次", "顺序号", "No"), width=6),
    Target(
        code="old_number",
        label="线索编号",
        use="note",
        names=("编号", "原编号", "台账编号", "线索号", "登记编号"),
        width=16,
        hint="原台账的编号，导入后记入流转记录。系统会另编新号。",
    ),
    Target(
        code="received",
        label="登记日期",
        names=(
            *("登记时间", "受理日期", "受理时间", "收到日期", "收到时间", "来件日期", "接报时间"),
            *("举报时间", "举报日期", "日期", "时间", "发现时间", "填报时间"),
        ),
        needed=True,
        width=13,
        is_date=True,
        hint="如 2026-05-03。也认得 2026.5.3、2026年5月3日。",
    ),
    Target(
        code="channel",
        label="来源",
        names=("线索来源", "来源渠道", "举报渠道", "受理渠道", "渠道"),
        hint="从下拉列表中选择。",
    ),
    Target(
        code="way", label="举报方式", use="note", names=("反映方式", "来件方式"), hint="如 电话。"
    ),
    Target(
        code="reporter_kind",
        label="实名/匿名",
        names=("是否实名", "实名或匿名", "实名匿名情况", "署名情况"),
        hint="只写实名或匿名，不要写举报人姓名、电话。",
    ),
    Target(
        code="place",
        label="涉及村居",
        names=("涉及村", "村居", "所在村", "村社区", "涉及村社区", "所属村居", "所属村", "村名"),
        width=14,
    ),
    Target(
        code="place_detail",
        label="具体地点",
        names=("地点", "发生地", "案发地", "发生地点"),
        in_template=False,
    ),
    Target(
        code="domain",
        label="行业领域",
        names=("领域", "行业", "涉及领域", "涉及行业", "所属行业", "重点行业领域"),
        width=16,
    ),
    Target(
        code="subjects",
        label="被反映人",
        names=("被举报人", "涉及人员", "被反映人姓名", "被举报人姓名", "被反映对象", "被举报对象"),
        width=14,
        hint="多人用顿号或逗号分开。",
    ),
    Target(
        code="named_units",
        label="被反映单位",
        names=("被举报单位", "涉及单位"),
        width=14,
        hint="本镇的单位写全称：被反映的单位不会收到、也看不到这条线索。",
        in_template=False,
    ),
    Target(
        code="title",
        label="线索名称",
        names=("标题", "线索标题", "事由", "案由"),
        in_template=False,
    ),
    Target(
        code="allegation",
        label="反映内容",
        names=(
            *("线索内容", "举报内容", "主要内容", "内容", "反映问题", "问题反映", "反映主要问题"),
            *("反映的主要问题", "线索摘要", "简要情况", "线索情况", "基本情况", "内容摘要"),
            *("线索主要内容", "线索简要情况", "主要线索内容"),
        ),
        needed=True,
        width=48,
        hint="必填。按反映人所述如实填写，不要写举报人的姓名、电话、住址。",
    ),
    Target(
        code="conduct",
        label="涉嫌类型",
        names=("线索类型", "行为类型", "类型", "线索类别", "类别"),
        width=20,
    ),
    Target(
        code="official",
        label="是否涉公职人员",
        names=("涉公职人员", "是否涉及公职人员", "是否公职人员"),
    ),
    Target(
        code="umbrella",
        label="是否涉保护伞",
        names=("涉保护伞", "是否涉伞", "涉伞", "是否涉及保护伞"),
        in_template=False,
    ),
    Target(code="major", label="是否重大", names=("重大线索", "是否重大线索", "重大")),
    Target(code="unit", label="承办单位", use="note", names=("责任单位", "办理单位", "核查单位")),
    Target(code="person", label="责任人", use="note", names=("承办人", "办理人")),
    Target(code="leader", label="包案领导", use="note", names=("包案人", "包保领导")),
    Target(code="moved", label="移送日期", use="note", names=("移交日期", "移送时间", "移交时间")),
    Target(
        code="due", label="办理期限", use="note", names=("办结期限", "办结时限", "期限", "时限")
    ),
    Target(
        code="progress",
        label="进展",
        use="note",
        names=("办理进展", "办理情况", "办结情况", "进展情况", "办理状态", "状态", "目前进展"),
        width=20,
    ),
    Target(
        code="finding",
        label="结论",
        names=("核查结论", "办理结论", "查证结论", "办理结果", "核查结果"),
        hint="办结的线索必填：查实、部分查实、查否、存疑、无法核查。",
    ),
    Target(
        code="disposition",
        label="处理结果",
        names=("处理意见", "处置结果", "处理情况", "处置情况"),
        hint="办结的线索填写：立案、移送纪检、行政处理、转行业整治、不予处理、澄清。",
    ),
    Target(
        code="closed",
        label="办结日期",
        names=("办结时间", "结案日期", "结案时间", "完成日期"),
        width=13,
        is_date=True,
        hint="填了办结日期，就按已办结导入。",
    ),
    Target(
        code="secrecy",
        label="密级",
        names=("涉密情况", "是否涉密"),
        hint="本系统为非涉密系统，涉密线索不得填入。",
    ),
    Target(code="remark", label="备注", use="note", names=("说明", "其他"), width=20),
    Target(
        code="extra",
        label="其他（记入流转记录）",
        use="note",
        repeats=True,
        in_template=False,
    ),
)
BY_CODE = {target.code: target for target in TARGETS}
#: Columns without which there is no ledger.
NEEDED = frozenset(target.code for target in TARGETS if target.needed)

#: Headings of columns that say who reported: never taken over, never kept.
REPORTER = frozenset(
    plain(name)
    for name in (
        *("举报人", "举报人姓名", "举报人电话", "举报人联系方式", "举报人联系电话", "举报人住址"),
        *("举报人身份证号", "举报人地址", "反映人", "反映人姓名", "反映人电话", "反映人联系方式"),
        *("反映人联系电话", "反映人住址", "信访人", "信访人姓名", "信访人电话", "来访人", "来电人"),
        *("来访人姓名", "来电人姓名", "联系电话", "联系方式", "电话", "手机", "手机号", "手机号码"),
        *("来电号码", "身份证", "身份证号", "身份证号码", "举报人信息", "反映人信息", "检举人"),
        *("控告人", "报案人", "线索提供人", "提供人", "联系地址", "家庭住址", "住址"),
    )
)


def guess(*headings: str) -> str:
    """The code of the target that the first recognised of `headings` names, or nothing."""
    for words in headings:
        found = heading(words)
        for target in TARGETS:
            if found in target.all_names:
                return target.code
    return ""


def tells_the_reporter(*headings: str) -> bool:
    """Whether a column under `headings` holds who reported. Whom it is about is not meant."""
    words = [heading(one) for one in headings]
    if any("被" in one for one in words):
        return False
    return any(one in REPORTER for one in words) or any(
        one.startswith(("举报人", "反映人", "信访人", "来访人", "检举人")) for one in words
    )

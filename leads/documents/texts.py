"""The words of a paper: templates with named places, how they are checked and filled."""

from __future__ import annotations

from leads.documents.states import PaperKind
from pages import places

#: What a template may name, and what stands there in the paper. Nothing of a lead's content.
PLACES = {
    "承办单位": "收文的单位",
    "线索编号": "线索的编号",
    "行业领域": "研判确定的行业领域",
    "行为类型": "研判确定的行为类型",
    "涉及村居": "线索涉及的村居，不详时写“不详或跨村”",
    "分工": "主办或协办",
    "办理期限": "本单位的办理期限，如 2026年11月6日",
    "交办要求": "转办时填写的要求，没有时写“无”",
}

#: What a town starts from; the office edits the row.
DEFAULTS = {
    PaperKind.TRANSFER: {
        "title": "关于移交线索的函",
        "body": "现将编号为{线索编号}的线索移交你单位，由你单位{分工}。该线索涉及领域：{行业领域}；"
        "反映的行为：涉嫌{行为类型}；涉及村居：{涉及村居}。反映内容见附件，尚未核实。",
        "requirements": "请于{办理期限}前核查完毕，并书面反馈核查情况、结论和处理意见。\n"
        "交办要求：{交办要求}。\n"
        "请严格控制知悉范围，不得泄露举报人信息，不得将材料转交被反映的单位和人员。",
    },
    PaperKind.ORDER: {
        "title": "线索交办单",
        "body": "现将编号为{线索编号}的线索交你单位{分工}。该线索涉及领域：{行业领域}；"
        "反映的行为：涉嫌{行为类型}；涉及村居：{涉及村居}。反映内容见附件，尚未核实。",
        "requirements": "请于{办理期限}前办理完毕，并反馈核查情况、结论和处理意见。\n"
        "交办要求：{交办要求}。\n"
        "核查人不少于两名；发现涉嫌犯罪的，及时告知扫黑办和派出所。\n"
        "请严格控制知悉范围，不得泄露举报人信息。",
    },
}


def check(text: str) -> None:
    """Raise ValidationError for a place that no paper knows, or a brace that is left open."""
    places.check(text, PLACES, "线索编号")


fill = places.fill

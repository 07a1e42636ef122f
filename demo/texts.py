"""The words of the demo: reports, findings and notes, chosen by a given random source."""

from __future__ import annotations

from random import Random

from demo.scenarios import Scenario
from leads.states import Disposition, Finding

#: Begins every title and every longer text, so that no print or export hides what it is.
MARK = "【演示】"
END = "（演示数据，内容虚构）"

OPENINGS = {
    "hotline": "来电反映",
    "mailbox": "举报信反映",
    "visit": "来访人反映",
    "village": "村居排查中了解到",
    "transfer": "部门日常监管中了解到",
    "police": "警情梳理中发现反映",
    "media": "媒体刊载称",
    "inspection": "暗访中听到反映",
    "superior": "上级交办材料反映",
    "other": "有反映称",
}
WHO = ("有人", "有几名不明身份人员", "有一伙人", "有人带着几名青年", "有外来人员", "有个别经营者")
WHEN = (
    "近三个月以来",
    "每逢赶集日",
    "去年年底以来",
    "最近半个月",
    "春节前后",
    "每到夜间",
    "上个月起",
    "近一年来多次",
    "雨季以来",
    "项目开工后",
)
EVIDENCE = (
    "反映人愿意配合核查。",
    "反映人表示留有照片，可当面提供。",
    "反映人称有转账截图，尚未提交。",
    "反映人称附近多户可以证明。",
    "反映人未提供书面材料。",
    "反映人担心报复，要求保密。",
    "反映人记不清具体时间。",
)
SOURCES = (
    "附近多户可以证明。",
    "附近有监控，需及时调取。",
    "尚无书面材料。",
    "情况待核实。",
    "未惊动相关人员。",
)
UMBRELLA = "另称，曾向有关单位反映，对方事先得到消息，怀疑有工作人员通风报信。"
FEES = (20, 30, 50, 60, 80, 100, 120, 150, 200)
AMOUNTS = (800, 1000, 1500, 2000, 3000, 5000, 6000, 8000, 10000, 20000, 30000, 50000)
DECLINED = (
    "反映内容过于笼统，无时间、地点和具体行为，暂无法核查，补充材料后可重新登记。",
    "属于一般民事纠纷，已告知通过调解或者诉讼解决。",
    "属于依法信访事项，已转信访办按程序办理，不作为线索。",
    "与此前已办结的反映内容相同，没有新的情况。",
)
INSTRUCTIONS = (
    "请安排两名以上人员核查，严格保密，按期反馈。",
    "请会同所在村核实，注意保护反映人。",
    "请核查有无同类问题，一并反馈。",
    "",
)
RETURNED = (
    "核查情况过于简单，请补充走访笔录。",
    "依据不足，请补充调取账目后再报。",
    "结论与核查情况不一致，请说明理由。",
)
STEPS = (
    "核查组走访周边群众{count}户，制作笔录{papers}份",
    "核查组两次到现场查看，询问相关人员{papers}人",
    "核查组调取监控和账目，走访商户{count}户",
    "核查组与村居干部、群众代表座谈，入户了解{count}户",
)
FACTS = {
    Finding.PROVEN: "反映的行为存在，时间、地点和方式与反映基本一致，相关人员予以承认。",
    Finding.PARTLY_PROVEN: "反映的行为部分存在，费用确有收取，未发现威胁、滋扰情形。",
    Finding.DISPROVEN: "反映的行为不存在，系双方经营纠纷引起的误解，有书面材料可以印证。",
    Finding.DOUBTFUL: "各方说法不一，现有材料既不能证明也不能排除反映的行为。",
    Finding.UNVERIFIABLE: "反映的地点和当事人无法确定，反映人未留联系方式，无法进一步核查。",
}
BASIS = (
    "走访笔录{papers}份、现场照片{count}张。",
    "账目复印件、询问笔录{papers}份。",
    "监控录像、现场查看记录。",
    "村居书面说明、走访记录{papers}份。",
)
OPINIONS = {
    Disposition.CASE_FILED: "涉嫌违法，建议立案查处。",
    Disposition.TO_DISCIPLINE: "涉及公职人员履职问题，建议移送纪检机关。",
    Disposition.ADMINISTRATIVE: "建议由主管部门依法作出行政处理。",
    Disposition.SECTOR_CLEANUP: "反映出行业管理漏洞，建议转入行业整治。",
    Disposition.NO_ACTION: "建议不予处理，留存备查。",
    Disposition.CLARIFIED: "经查证不属实，建议在适当范围内予以澄清。",
}
CLOSING = {
    Disposition.CASE_FILED: "同意核查意见，由公安机关立案办理。",
    Disposition.TO_DISCIPLINE: "同意核查意见，材料移送纪委。",
    Disposition.ADMINISTRATIVE: "同意核查意见，由主管单位依法处理并反馈结果。",
    Disposition.SECTOR_CLEANUP: "同意核查意见，列入行业整治。",
    Disposition.NO_ACTION: "同意核查意见，不予处理，材料归档。",
    Disposition.CLARIFIED: "同意核查意见，由核查单位就本次反映内容予以澄清。",
}
#: Lines of a day, each with the block of the report that it belongs into.
DAILY = (
    ("工作进展", "召开村组干部会，传达本周工作要求，14人参加。"),
    ("工作进展", "走访集贸市场商户12家，发放举报公告。"),
    ("宣传发动", "在村口和卫生室张贴举报公告6处。"),
    ("宣传发动", "赶集日设宣传点，发放资料80份。"),
    ("线索摸排", "会同网格员走访在建工地2处，未发现强揽工程情况。"),
    ("线索摸排", "对辖区砂石料场开展摸排，情况正常。"),
    ("", "与邻村对接，商定下周联合走访。"),
)
PROGRESS = (
    "走访沿街商户和农户，张贴举报公告，宣讲政策。",
    "召开院坝会，讲解举报方式和保护措施。",
    "检查重点场所，核对线索台账，推进在办线索核查。",
    "会同派出所开展联合巡查，收集群众意见。",
    "更新宣传栏和条幅，入户发放明白纸。",
)
PROBLEMS = (
    "",
    "",
    "群众对举报奖励办法了解不够。",
    "外出人员多，入户宣传覆盖不足。",
    "核查人手偏紧。",
)
NEXT_STEPS = (
    "继续摸排重点行业，做好宣传。",
    "加快在办线索核查，按期反馈。",
    "组织一次集中宣传。",
    "",
)
WEEK_RETURNED = (
    "宣传份数与场次不符，请核对后重报。",
    "工作进展过于简单，请补充具体做法。",
    "在办线索数与台账不一致，请核对。",
)


def allegation(
    rng: Random,
    scenario: Scenario,
    *,
    channel: str,
    from_the_public: bool,
    place: str,
    spot: str,
    umbrella: bool,
) -> tuple[str, str]:
    """Title and text of what was reported: what was done, when and where, but never by whom."""
    title, act = rng.choice(scenario.stories)
    opening = OPENINGS.get(channel, OPENINGS["other"])
    # “清溪村村口” reads wrong.
    where = place + (spot.removeprefix("村") if place.endswith("村") else spot)
    act, harm = _fill(rng, act), _fill(rng, rng.choice(scenario.harms))
    words = [
        f"{opening}：{rng.choice(WHEN)}，{rng.choice(WHO)}在{where}{act}，{harm}。",
        UMBRELLA if umbrella else "",
        rng.choice(EVIDENCE if from_the_public else SOURCES),
        END,
    ]
    return MARK + title.format(place=place or "本镇"), "".join(words)


def national_platform(rng: Random) -> str:
    """The number of a lead on the national platform: nothing else of it is known here."""
    return f"YS-{rng.randrange(1_000_000):06d}"


def marked(title: str, words: str) -> dict[str, str]:
    """Words that are not invented here, with the marks that everything of the demo bears."""
    return {"title": MARK + title, "allegation": words + END}


def declined(rng: Random) -> str:
    return MARK + rng.choice(DECLINED)


def referred() -> tuple[str, str]:
    """Why a lead goes up, and to whom."""
    return f"{MARK}涉及外镇，请上级统筹。", "演示区扫黑除恶办公室"


def refused() -> str:
    return f"{MARK}经核不属本单位职责，建议由主管单位一并核查。"


def instructions(rng: Random) -> str:
    return rng.choice(INSTRUCTIONS)


def returned(rng: Random) -> str:
    return MARK + rng.choice(RETURNED)


def feedback(rng: Random, finding: Finding, disposition: Disposition) -> dict[str, str]:
    """The fields of a unit's report: verifiers, facts, basis and opinion."""
    return {
        "first_verifier": f"演示核查员{rng.choice('甲乙丙')}",
        "second_verifier": f"演示核查员{rng.choice('丁戊己')}",
        "verified_facts": f"{MARK}{_fill(rng, rng.choice(STEPS))}。{FACTS[finding]}",
        "basis": _fill(rng, rng.choice(BASIS)),
        "opinion": OPINIONS[disposition],
        "finding": finding,
    }


def closing(disposition: Disposition) -> str:
    return MARK + CLOSING[disposition]


def publicity(rng: Random) -> dict[str, int]:
    """The figures of a week's publicity; none without an event."""
    events = rng.choice((0, 1, 1, 2, 3))
    leaflets, people = rng.randint(20, 90), rng.randint(15, 60)
    return {"events": events, "leaflets": events * leaflets, "people": events * people}


def week(rng: Random) -> dict[str, str]:
    """The texts of a weekly report."""
    return {
        "progress": MARK + rng.choice(PROGRESS),
        "problems": rng.choice(PROBLEMS),
        "next_steps": rng.choice(NEXT_STEPS),
    }


def daily(rng: Random) -> tuple[str, str]:
    """A block, and a line of a day for it."""
    block, words = rng.choice(DAILY)
    return block, MARK + words


def week_returned(rng: Random) -> str:
    return MARK + rng.choice(WEEK_RETURNED)


def _fill(rng: Random, words: str) -> str:
    return words.format(
        fee=rng.choice(FEES),
        amount=rng.choice(AMOUNTS),
        count=rng.randint(2, 20),
        papers=rng.randint(2, 8),
    )

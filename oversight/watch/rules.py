"""The rules by which something counts as unusual: few, plain, and about what happened.

A rule counts acts of one account, or from one address, within a span of time. It says nothing of
the person: whoever is named looked up the same number of leads for a good reason or for none, and
the auditor asks. Thresholds and spans can be changed on the page of the rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from audit.models import Action

CONTENT = frozenset(
    {
        Action.LEAD_VIEWED,
        Action.ATTACHMENT_VIEWED,
        Action.ATTACHMENT_DOWNLOADED,
        Action.PAPER_DOWNLOADED,
        Action.REPORTER_VIEWED,
        Action.REPORTER_SOUGHT,
        Action.HINT_VIEWED,
        Action.INCIDENT_VIEWED,
    }
)
FILES = frozenset({Action.EXPORT_DOWNLOADED, Action.ATTACHMENT_DOWNLOADED, Action.PAPER_DOWNLOADED})


class By(StrEnum):
    """Whose acts are counted together."""

    ACTOR = "actor"
    ADDRESS = "address"


@dataclass(frozen=True, kw_only=True)
class Rule:
    """`threshold` acts out of `actions` within `minutes`; of `distinct` ones, on as many objects.

    A rule that is `at_night` counts only what happens in the hours that are set as night.
    """

    code: str
    label: str
    meaning: str
    actions: frozenset[Action]
    by: By = By.ACTOR
    threshold: int
    minutes: int
    distinct: bool = False
    at_night: bool = False


RULES = (
    Rule(
        code="many_leads",
        label="短时间查看大量线索",
        meaning="同一账号在规定时间内查看了这么多条不同线索的内容",
        actions=frozenset({Action.LEAD_VIEWED}),
        threshold=40,
        minutes=60,
        distinct=True,
    ),
    Rule(
        code="many_reporters",
        label="短时间多次查看、查找举报人",
        meaning="同一账号在规定时间内查看举报人信息或按电话、证件查找的次数",
        actions=frozenset({Action.REPORTER_VIEWED, Action.REPORTER_SOUGHT}),
        threshold=10,
        minutes=60,
    ),
    Rule(
        code="many_files",
        label="短时间下载大量文件",
        meaning="同一账号在规定时间内下载了这么多个导出文件、附件或文书",
        actions=FILES,
        threshold=20,
        minutes=60,
    ),
    Rule(
        code="night",
        label="夜间查看内容",
        meaning="同一账号在夜间时段查看、检索或下载，次数达到规定",
        actions=CONTENT | FILES | {Action.SEARCHED, Action.EXPORT_REQUESTED},
        threshold=1,
        minutes=720,
        at_night=True,
    ),
    Rule(
        code="refusals",
        label="多次越权被拒",
        meaning="同一账号在规定时间内多次访问无权办理或看不到的内容",
        actions=frozenset({Action.DENIED, Action.HIDDEN}),
        threshold=10,
        minutes=30,
    ),
    Rule(
        code="failed_account",
        label="同一账号多次登录失败",
        meaning="同一账号在规定时间内多次登录失败，或者二次验证失败",
        actions=frozenset({Action.SIGN_IN_FAILED, Action.FACTOR_FAILED}),
        threshold=5,
        minutes=15,
    ),
    Rule(
        code="failed_address",
        label="同一地址多次登录失败",
        meaning="从同一地址在规定时间内多次登录失败，不论用的是哪个账号",
        actions=frozenset({Action.SIGN_IN_FAILED}),
        by=By.ADDRESS,
        threshold=20,
        minutes=15,
    ),
    Rule(
        code="wrong_codes",
        label="多次查询码不符",
        meaning="同一账号（公开网页算一个账号）在规定时间内多次输入不符的查询码",
        actions=frozenset({Action.CODE_WRONG}),
        threshold=10,
        minutes=60,
    ),
)
BY_CODE = {rule.code: rule for rule in RULES}
CHOICES = [(rule.code, rule.label) for rule in RULES]
#: The hours from which to which it is night, unless they are set otherwise.
NIGHT = (22, 6)
MOST_MINUTES = 1440

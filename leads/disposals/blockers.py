"""What stands in the way of a lead's disposal: declared once, asked by pages and by the database.

Each is a condition in SQL over `family`: the keys of the lead and of those merged into it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.db import connection

from leads.circle.states import READINGS
from leads.clarifications.states import ClarificationState
from leads.disposals.states import ENDED
from leads.reporters.releases.states import ReleaseState
from leads.rewards.states import RewardState
from leads.states import WAITING_FOR_UNIT, ExtensionState, LeadState, ReporterKind


@dataclass(frozen=True)
class Blocker:
    code: str
    words: str
    sql: str


def _in(states: Iterable[str]) -> str:
    return "(" + ", ".join(f"'{state.value}'" for state in states) + ")"


UNPAID = (RewardState.PROPOSED, RewardState.APPROVED_ONCE, RewardState.APPROVED)
UNCLEARED = (ClarificationState.PROPOSED, ClarificationState.APPROVED)
NO_CALL = (LeadState.MERGED, LeadState.ARCHIVED)
BLOCKERS = (
    Blocker(
        "held",
        "已暂停处置",
        "SELECT FROM leads_legalhold WHERE lead_id = ANY(family) AND lifted_at IS NULL",
    ),
    Blocker(
        "not_ended",
        "没有办结，或办结后已重启",
        f"SELECT FROM leads_lead WHERE id = lead_key AND state NOT IN {_in(ENDED)}",
    ),
    Blocker(
        "assignment",
        "有承办单位尚未办完",
        "SELECT FROM leads_assignment WHERE lead_id = ANY(family)"
        f" AND state IN {_in(WAITING_FOR_UNIT)}",
    ),
    Blocker(
        "extension",
        "有延期申请待审批",
        "SELECT FROM leads_extension asked JOIN leads_assignment part"
        " ON part.id = asked.assignment_id WHERE part.lead_id = ANY(family)"
        f" AND asked.state = '{ExtensionState.ASKED.value}'",
    ),
    Blocker(
        "supplement",
        "举报人的补充尚未阅处",
        "SELECT FROM leads_supplement WHERE lead_id = ANY(family) AND read_at IS NULL",
    ),
    Blocker(
        "callback",
        "实名举报人尚未联系",
        "SELECT FROM leads_callback owed JOIN leads_lead lead ON lead.id = owed.lead_id"
        " WHERE lead.id = ANY(family) AND owed.done_on IS NULL"
        f" AND lead.reporter_kind = '{ReporterKind.NAMED.value}'"
        f" AND lead.state NOT IN {_in(NO_CALL)}",
    ),
    Blocker(
        "reward",
        "举报奖励尚未办完",
        f"SELECT FROM leads_reward WHERE lead_id = ANY(family) AND state IN {_in(UNPAID)}",
    ),
    Blocker(
        "reward_elsewhere",
        "另一条线索的举报奖励凭本线索的查询码领取",
        "SELECT FROM leads_reward paid LEFT JOIN leads_querycode code ON code.id = paid.code_id"
        " WHERE paid.lead_id <> ALL(family)"
        " AND (paid.beneficiary_id = ANY(family) OR code.lead_id = ANY(family))",
    ),
    Blocker(
        "release",
        "举报人信息调阅尚未结束",
        "SELECT FROM leads_release WHERE lead_id = ANY(family)"
        f" AND (state = '{ReleaseState.ASKED.value}'"
        f" OR state = '{ReleaseState.APPROVED.value}' AND expires_at > now())",
    ),
    Blocker(
        "clarification",
        "澄清尚未办完",
        "SELECT FROM leads_clarification WHERE lead_id = ANY(family)"
        f" AND state IN {_in(UNCLEARED)}",
    ),
    Blocker(
        "reading",
        "查阅授权仍在有效期内",
        "SELECT FROM leads_access WHERE lead_id = ANY(family)"
        f" AND kind IN {_in(READINGS)} AND ended_at IS NULL AND ends_at > now()",
    ),
)
WORDS = {blocker.code: blocker.words for blocker in BLOCKERS}


def blockers_of(leads: Iterable[int]) -> dict[int, list[str]]:
    """By the key of each of `leads`, what stands in the way of its disposal, in words."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT key, portal_disposal_blockers(key) FROM unnest(%s::bigint[]) key",
            [list(leads)],
        )
        return {key: words(codes) for key, codes in cursor.fetchall()}


def words(codes: Iterable[str]) -> list[str]:
    return [WORDS[code] for code in codes]

"""Where a session and a code stand."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class FactorState(StrEnum):
    """What a session still owes."""

    NONE = "none"  # the person has no second factor
    DUE = "due"  # they have one, and have not shown it in this session
    GIVEN = "given"


@dataclass(frozen=True)
class Checked:
    """What came of a code. `wait` says how many seconds nobody looks at another one."""

    passed: bool
    wait: int = 0
    #: The person's secret cannot be read: its key is missing, or it was altered.
    unreadable: bool = False
    #: How many recovery codes are left, where one was used.
    left: int | None = None

    @property
    def words(self) -> str:
        """Why not, for the person."""
        if self.wait:
            return f"连续输错，请在 {_in_words(self.wait)}后再试。"
        if self.unreadable:
            return "系统读不出您的验证密钥。请用恢复码，或者联系安全管理员重置。"
        return "验证码不正确，或者已经用过。请核对手机上的时间，等下一个验证码出现后再输入。"


def _in_words(seconds: int) -> str:
    return f"{seconds} 秒" if seconds < 90 else f"{-(-seconds // 60)} 分钟"

"""What a page says about a delivery: of what kind, and why it failed. Never what it says."""

from __future__ import annotations

import re

#: What is about reporting, all of it, and nothing else: the office sees that it was sent, and of
#: other kinds not even that.
KINDS = {
    "weekly_reminder": "周报催报",
    "weekly_overdue": "周报逾期名单",
    "weekly_urged": "人工催报",
    "weekly_awaiting_signature": "周报待签",
    "weekly_returned": "周报退回",
    "weekly_reopened": "周报补报",
    "weekly_reopened_eve": "补报截止提醒",
    "correction_awaiting_signature": "周报更正待签",
    "correction_signed": "周报更正待签收",
    "correction_returned": "周报更正退回",
    "correction_in_effect": "周报更正生效",
    "delegation_set": "委托签发",
    "delegation_ended": "委托签发终止",
    "bulletin_submitted": "周通报待批",
    "bulletin_returned": "周通报退回",
    "bulletin_issued": "周通报印发",
    "bulletin_unread": "周通报未读提醒",
    "incident": "重大事项提醒",
    "incident_answered": "重大事项答复",
}
#: The rest of what is sent: somebody did something that another has to know. Also what is about
#: leads, and what the audit found.
OTHER = "待办通知"

REASONS = {
    "NotOwed": "事项已办理或轮次已过，不再发送",
    "LeaseLost": "发送程序多次中断",
    "Unreachable": "连不上对方服务器",
    "BadCertificate": "对方服务器的证书无效",
    "TimedOut": "对方服务器没有按时应答",
    "Dropped": "连接中断",
    "BadAnswer": "对方服务器的应答不合要求",
    "Refused": "对方拒收",
    "HTTP": "对方服务器应答错误",
    "ConnectionRefusedError": "连不上邮件服务器",
    "SMTPRecipientsRefused": "收件地址被拒收",
    "SMTPAuthenticationError": "邮件服务器登录失败",
    "SMTPServerDisconnected": "邮件服务器中断了连接",
}


def kind(code: str) -> str:
    return KINDS.get(code, OTHER)


def reason(text: str) -> str:
    """The reason of a failure in Chinese, with the number that the server gave."""
    name, _, number = text.partition(" ")
    if not name:
        return ""
    words = REASONS.get(name, "邮件服务器报错" if name.startswith("SMTP") else "发送出错")
    return f"{words}（{number}）" if re.fullmatch(r"-?\d{1,10}", number) else words

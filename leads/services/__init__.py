"""The only writers of leads. Each is one transaction: the change and its timeline row together."""

from leads.alerts.services import acknowledge
from leads.services import extensions
from leads.services.afterwards import archive, follow_up, restart
from leads.services.assessment import JointTransfer, add_units, assign, decline
from leads.services.closing import (
    approve_closing,
    close,
    propose_closing,
    recall_closing,
    reject_closing,
)
from leads.services.intake import register
from leads.services.merging import merge, split, unmerge
from leads.services.referral import note_receipt, refer
from leads.services.urging import remind, remind_lead
from leads.services.verification import (
    approve,
    note_progress,
    refuse,
    report_and_sign,
    report_back,
    return_feedback,
    revise,
    sign,
    sign_off,
    withdraw,
)

__all__ = [
    "JointTransfer",
    "acknowledge",
    "add_units",
    "approve",
    "approve_closing",
    "archive",
    "assign",
    "close",
    "decline",
    "extensions",
    "follow_up",
    "merge",
    "note_progress",
    "note_receipt",
    "propose_closing",
    "recall_closing",
    "refer",
    "refuse",
    "register",
    "reject_closing",
    "remind",
    "remind_lead",
    "report_and_sign",
    "report_back",
    "restart",
    "return_feedback",
    "revise",
    "sign",
    "sign_off",
    "split",
    "unmerge",
    "withdraw",
]

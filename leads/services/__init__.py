"""The only writers of leads. Each is one transaction: the change and its timeline row together."""

from leads.services.assessment import assign, decline
from leads.services.closing import close
from leads.services.intake import register
from leads.services.verification import report_back, return_feedback, sign

__all__ = ["assign", "close", "decline", "register", "report_back", "return_feedback", "sign"]

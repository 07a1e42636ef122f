"""Forms of the leads pages. They check what was typed; the services check what is allowed."""

from leads.forms.assessment import AssignForm
from leads.forms.closing import CloseForm
from leads.forms.intake import LeadForm
from leads.forms.steps import ReasonForm
from leads.forms.verification import FeedbackForm

__all__ = ["AssignForm", "CloseForm", "FeedbackForm", "LeadForm", "ReasonForm"]

"""Forms of the leads pages. They check what was typed; the services check what is allowed."""

from leads.forms.afterwards import ArchiveForm, FollowUpForm
from leads.forms.assessment import AddUnitsForm, AssignForm
from leads.forms.closing import CloseForm
from leads.forms.extension import ExtensionForm
from leads.forms.intake import LeadForm
from leads.forms.merging import MergeForm, SplitForm
from leads.forms.referral import ReceiptForm, ReferForm
from leads.forms.steps import ReasonForm, StepForm
from leads.forms.verification import FeedbackForm

__all__ = [
    "AddUnitsForm",
    "ArchiveForm",
    "AssignForm",
    "CloseForm",
    "ExtensionForm",
    "FeedbackForm",
    "FollowUpForm",
    "LeadForm",
    "MergeForm",
    "ReasonForm",
    "ReceiptForm",
    "ReferForm",
    "SplitForm",
    "StepForm",
]

"""Leads, their assignments to units, what units found, the timeline of it all, and imports."""

from leads.alerts.models import Alert
from leads.conflicts.models import ConflictOfInterest
from leads.corrections.models import LeadRevision
from leads.deadlines.models import DeadlineRule
from leads.documents.models import Paper, PaperSeries, PaperTemplate
from leads.drafts.models import LeadDraft
from leads.fading.models import FadingRule
from leads.imports.models import (
    ColumnMapping,
    ImportBatch,
    ImportedRow,
    ImportProblem,
    WordMapping,
)
from leads.lists.bulk.models import BulkItem, BulkRun
from leads.lists.models import ListPreference, SavedFilter
from leads.models.assignment import Assignment
from leads.models.closing import ClosureProposal, FollowUp, Referral, Round
from leads.models.dictionaries import Channel, Conduct, MajorCriterion
from leads.models.extension import Extension
from leads.models.feedback import Feedback, FeedbackSignature
from leads.models.lead import ALLEGATION_LIMIT, TOLD, Lead, NumberSeries
from leads.models.subject import Subject
from leads.models.timeline import LeadEvent
from leads.routing.models import RoutingRule

from leads.attachments.models import Attachment  # isort: skip  stands on the models above
from leads.callbacks.models import Callback  # isort: skip
from leads.circle.models import Access  # isort: skip
from leads.clarifications.models import Clarification  # isort: skip
from leads.codes.models import QueryCode, ReporterReply, Supplement  # isort: skip
from leads.rewards.models import Reward, RewardEvent, RewardTier  # isort: skip
from leads.reporters.models import IdentityLook, Reporter, ReporterRevision  # isort: skip
from leads.reporters.releases.models import Release  # isort: skip
from leads.disposals.models import (  # isort: skip
    DisposalBatch,
    DisposalEvent,
    DisposalItem,
    DisposalLog,
    LegalHold,
    RetentionRule,
)

__all__ = [
    "ALLEGATION_LIMIT",
    "TOLD",
    "Access",
    "Alert",
    "Assignment",
    "Attachment",
    "BulkItem",
    "BulkRun",
    "Callback",
    "Channel",
    "Clarification",
    "ClosureProposal",
    "ColumnMapping",
    "Conduct",
    "ConflictOfInterest",
    "DeadlineRule",
    "DisposalBatch",
    "DisposalEvent",
    "DisposalItem",
    "DisposalLog",
    "Extension",
    "FadingRule",
    "Feedback",
    "FeedbackSignature",
    "FollowUp",
    "IdentityLook",
    "ImportBatch",
    "ImportProblem",
    "ImportedRow",
    "Lead",
    "LeadDraft",
    "LeadEvent",
    "LeadRevision",
    "LegalHold",
    "ListPreference",
    "MajorCriterion",
    "NumberSeries",
    "Paper",
    "PaperSeries",
    "PaperTemplate",
    "QueryCode",
    "Referral",
    "Release",
    "Reporter",
    "ReporterReply",
    "ReporterRevision",
    "RetentionRule",
    "Reward",
    "RewardEvent",
    "RewardTier",
    "Round",
    "RoutingRule",
    "SavedFilter",
    "Subject",
    "Supplement",
    "WordMapping",
]

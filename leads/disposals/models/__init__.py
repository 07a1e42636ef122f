"""How long leads are kept, what holds one, batches of disposals, and the log that remains."""

from leads.disposals.models.batch import DisposalBatch, DisposalEvent, DisposalItem
from leads.disposals.models.hold import LegalHold
from leads.disposals.models.log import DisposalLog
from leads.disposals.models.rule import REASON_LIMIT, RetentionRule

__all__ = [
    "REASON_LIMIT",
    "DisposalBatch",
    "DisposalEvent",
    "DisposalItem",
    "DisposalLog",
    "LegalHold",
    "RetentionRule",
]

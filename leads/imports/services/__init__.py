"""The only writers of imports: upload, columns, check, confirm, cancel; and the leads they make.

A ledger becomes leads in one transaction or not at all. The long part, checking, changes nothing.
"""

from leads.imports.services.clearing import delete_expired
from leads.imports.services.steps import (
    CHECK,
    IMPORT,
    cancel,
    check_again,
    confirm,
    map_columns,
    map_words,
)
from leads.imports.services.uploading import upload
from leads.imports.services.working import batch_of, prepare_check, prepare_import

__all__ = [
    "CHECK",
    "IMPORT",
    "batch_of",
    "cancel",
    "check_again",
    "confirm",
    "delete_expired",
    "map_columns",
    "map_words",
    "prepare_check",
    "prepare_import",
    "upload",
]

"""Who reads the audit trail."""

from typing import Any

from rules import predicate


@predicate
def is_auditor(user: Any) -> bool:
    # The role's code, not its enumeration: the trail lies below people in the order of imports.
    return user.has_role("auditor")

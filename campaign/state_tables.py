"""Every machine of the portal, in one document."""

from __future__ import annotations

from audit import state_tables as written
from leads.state_tables import TABLES as OF_LEADS
from reporting.state_tables import TABLES as OF_REPORTING

TABLES = (*OF_LEADS, *OF_REPORTING)


def document() -> str:
    return written.document(TABLES)

"""What several tests of leads begin with."""

from __future__ import annotations

import pytest

from leads import services as leads
from leads.models import Lead
from leads.states import Disposition, Finding


@pytest.fixture
def close(make_assigned, people):
    """A lead that was verified and closed."""

    def closed(finding=Finding.PROVEN, **fields) -> Lead:
        lead = make_assigned(**fields)
        task = leads.sign(assignment=lead.assignments.get(), actor=people.police)
        leads.report_and_sign(
            assignment=task,
            actor=people.police_leader,
            expected_version=task.version,
            first_verifier="核查员一",
            second_verifier="核查员二",
            verified_facts="经走访属实。",
            basis="笔录。",
            opinion="建议立案。",
            finding=finding,
        )
        lead.refresh_from_db()
        return leads.close(
            lead=lead,
            actor=people.director,
            finding=finding,
            disposition=Disposition.ADMINISTRATIVE,
            closing_words="已办结。",
            expected_version=lead.version,
        )

    return closed

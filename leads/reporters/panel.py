"""What the page of a lead says about who reported: that it is kept, and one's way to see it."""

from __future__ import annotations

from dataclasses import dataclass, field

from departments.models import Account
from leads.models import Lead, Release
from leads.reporters.permissions import can_ask, can_decide
from leads.reporters.releases.states import LIVE
from leads.states import ReporterKind


@dataclass(frozen=True)
class Panel:
    """For one person: whether identities are kept, what they asked, and what waits for them."""

    is_kept: bool = False
    can_ask: bool = False
    mine: list[Release] = field(default_factory=list)
    to_decide: list[Release] = field(default_factory=list)

    @property
    def is_shown(self) -> bool:
        return self.is_kept and bool(self.can_ask or self.mine or self.to_decide)


def panel_for(user: Account, lead: Lead) -> Panel:
    """Two queries for a lead whose reporter gave a name, none for others."""
    if lead.reporter_kind != ReporterKind.NAMED or not lead.reporters.exists():
        return Panel()
    seen = lead.releases.select_related("asked_by", "decided_by")
    mine, to_decide = [], []
    for release in seen if can_ask.test(user, lead) else ():
        release.lead = lead
        if release.asked_by_id == user.pk:
            mine.append(release)
        elif release.state == "asked" and can_decide.test(user, release):
            to_decide.append(release)
    live = any(one.state in LIVE and not one.is_over for one in mine)
    return Panel(True, can_ask.test(user, lead) and not live, mine[:3], to_decide)

"""The tabs over the list of leads: whose turn it is, what was done, what is one's own."""

from __future__ import annotations

from dataclasses import dataclass

from rules import Predicate

from departments.models import Account
from departments.permissions import acts_for_a_unit
from leads.models import Lead
from leads.permissions import can_register, sees_whole_town
from leads.querysets import LeadQuerySet
from pages.compiled import compiled_for

TODO = "todo"
#: What waits is counted up to here; beyond, a mark on every page says that it is more, and the list
#: itself says how many.
WAITING_LIMIT = 99


@dataclass(frozen=True)
class Tab:
    """A tab: its name in the address, its label, the named read behind it, and who has it."""

    code: str
    label: str
    read: str
    allowed: Predicate

    def leads(self, user: Account) -> LeadQuerySet:
        return getattr(Lead.objects, self.read)(user)


def waiting_label(user: Account) -> str:
    """What waits for `user`, counted once per request; empty where nothing does."""
    known = vars(user)
    if "waiting_count" not in known:
        known["waiting_count"] = _waiting(user).count(WAITING_LIMIT)
    if not (count := known["waiting_count"]):
        return ""
    return f"{WAITING_LIMIT}+" if count > WAITING_LIMIT else str(count)


@compiled_for
def _waiting(user: Account) -> LeadQuerySet:
    return Lead.objects.waiting_for(user).values("pk")


TABS = (
    Tab(TODO, "待办", "waiting_for", can_register),
    Tab("handled", "已办", "handled_by", can_register),
    Tab("mine", "我登记的", "registered_by", can_register),
    Tab("unit", "本单位", "of_units", acts_for_a_unit),
    Tab("", "全部", "visible_to", sees_whole_town),
)


def tabs_for(user: Account) -> list[Tab]:
    return [tab for tab in TABS if tab.allowed.test(user)]


def chosen(user: Account, code: str) -> Tab:
    """The tab of that name, if the person has it; else the widest that they have."""
    offered = tabs_for(user)
    return next((tab for tab in offered if tab.code == code), offered[-1])

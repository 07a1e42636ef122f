"""How a person stands to a lead, of which `leads.fields` says what it lets them see.

Asked of one lead in Python, and of all leads as conditions of a query; `tests/leads/test_fields.py`
holds both to the same answer.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

from django.db.models import BooleanField, ExpressionWrapper, OuterRef, Q, Subquery
from django.db.models.lookups import IsNull

from departments.roles import OFFICE_ROLES, UNIT_ROLES, Role
from leads.fields import Standing
from leads.states import Secrecy
from pages.compiled import Compiled, IsAmong

if TYPE_CHECKING:
    from departments.models import Account
    from leads.models import Lead

NONE: frozenset[Standing] = frozenset()


def of(user: Account, lead: Lead) -> frozenset[Standing]:
    """The standings of `user` towards `lead`; none where a conflict keeps it from them."""
    return NONE if lead.barred.includes(user) else among(user, lead)


def among(user: Account, lead: Lead) -> frozenset[Standing]:
    """As `of`, for a lead of which it is known that no conflict keeps it from `user`.

    Reads nothing where the lead comes from a queryset that was `annotated`.
    """
    found = set()
    town = lead.jurisdiction_id
    is_limited = lead.secrecy == Secrecy.LIMITED
    if town in user.jurisdictions_as(Role.DIRECTOR):
        found.add(Standing.DIRECTOR)
    elif town in user.jurisdictions_as(*OFFICE_ROLES):
        found.add(_of_office(user, lead))
    if town in user.jurisdictions_as(Role.TOWN_LEADER):
        found.add(Standing.OUTSIDE if is_limited else Standing.FIGURES)
    if found & {Standing.OUTSIDE, Standing.FIGURES} and _reads(user, lead):
        found.add(Standing.READER)
    if units := user.unit_ids(*UNIT_ROLES):
        if lead.registered_unit_id in units:
            found.add(Standing.FADED if lead.is_restricted else Standing.LOGGED)
        if _is_assigned(units, lead):
            found.add(Standing.FADED if lead.is_restricted else Standing.UNIT)
    return frozenset(found)


def _of_office(user: Account, lead: Lead) -> Standing:
    """How somebody of the office stands to a lead of their town, who does not direct it."""
    is_limited = lead.secrecy == Secrecy.LIMITED
    is_open = not lead.is_restricted and (not is_limited or lead.registered_by_id == user.pk)
    if is_open or _handles(user, lead):
        return Standing.OFFICE
    return Standing.OUTSIDE if is_limited else Standing.FIGURES


def possible(user: Account) -> frozenset[Standing]:
    """The standings that follow from the person's roles towards one lead or another.

    Without those that are given on single leads alone.
    """
    found = set()
    if user.has_role(*OFFICE_ROLES):
        found |= {Standing.DIRECTOR, Standing.OFFICE, Standing.FIGURES, Standing.OUTSIDE}
    if user.has_role(Role.TOWN_LEADER):
        found |= {Standing.FIGURES, Standing.OUTSIDE}
    if user.has_role(*UNIT_ROLES):
        found |= {Standing.UNIT, Standing.LOGGED, Standing.FADED}
    return frozenset(found)


def in_circle(user: Account, prefix: str = "") -> Q:
    """Of the office's leads those inside whose circle `user` is; `prefix` leads to the lead.

    A restricted lead is its director's and its handlers'.
    """
    is_open = Q(**{f"{prefix}secrecy": Secrecy.NORMAL}) | Q(**{f"{prefix}registered_by": user.pk})
    return (
        Q(**{f"{prefix}restricted_at": None}) & is_open
        | Q(**{f"{prefix}jurisdiction__in": user.jurisdictions_as(Role.DIRECTOR)})
        | Q(_let_in(user, "handled", prefix))
    )


def reading(user: Account) -> Q:
    """The leads that `user` was let in to read, for the time being."""
    return Q(_let_in(user, "read"))


def annotations(user: Account) -> dict[str, ExpressionWrapper]:
    """What `among` would have to ask for each lead, to be read with the leads."""
    from leads.models import Assignment

    found: dict[str, ExpressionWrapper] = {}
    if user.has_role(*OFFICE_ROLES, Role.TOWN_LEADER):
        for name in ("handled", "read"):
            found[f"is_{name}"] = ExpressionWrapper(
                Q(_let_in(user, name)), output_field=BooleanField()
            )
    if units := user.unit_ids(*UNIT_ROLES):
        mine = Assignment.objects.in_force().filter(unit__in=units, lead=OuterRef("pk"))
        # By key for each lead of a page: as EXISTS the planner would list all that a unit ever had.
        found["is_assigned"] = ExpressionWrapper(
            Q(IsNull(Subquery(mine.order_by().values("pk")[:1]), False)),
            output_field=BooleanField(),
        )
    return found


def _let_in(user: Account, name: str, prefix: str = "") -> IsAmong:
    """Whether the lead is among those that `user` handles, or reads for a while."""
    return IsAmong(f"{prefix}pk", _accesses(user.pk, name))


@lru_cache(maxsize=1024)
def _accesses(account: int, name: str) -> Compiled:
    """The leads that an account handles, or reads for a while: the SQL, which never changes."""
    from leads.models import Access

    rows = Access.objects.in_force().filter(account=account)
    rows = rows.handlers() if name == "handled" else rows.readings()
    return Compiled.of(rows.values("lead"))


def _handles(user: Account, lead: Lead) -> bool:
    if "is_handled" in vars(lead):
        return lead.is_handled
    return lead.accesses.in_force().handlers().filter(account=user.pk).exists()


def _reads(user: Account, lead: Lead) -> bool:
    if "is_read" in vars(lead):
        return lead.is_read
    return lead.accesses.in_force().readings().filter(account=user.pk).exists()


def _is_assigned(units: set[int], lead: Lead) -> bool:
    if "is_assigned" in vars(lead):
        return lead.is_assigned
    return lead.assignments.in_force().filter(unit__in=units).exists()

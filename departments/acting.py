"""For whom the database is asked: the second wall behind `visible_to`.

Whoever acts is told to PostgreSQL with the connection (`campaign.database`), whose policies then
show the rows of leads that this person's work can need and no others (`leads.wall`). Where nobody
acts, there are none. A page acts for the person who asked for it, an export for its requester; the
schedule and commands act as the system.

Where a service must look past the person who calls it, it says so: `with as_system(): ...`. Keep
what is inside short, and give nothing of it to the person.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import TYPE_CHECKING

from departments.roles import SEES_TOWN, UNIT_ROLES

if TYPE_CHECKING:
    from departments.models import Account


@dataclass(frozen=True)
class Acting:
    """Who acts, as the database is told: keys, as PostgreSQL writes arrays.

    `towns` are those whose leads the person works or oversees, `units` those for which they act,
    `places` all where they hold any role.
    """

    account: str = ""
    towns: str = "{}"
    units: str = "{}"
    places: str = "{}"


NOBODY = Acting()
SYSTEM = Acting(account="system")

_acting: ContextVar[Acting | None] = ContextVar("acting", default=None)
_by_default = SYSTEM


def current() -> Acting:
    return _acting.get() or _by_default


@contextmanager
def as_person(user: Account) -> Iterator[None]:
    """Whatever is read inside is read for `user`; for nobody, where they have not signed in."""
    if not user.is_authenticated or not user.is_active:
        acting = NOBODY
    else:
        acting = Acting(
            account=str(user.pk),
            towns=_array(user.jurisdictions_as(*SEES_TOWN)),
            units=_array(user.unit_ids(*UNIT_ROLES)),
            places=_array(user.unit_ids()),
        )
    with _as(acting):
        yield


@contextmanager
def as_system() -> Iterator[None]:
    """Whatever is read inside is read for the portal itself: without the wall."""
    with _as(SYSTEM):
        yield


def serve_people() -> None:
    """For a process that answers people: outside their requests nobody acts."""
    global _by_default  # noqa: PLW0603  what a process is does not change
    _by_default = NOBODY


@contextmanager
def _as(acting: Acting) -> Iterator[None]:
    token = _acting.set(acting)
    try:
        yield
    finally:
        _acting.reset(token)


def _array(keys: Collection[int | None]) -> str:
    return "{" + ",".join(str(key) for key in sorted(filter(None, keys))) + "}"

"""Asking with a code: which lead it belongs to, how that stands, and how often one may be wrong."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils import timezone

from audit.models import Action, AuditEntry
from audit.services import current_address, record
from departments.acting import as_system
from departments.models import Account
from departments.roles import OFFICE_ROLES
from leads.codes import hashing
from leads.codes.models import QueryCode, ReporterReply
from leads.codes.states import EXPLAINED, STANDINGS, Standing
from leads.models import Lead
from leads.states import LeadState

#: So many unknown codes within so long, by one person or from one address, and no more are taken.
WINDOW = dt.timedelta(minutes=15)
MOST_BY_PERSON, MOST_BY_ADDRESS = 5, 20


class Unknown(Exception):
    """No lead has this code, or not this one any more; the message is for whoever typed it."""


class TooMany(Exception):
    """Too many codes were wrong; the message is for whoever typed them."""


@dataclass(frozen=True)
class Answer:
    """What a code tells."""

    standing: Standing
    reply: ReporterReply | None

    @property
    def label(self) -> str:
        return self.standing.label

    @property
    def words(self) -> str:
        return EXPLAINED[self.standing]


def answer_clerk(*, actor: Account, code: str) -> tuple[QueryCode, Answer]:
    """What `code` tells the clerk who typed it; on record, without the code.

    A code is taken for unknown in other towns than the clerk's. Of leads that are kept from the
    clerk it tells the same as of any other: that it told less would say that there is one.
    Raises Unknown or TooMany, on record as well.
    """
    with one_attempt(actor):
        found = find(code)
        if found and found.lead.jurisdiction_id not in actor.jurisdictions_as(*OFFICE_ROLES):
            found = None
        record(action=Action.CODE_QUERIED if found else Action.CODE_WRONG, actor=actor, obj=found)
    if found is None:
        raise Unknown("没有这个查询码。请与举报人核对；已经补发过的，原来的查询码作废。")
    return found, answer_of(found)


def find(code: str) -> QueryCode | None:
    """The code in force, by its digest; never by anything that could be listed."""
    return _in_force(digest__in=hashing.may_be_kept_as(code))


def typed(pk: int) -> QueryCode | None:
    """The code that somebody typed a while ago, if it is still in force."""
    return _in_force(pk=pk)


def _in_force(**wanted: Any) -> QueryCode | None:
    """Also of a lead that is kept from whoever asks: the code tells the same of every lead."""
    with as_system():
        codes = QueryCode.objects.in_force().filter(**wanted)
        return codes.select_related("lead", "lead__merged_into").first()


def answer_of(code: QueryCode) -> Answer:
    return answer_of_lead(code.lead)


def answer_of_lead(lead: Lead) -> Answer:
    """What the codes of `lead` tell."""
    lead = matter_of(lead)
    with as_system():
        last = lead.replies.last()
        return Answer(standing_of(lead), last if last and last.words else None)


def matter_of(lead: Lead) -> Lead:
    """Where the matter of `lead` is worked on: the lead that it was merged into, if any.

    Also where that one is kept from whoever asks: a code tells the same of it.
    """
    with as_system():
        while lead.state == LeadState.MERGED:
            lead = lead.merged_into
    return lead


def standing_of(lead: Lead) -> Standing:
    """The word for where `lead` stands; what was put away stands as it stood before."""
    state = lead.state
    if state == LeadState.ARCHIVED:
        put_away = lead.events.filter(verb="archive").order_by("-pk").first()
        state = put_away.from_state if put_away else LeadState.CLOSED
    return STANDINGS[LeadState(state)]


@contextmanager
def one_attempt(actor: Account) -> Iterator[None]:
    """A transaction in which `actor` tries one code; a wrong one is put on record within it.

    Of several attempts at once each waits for the one before, and sees what came of it. TooMany
    for a person who, or an address from which, wrong codes were typed too often.
    """
    with transaction.atomic():
        Account.objects.select_for_update(no_key=True, of=("self",)).get(pk=actor.pk)
        _require_patience(actor)
        yield


def _require_patience(actor: Account) -> None:
    wrong = AuditEntry.objects.filter(
        action=Action.CODE_WRONG, at__gte=timezone.now() - WINDOW
    ).order_by()
    address = current_address()
    if wrong.filter(actor=actor).count() >= MOST_BY_PERSON or (
        address is not None and wrong.filter(address=address).count() >= MOST_BY_ADDRESS
    ):
        minutes = WINDOW.seconds // 60
        raise TooMany(f"查询码连续不符次数过多，请 {minutes} 分钟后再试。")

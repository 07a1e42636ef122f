"""What the public page writes: a lead that waits for the office, and what its reporter adds."""

from __future__ import annotations

import datetime as dt
import uuid

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from departments.models import Account, Unit, UnitKind
from leads.codes import hashing
from leads.codes import services as codes
from leads.conflicts import services as conflicts
from leads.models import Channel, Conduct, Lead, LeadEvent
from leads.services.intake import next_numbers
from leads.services.telling import tell_office
from leads.states import LeadState, ReporterKind

CHANNEL, ACCOUNT = "public-web", "public-desk"
FULL = "这一小时内收到的网上举报已满，没有收下这一份。请过一会儿再提交，或者拨打举报电话。"
HOUR = dt.timedelta(hours=1)


class Full(Exception):
    """As many reports as are taken in an hour have come; the message is for the reporter."""


def town() -> Unit | None:
    """The town whose office the page belongs to; None where there is no page."""
    code = settings.PORTAL_PUBLIC_DESK
    if not code:
        return None
    return Unit.objects.active().filter(code=code, kind=UnitKind.TOWN).first()


def account() -> Account:
    """Under which the timeline says that something came by the page. Nobody signs in with it."""
    found = Account.objects.filter(username=ACCOUNT).first()
    if found is not None:
        return found
    made = Account(username=ACCOUNT, full_name="公开网页", is_active=False)
    made.set_unusable_password()
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError:
        return Account.objects.get(username=ACCOUNT)
    return made


def report(
    *, secret: str, conduct: Conduct | None, place: Unit | None, text: str
) -> tuple[Lead, str]:
    """A lead in the state registered, and the code that belongs to `secret`.

    The same `secret` again gives the same lead and code. ValidationError for bad fields; Full when
    the hour's share is used up. Who reported is not asked, and where from is not kept.
    """
    submission = uuid.uuid5(uuid.NAMESPACE_OID, secret)
    with transaction.atomic():
        # One at a time in a town, so that what is counted is what has come.
        of = Unit.objects.select_for_update(of=("self",)).get(pk=town().pk)
        there = Lead.objects.filter(submission=submission).first()
        if there is not None:
            return there, hashing.made_from(secret)
        desk, channel = account(), _channel()
        since = timezone.now() - HOUR
        came = Lead.objects.filter(registered_by=desk, registered_at__gte=since).count()
        if came >= settings.PORTAL_PUBLIC_REPORTS_PER_HOUR:
            raise Full(
                "这一小时内收到的网上举报已满，没有收下这一份。请过一会儿再提交，或者拨打电话。"
            )
        office = Unit.objects.active().filter(jurisdiction=of, kind=UnitKind.OFFICE).first()
        lead = Lead(
            submission=submission,
            jurisdiction=of,
            number=next(next_numbers(of)),
            channel=channel,
            reporter_kind=ReporterKind.ANONYMOUS,
            title=f"网上举报：{conduct or '行为类型未填'}",
            allegation=text.strip(),
            conduct=conduct,
            place=place,
            registered_by=desk,
            registered_unit=office or of,
        )
        lead.full_clean(exclude=["search"], validate_unique=False)
        lead.save()
        LeadEvent.write(lead, actor=desk, verb="register", target=LeadState.REGISTERED)
        conflicts.derive(lead)
        tell_office(lead, actor=None, kind="lead_registered", title="有网上举报待受理")
        return lead, codes.issue_on_the_web(lead=lead, desk=desk, secret=secret)


def _channel() -> Channel:
    """The dictionary's entry, which the director may call otherwise; made where it is missing."""
    found = Channel.objects.filter(code=CHANNEL).first()
    if found is None:
        last = Channel.objects.order_by("-position").first()
        found = Channel(code=CHANNEL, name="公开网页", position=last.position + 1 if last else 1)
        found.full_clean()
        found.save()
    return found

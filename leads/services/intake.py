"""Leads come in."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, connection, transaction

from departments.models import Account, Unit
from files.models import StoredFile
from leads import due, number_only
from leads.alerts.services import announce_to_police, raise_alerts
from leads.attachments.services import attach
from leads.callbacks import services as callbacks
from leads.conflicts import services as conflicts
from leads.drafts import services as drafts
from leads.models import Lead, LeadEvent, Subject
from leads.permissions import can_register
from leads.reporters.identity import Identity, require_named
from leads.reporters.services import take_in
from leads.services.telling import tell_office
from leads.states import LeadState


def register(
    *,
    actor: Account,
    submission: uuid.UUID,
    named_units: Collection[Unit] = (),
    subjects: Collection[Subject] = (),
    reporters: Collection[Identity] = (),
    draft_version: int | None = None,
    uploads: Collection[StoredFile] = (),
    **fields: Any,
) -> tuple[Lead, bool]:
    """Log a lead in the actor's town. Returns it, and whether this call made it.

    `subjects` are unsaved: the people whom the lead names. Of a channel that keeps numbers only,
    neither they nor the words are kept (see `leads.number_only`). `uploads` become its attachments.
    `reporters` are sealed at once, and kept beside the lead (see `leads.reporters`).

    The same `submission` a second time gives the lead of the first. Its draft ends with it.
    ValidationError for bad fields; PermissionDenied for those who log no leads; Conflict when
    the draft is not of `draft_version`, where given.
    """
    unit = actor.main_unit
    if unit is None or not can_register.test(actor):
        raise PermissionDenied
    fields = number_only.settle(fields)
    channel = fields.get("channel")
    if channel is not None and channel.number_only:
        subjects = reporters = ()
    require_named(fields.get("reporter_kind", ""), reporters)
    try:
        with transaction.atomic():
            lead = Lead(
                submission=submission,
                jurisdiction_id=unit.jurisdiction_id,
                number=next(next_numbers(unit.jurisdiction)),
                registered_by=actor,
                registered_unit=unit,
                **fields,
            )
            lead.full_clean(exclude=["search"], validate_unique=False)
            lead.save()
            lead.named_units.set(named_units)
            _add_subjects(lead, subjects)
            take_in(lead=lead, actor=actor, reporters=reporters)
            drafts.end(owner=actor, submission=submission, expected_version=draft_version)
            LeadEvent.write(lead, actor=actor, verb="register", target=LeadState.REGISTERED)
            conflicts.derive(lead)
            callbacks.expect(lead)
            attach(lead=lead, actor=actor, uploads=uploads)
            if not actor.is_office:
                tell_office(lead, actor=actor, kind="lead_registered", title="有新线索报来")
            raise_alerts(lead=lead, actor=actor)
            announce_to_police(lead=lead)
            return lead, True
    except IntegrityError:
        made = Lead.objects.filter(submission=submission, registered_by=actor).first()
        if made is None:
            # Somebody else's token: nothing is made, and nothing is told.
            raise PermissionDenied from None
        return made, False


def _add_subjects(lead: Lead, subjects: Collection[Subject]) -> None:
    for subject in subjects:
        subject.lead = lead
        subject.full_clean()
    Subject.objects.bulk_create(subjects)


def next_numbers(town: Unit, count: int = 1) -> Iterator[str]:
    """The next `count` numbers of the town's year. The row lock makes them gapless and unique."""
    year = due.today().year
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO leads_numberseries (jurisdiction_id, year, last) VALUES (%(town)s, "
            "%(year)s, %(count)s) ON CONFLICT (jurisdiction_id, year) DO UPDATE "
            "SET last = leads_numberseries.last + %(count)s RETURNING last",
            {"town": town.pk, "year": year, "count": count},
        )
        last = cursor.fetchone()[0]
    return (f"{town.code.upper()}-{year}-{n:05d}" for n in range(last - count + 1, last + 1))

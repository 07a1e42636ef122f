"""The only writers of alerts."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from departments.models import Account, Membership, Unit, UnitKind
from departments.roles import UNIT_ROLES
from leads.alerts.models import Alert
from leads.alerts.permissions import can_acknowledge
from leads.alerts.reminders import ALERTS
from leads.audience import barred_from
from leads.models import Lead, LeadEvent
from messaging import services as messaging


def raise_alerts(*, lead: Lead, actor: Account, units: Collection[Unit] = ()) -> None:
    """Put a major lead before the director, and before those of `units` that are police.

    Before each once, however often this is called. Joins the caller's transaction: the alert and
    its messages commit with what made the lead major.
    """
    if not lead.is_major:
        return
    police = [unit for unit in units if unit.kind == UnitKind.POLICE]
    known = set(lead.alerts.values_list("unit_id", flat=True))
    made = [unit for unit in (None, *police) if (unit and unit.pk) not in known]
    Alert.objects.bulk_create(
        [Alert(lead=lead, unit=unit, raised_by=actor) for unit in made], ignore_conflicts=True
    )
    rows = ALERTS.unsaid(list(ALERTS.owed(timezone.now()).filter(lead=lead)))
    messaging.send_letters(
        kind=ALERTS.kind, letters=ALERTS.letters(rows, timezone.now()), pace=ALERTS.pace
    )


def announce_to_police(*, lead: Lead) -> None:
    """Tell the police that a major lead waits for the office: its number, and no way to it.

    They see the lead once it is assigned to them. Nothing is said of a lead that speaks of a
    protective umbrella, nor to the people of a unit that it names.
    """
    if not lead.is_major or lead.umbrella_suspected:
        return
    police = Membership.objects.filter(
        unit__jurisdiction=lead.jurisdiction_id,
        unit__kind=UnitKind.POLICE,
        unit__is_active=True,
        unit__receives_leads=True,
        role__in=UNIT_ROLES,
    ).exclude(unit=lead.registered_unit_id)
    people = set(police.values_list("account_id", flat=True)) - barred_from([lead.pk])[lead.pk]
    messaging.send(
        recipients=people,
        kind="major_lead_coming",
        subject_key=f"lead:{lead.pk}",
        title=f"有重大线索待扫黑办转办（{lead.number}）",
        body=f"重大线索 {lead.number} 待扫黑办研判转办，转办到本单位后即可查看，请做好准备。",
    )


def acknowledge(*, alert: Alert, actor: Account) -> Alert:
    """已知悉: the alert leaves everybody's pages. Conflict for all but the first."""
    with transaction.atomic():
        alerts = Alert.objects.with_director().select_related("lead")
        row = alerts.select_for_update(of=("self",)).get(pk=alert.pk)
        if not can_acknowledge.test(actor, row):
            raise PermissionDenied
        if row.acknowledged_at:
            raise Conflict(f"{row.acknowledged_by}已确认知悉，不必重复确认。")
        row.acknowledged_by, row.acknowledged_at = actor, timezone.now()
        row.save(update_fields=["acknowledged_by", "acknowledged_at"])
        assignment = row.lead.assignments.filter(unit=row.unit_id).order_by("pk").last()
        state = assignment.state if assignment else row.lead.state
        LeadEvent.write(
            row.lead,
            actor=actor,
            verb="acknowledge",
            source=state,
            target=state,
            assignment=assignment,
        )
        return row

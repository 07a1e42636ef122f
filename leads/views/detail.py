"""One lead, and all that happened to it."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db.models import Prefetch, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from audit.models import Action
from audit.services import record
from departments.models import Account
from leads import fields
from leads.actions import actions_for
from leads.alerts.banner import banner_for
from leads.attachments.permissions import can_attach
from leads.circle.permissions import can_look_urgently, can_oversee
from leads.clarifications.services import can_be_clarified
from leads.codes.asking import answer_of_lead
from leads.codes.permissions import has_a_reporter
from leads.conflicts.permissions import can_lift
from leads.deadlines.permissions import can_urge
from leads.deadlines.rules import facts_of
from leads.disposals.permissions import can_lift_hold
from leads.fading import rules as fading
from leads.fields import Standing
from leads.machine import ASSIGNMENT, EXTENSION, LEAD
from leads.models import (
    Access,
    Assignment,
    Attachment,
    ConflictOfInterest,
    Extension,
    Feedback,
    Lead,
)
from leads.permissions import can_handle, can_work_assignment
from leads.reporters.panel import panel_for
from leads.services.afterwards import CONTACTABLE
from leads.states import WAITING_FOR_UNIT, WITH_UNITS, ExtensionState, LeadState, ReporterKind
from leads.timeline import awaited_step
from leads.views.steps import breadcrumbs, list_url, neighbours

#: The unit's next steps, each in its turn the page's one primary button.
NEXT = {"sign", "report", "sign_off"}
BESIDE = (
    "approve",
    "return",
    "remind",
    "withdraw",
    "revise",
    "progress",
    "ask_extension",
    "refuse",
)


@dataclass(frozen=True)
class Part:
    """One unit's part in a lead, and what the reader can do with it."""

    assignment: Assignment
    allowed: frozenset[str]
    extensions: list[tuple[Extension, set[str]]]

    @property
    def is_next(self) -> bool:
        return bool(self.allowed & NEXT)

    @property
    def offered(self) -> list[str]:
        """What stands beside the unit's name; its next step stands at the top of the page."""
        names = self.allowed - NEXT
        if self.is_next:
            names -= {"revise"}
        if not self.assignment.signed_at:
            names -= {"progress", "ask_extension"}
        return [name for name in BESIDE if name in names]


@require_safe
def lead_detail(request: HttpRequest, number: str) -> HttpResponse:
    leads = Lead.objects.visible_to(request.user).select_related(
        "channel", "place", "domain", "conduct", "registered_by", "registered_unit"
    )
    lead = get_object_or_404(leads, number=number)
    seen = lead.seen_by(request.user)
    readable = "allegation" in seen
    let_in = _let_in(request.user, lead)
    if readable:
        reason = f"{let_in.get_kind_display()}：{let_in.reason}" if let_in else ""
        record(action=Action.LEAD_VIEWED, request=request, obj=lead, reason=reason)
    parts = _parts(request.user, lead)
    context = {
        "lead": lead,
        "banner": banner_for(request.user, lead_id=lead.pk),
        "may_call": lead.state in CONTACTABLE and can_handle.test(request.user, lead),
        "deadline": facts_of(lead, [part.assignment for part in parts]),
        "readable": readable,
        "seen": seen,
        "let_in": let_in,
        "restricted_from": _restricted_from(lead) if readable else None,
        "may_look_urgently": not readable and can_look_urgently.test(request.user, lead),
        "readings": _readings(request.user, lead),
        "parts": [part for part in parts if part.assignment.round == lead.round],
        "earlier_parts": [part for part in parts if part.assignment.round != lead.round],
        "next_up": next((part for part in parts if part.is_next), None),
        "verbs": _verbs(LEAD, request.user, lead),
        "actions": actions_for(request.user, lead),
        "conflicts": _conflicts(request.user, lead),
        **_holds(request.user, lead),
        "identity": panel_for(request.user, lead),
        "events": lead.events_for(request.user) if "timeline" in seen else [],
        "back_url": list_url(request),
        **neighbours(request, lead),
        "breadcrumbs": breadcrumbs(request, lead.number),
    }
    if readable:
        context |= _content(request.user, lead)
    if "timeline" in seen:
        adds = any(one.read_at is None for one in context.get("supplements", ()))
        context["events"] += awaited_step(lead, request.user, adds=adds)
    return render(request, "leads/lead_detail.html", context)


def _content(user: Account, lead: Lead) -> dict[str, Any]:
    """What only those see whose work needs the words."""
    seen = lead.seen_by(user)
    subjects = list(lead.subjects.all())
    return {
        "named_units": lead.named_units.order_by("path"),
        "subjects": subjects,
        "attachments": lead.attachments.visible_to(user).select_related(
            "file", "assignment__unit", "added_by", "removed_by"
        ),
        "attachable": can_attach.test(user, lead),
        "hints_at_office": any(subject.is_official for subject in subjects),
        "supplements": list(
            lead.supplements.visible_to(user).select_related("taken_by", "read_by")
        ),
        **_code(user, lead),
        "revisions": lead.revisions.visible_to(user).select_related("by"),
        "criteria": lead.criteria.all() if lead.is_major else [],
        "rounds": lead.rounds.all() if lead.round > 1 else [],
        "referrals": lead.referrals.all()
        if "referrals" in seen and _may_have_gone_up(lead)
        else [],
        "follow_ups": lead.follow_ups.select_related("by")
        if "follow_ups" in seen and lead.reporter_kind == ReporterKind.NAMED
        else [],
        "proposal": lead.proposals.select_related("by").last()
        if "proposal" in seen and lead.state == LeadState.AWAITING_CLOSURE
        else None,
        **_clarified(user, lead),
        **_kin(user, lead),
    }


def _clarified(user: Account, lead: Lead) -> dict[str, Any]:
    """Whose name was cleared of what, and whether more can be; nothing of a lead that goes on."""
    if lead.closed_at is None and lead.round == 1:
        return {}
    rows = lead.clarifications.visible_to(user).select_related("subject")
    return {
        "clarifications": list(rows),
        "may_clarify": can_be_clarified(lead) and can_handle.test(user, lead),
    }


def _code(user: Account, lead: Lead) -> dict[str, Any]:
    """That the reporter holds a code, and what it tells."""
    if not ("codes" in lead.seen_by(user) and has_a_reporter.test(user, lead)):
        return {}
    codes = list(lead.codes.visible_to(user).select_related("issued_by"))
    return {
        "takes_code": True,
        "code": next((code for code in codes if code.revoked_at is None), None),
        "codes_revoked": len([code for code in codes if code.revoked_at is not None]),
        "answer": answer_of_lead(lead),
    }


def _may_have_gone_up(lead: Lead) -> bool:
    return lead.round > 1 or lead.state in (LeadState.REFERRED, LeadState.ARCHIVED)


def _kin(user: Account, lead: Lead) -> dict[str, Any]:
    """The leads of the same matter, as far as the person sees them."""
    above = [lead.merged_into_id, lead.split_from_id]
    near = Lead.objects.visible_to(user).filter(Q(pk__in=above) | Q(merged_into=lead))
    found = near.order_by("pk").only("number", "merged_into")
    by_key = {other.pk: other for other in found}
    return {
        "merged_into": by_key.get(lead.merged_into_id),
        "split_from": by_key.get(lead.split_from_id),
        "merged": [other for other in by_key.values() if other.merged_into_id == lead.pk],
    }


def _parts(user: Account, lead: Lead) -> list[Part]:
    assignments = (
        # Through the lead, so that each row shares it and what it has read.
        lead.assignments.visible_to(user)
        .select_related("unit", "assigned_by", "signed_by", "paper")
        .prefetch_related(
            Prefetch(
                "feedback",
                Feedback.objects.visible_to(user).select_related("by", "signature__by"),
            ),
            # Signatures cover them.
            Prefetch("attachments", Attachment.objects.select_related("file")),
            Prefetch("extensions", Extension.objects.visible_to(user).select_related("asked_by")),
        )
    )
    return [_part(user, lead, assignment) for assignment in assignments]


def _part(user: Account, lead: Lead, assignment: Assignment) -> Part:
    is_current = lead.state in WITH_UNITS and assignment.round == lead.round
    allowed = _verbs(ASSIGNMENT, user, assignment) if is_current else set()
    if assignment.due and lead.is_open and can_urge.test(user, assignment):
        allowed |= {"remind"}
    if assignment.state in WAITING_FOR_UNIT and can_work_assignment.test(user, assignment):
        allowed |= {"progress"}
        if not any(one.state == ExtensionState.ASKED for one in assignment.extensions.all()):
            allowed |= {"ask_extension"}
    extensions = []
    for extension in assignment.extensions.all():
        extension.assignment = assignment
        extensions.append((extension, _verbs(EXTENSION, user, extension)))
    return Part(assignment, frozenset(allowed), extensions)


def _restricted_from(lead: Lead) -> dt.date | None:
    """The day on which the lead is going to be restricted, by the rules as they are."""
    if not lead.fades or lead.is_restricted:
        return None
    return fading.restricted_from(lead, fading.in_force(lead.jurisdiction_id))


def _let_in(user: Account, lead: Lead) -> Access | None:
    """By what the person reads the lead who would not by their role; None for all others."""
    if lead.standings(user) & fields.granting("allegation") != {Standing.READER}:
        return None
    return lead.accesses.in_force().readings().filter(account=user).last()


def _readings(user: Account, lead: Lead) -> list[tuple[Access, bool]]:
    """Who handles the lead and was let in to it, each with whether the person oversees that."""
    if "readings" not in lead.seen_by(user):
        return []
    rows = lead.accesses.select_related("account", "given_by", "ended_by", "acknowledged_by")
    for row in rows:
        row.lead = lead
    return [(row, can_oversee.test(user, row)) for row in rows]


def _conflicts(user: Account, lead: Lead) -> list[tuple[ConflictOfInterest, bool]]:
    """Who keeps away from the lead, for the office, each with whether the person may lift it."""
    if "conflicts" not in lead.seen_by(user):
        return []
    for conflict in lead.conflict_rows:
        conflict.lead = lead
    return [(conflict, can_lift.test(user, conflict)) for conflict in lead.conflict_rows]


def _holds(user: Account, lead: Lead) -> dict[str, Any]:
    """Why the lead is not disposed of when its time has passed, for the office."""
    if "holds" not in lead.seen_by(user):
        return {}
    return {
        "holds": lead.holds.in_force().select_related("set_by"),
        "may_lift_hold": can_lift_hold.test(user, lead),
    }


def _verbs(machine: Any, user: Account, obj: Any) -> set[str]:
    return {transition.verb for transition in machine.open_to(user, obj)}

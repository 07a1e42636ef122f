"""The numbers that the portal offers, from its own leads."""

import datetime as dt

from django.utils import timezone

from leads.models import Assignment, Lead
from leads.services import close, report_and_sign, sign
from leads.states import Disposition, Finding
from reporting.weekly import prefill


def work(people, lead, *, finding, disposition):
    """Take an assigned lead through to its end."""
    assignment = lead.assignments.get()
    sign(assignment=assignment, actor=people.police)
    assignment.refresh_from_db()
    report_and_sign(
        assignment=assignment,
        actor=people.police_leader,
        expected_version=assignment.version,
        first_verifier="甲",
        second_verifier="乙",
        verified_facts="经核查。",
        basis="谈话。",
        opinion="建议办结。",
        finding=finding,
    )
    lead.refresh_from_db()
    close(
        lead=lead,
        actor=people.director,
        expected_version=lead.version,
        finding=finding,
        disposition=disposition,
        closing_words="办结。",
    )


def test_figures_of_the_week(town, people, period, last_period, make_assigned, make_lead):
    work(people, make_assigned(), finding=Finding.PROVEN, disposition=Disposition.CASE_FILED)
    work(
        people,
        make_assigned(),
        finding=Finding.UNVERIFIABLE,
        disposition=Disposition.NO_ACTION,
    )
    sign(assignment=make_assigned().assignments.get(), actor=people.police)
    make_assigned()
    old = make_assigned().assignments.get()
    sign(assignment=old, actor=people.police)
    Assignment.objects.filter(pk=old.pk).update(signed_at=timezone.now() - dt.timedelta(days=7))
    assert prefill.figures(unit=town.police, period=period) == {
        "found": 0,
        "transferred": 0,
        "taken": 3,
        "in_hand": 3,
        "proven": 1,
        "disproven": 0,
        "doubtful": 1,
        "cases": 1,
    }
    assert prefill.figures(unit=town.police, period=last_period)["taken"] == 1


def test_leads_that_a_unit_logged_and_that_went_on(town, people, period, make_assigned, make_lead):
    make_lead(actor=people.east)
    make_assigned(actor=people.east)
    old = make_lead(actor=people.east)
    Lead.objects.filter(pk=old.pk).update(registered_at=period.bounds[0] - dt.timedelta(seconds=1))
    edge = make_lead(actor=people.east)
    Lead.objects.filter(pk=edge.pk).update(registered_at=period.bounds[0])
    figures = prefill.figures(unit=town.east, period=period)
    assert (figures["found"], figures["transferred"]) == (3, 1)


def test_a_lead_that_names_the_unit_or_its_village_never_shows(town, people, period, make_lead):
    make_lead(place=town.east, named_units=[town.east])
    make_lead(actor=people.west, place=town.east)
    assert set(prefill.figures(unit=town.east, period=period).values()) == {0}


def test_two_queries(town, period, django_assert_num_queries):
    with django_assert_num_queries(2):
        prefill.figures(unit=town.police, period=period)

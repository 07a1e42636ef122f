"""Zero reports in a row while leads name the place: what is counted, and for whom."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from leads.conflicts.states import Why
from leads.models import ConflictOfInterest, Lead
from leads.states import Secrecy
from reporting.board.silence import WEEKS, ZEROS, find
from reporting.duties.models import Exemption
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.periods.services import open_period
from reporting.weekly import services as weekly
from tests.reporting.conftest import content_of

URL = "/reports/silence/"


@pytest.fixture
def past(town, calendar_2026) -> list[ReportPeriod]:
    """This week and the five before it, the newest first."""
    today = timezone.localdate()
    days = [today - dt.timedelta(weeks=back) for back in range(6)]
    found = [open_period(jurisdiction=town.unit, day=day)[0] for day in days]
    assert len({period.pk for period in found}) == 6, "no week of these is merged"
    return found


@pytest.fixture
def report(people, town):
    def make(period: ReportPeriod, *, is_zero: bool = True):
        values = {"period": period, "unit": town.east, "expected_version": 0}
        content = content_of(is_zero=is_zero)
        return weekly.save_and_sign(actor=people.east_leader, content=content, **values)

    return make


def told(user) -> list[tuple[str, int, int]]:
    return [(one.unit.name, len(one.reports), one.leads) for one in find(user)]


def register_in(lead: Lead, period: ReportPeriod) -> Lead:
    Lead.objects.filter(pk=lead.pk).update(registered_at=period.bounds[0])
    return lead


def test_a_row_of_zeros_beside_leads_is_a_hint(
    people, town, past, report, make_lead, client_for, django_assert_max_num_queries
):
    for period in past[1:ZEROS]:
        report(period)
    named = [register_in(make_lead(), period) for period in past[1:3]]
    register_in(make_lead(), past[5])
    register_in(make_lead(place=town.west), past[1])
    assert told(people.office) == []  # three in a row
    report(past[ZEROS])
    # This week's report can still come: it neither counts nor ends the row.
    assert told(people.office) == [("东村", 4, 2)]
    report(past[0])
    assert told(people.director) == [("东村", 5, 2)]
    client = client_for(people.office)
    with django_assert_max_num_queries(14):
        answer = client.get(URL)
    assert "提示向单位核实" in answer.text
    [row] = answer.context["rows"]
    assert [period for period, _ in row.reports] == past[:5]
    for _, key in row.reports:
        assert client.get(f"/reports/{key}/").status_code == 200
    listed = client.get(row.leads_url).context["page"]
    assert {lead.pk for lead in listed.rows} == {lead.pk for lead in named}
    for person in (people.east, people.east_leader, people.town_leader):
        assert client_for(person).get(URL).status_code == 403
        assert "零报告核实提示" not in client_for(person).get("/reports/matrix/").text
    assert "零报告核实提示" in client.get("/reports/matrix/").text


def test_what_ends_a_row_and_what_does_not(people, town, past, report, make_lead):
    register_in(make_lead(), past[2])
    for period in (past[1], past[2], past[4], past[5]):
        report(period)
    assert told(people.office) == []  # the report of a week between is missing
    owed = ReportExpectation.objects.filter(period=past[3], unit=town.east)
    values = {"unit": town.east, "first_week": past[3].starts_on, "given_by": people.director}
    exempt = Exemption.objects.create(last_week=past[3].starts_on, reason="防汛", **values)
    owed.update(exemption=exempt)
    assert told(people.office) == [("东村", 4, 1)]
    ReportPeriod.objects.filter(pk=past[0].pk).update(closed_at=timezone.now())
    assert told(people.office) == []  # this week's did not come
    ReportPeriod.objects.filter(pk=past[0].pk).update(closed_at=None)
    report(past[0], is_zero=False)
    assert told(people.office) == []
    assert WEEKS >= ZEROS


def test_nobody_learns_of_a_lead_that_is_kept_from_them(
    people, town, past, report, make_account, make_lead
):
    for period in past[1:5]:
        report(period)
    limited, kept = (register_in(make_lead(), past[2]) for _ in range(2))
    member = make_account("office2", town.office, "office")
    assert told(member) == [("东村", 4, 2)]
    Lead.objects.filter(pk=limited.pk).update(secrecy=Secrecy.LIMITED)
    assert told(member) == [("东村", 4, 1)]
    ConflictOfInterest.objects.create(lead=kept, account=member, why=Why.RECUSED, reason="亲属")
    assert told(member) == []
    assert told(people.director) == [("东村", 4, 2)]

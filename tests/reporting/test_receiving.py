"""签收 of several reports at once."""

from __future__ import annotations

import pytest
from django.core.exceptions import PermissionDenied

from reporting.weekly import services
from reporting.weekly.models import WeeklyReport
from reporting.weekly.receiving import GONE, Outcome, receive_each
from tests.reporting.conftest import content_of


@pytest.fixture
def police_signed(town, people, period) -> WeeklyReport:
    return services.save_and_sign(
        actor=people.police_leader,
        period=period,
        unit=town.police,
        content=content_of(),
        expected_version=0,
    )


def chosen(*reports: WeeklyReport) -> dict[int, int]:
    return {report.pk: report.version for report in reports}


def test_each_is_received_or_told_why_not(people, period, signed, police_signed):
    east = signed()
    ticked = chosen(east, police_signed)
    services.give_back(
        actor=people.director, report=east, expected_version=east.version, note="请补充。"
    )
    outcomes = receive_each(actor=people.office, period=period, versions=ticked | {999_999: 1})
    assert {one.unit: one.is_received for one in outcomes if one.unit} == {
        "东村": False,
        police_signed.unit.name: True,
    }
    assert outcomes[-1] == Outcome("", is_received=False, words=GONE)
    assert all(one.words for one in outcomes if not one.is_received)
    states = dict(WeeklyReport.objects.values_list("unit__code", "state"))
    assert states == {"dong": "returned", police_signed.unit.code: "received"}
    again = receive_each(actor=people.office, period=period, versions=chosen(police_signed))
    assert [one.is_received for one in again] == [False]


def test_what_was_changed_since_it_was_shown_is_not_received(people, period, signed):
    report = signed()
    outcomes = receive_each(
        actor=people.office, period=period, versions={report.pk: report.version - 1}
    )
    assert [one.is_received for one in outcomes] == [False]
    report.refresh_from_db()
    assert report.state == "signed"


def test_only_the_towns_office_receives(people, period, signed):
    report = signed()
    for actor in (people.east_leader, people.town_leader, people.sysadmin):
        with pytest.raises(PermissionDenied):
            receive_each(actor=actor, period=period, versions=chosen(report))


def test_the_board_offers_what_is_signed_and_says_what_became_of_it(
    people, period, signed, police_signed, client_for
):
    report = signed()
    office = client_for(people.office)
    board = office.get("/reports/").content.decode()
    assert f'value="{report.pk}.{report.version}"' in board
    assert "签收所选" not in client_for(people.town_leader).get("/reports/").content.decode()
    url = f"/reports/weeks/{period.pk}/receive/"
    ticked = [f"{one.pk}.{one.version}" for one in (report, police_signed)]
    page = office.post(url, {"report": ticked}, follow=True).content.decode()
    assert "已签收 2 份" in page
    assert "签收所选" not in page
    again = office.post(url, {"report": ticked[0]}, follow=True).content.decode()
    assert "东村未签收" in again


@pytest.mark.parametrize("ticked", [[], ["x"], ["1"], ["１.1"], ["1.1", "'"], ["1.1"] * 201])
def test_nothing_that_is_no_tick_is_taken(people, period, signed, client_for, ticked):
    signed()
    answer = client_for(people.office).post(
        f"/reports/weeks/{period.pk}/receive/", {"report": ticked}, follow=True
    )
    assert answer.status_code == 200
    assert WeeklyReport.objects.get().state == "signed"

"""The forms of a town: which holds when, what each kind of unit is asked, what stays as it was."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib
import json
from dataclasses import replace

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, transaction

from reporting import exports
from reporting.form_versions.default import DEFAULT
from reporting.form_versions.models import FIRST_WEEK, FormVersion
from reporting.form_versions.services import form_of_week
from reporting.periods.services import open_period
from reporting.weekly import form as definition
from reporting.weekly import prefill
from reporting.weekly import services as weekly
from reporting.weekly.form import Content
from reporting.weekly.models import WeeklyReport
from reporting.weekly.sums import figures_of_week
from tests.reporting.conftest import content_of

NOT_OF_VILLAGES = ("police", "discipline", "department", "office")
CASES = ("proven", "disproven", "doubtful", "cases")


def second(data=None):
    """The default form without case figures for villages, and with a figure of the office's own."""
    data = data or json.loads(json.dumps(DEFAULT.as_data()))
    for figure in data["figures"]:
        if figure["code"] in CASES:
            figure["kinds"] = list(NOT_OF_VILLAGES)
    visits = data["figures"][0] | {"code": "v2_1", "label": "走访农户", "unit": "户", "help": ""}
    data["figures"].append(visits)
    return data


@pytest.fixture
def version_2(town, people, period):
    """It holds from the current week on."""
    return FormVersion.objects.create(
        jurisdiction=town.unit,
        version=2,
        from_week=period.starts_on,
        definition=second(),
        set_by=people.director,
    )


def village_content(**given):
    content = content_of(**{"v2_1": 0, **given})
    figures = {code: value for code, value in content.figures.items() if code not in CASES}
    return Content(figures, content.texts, content.is_zero, content.remarks)


def test_the_first_form_of_towns_that_were_there_is_the_one_their_reports_were_written_on():
    seeded = importlib.import_module("reporting.migrations.0008_first_form_versions")
    assert definition.of_data(1, seeded.DEFINITION) == DEFAULT
    assert json.loads(json.dumps(DEFAULT.as_data())) == seeded.DEFINITION


def test_a_town_begins_with_the_default_form(town, period, last_period):
    (row,) = FormVersion.objects.filter(jurisdiction=town.unit)
    assert (row.version, row.from_week, row.set_by) == (1, FIRST_WEEK, None)
    assert row.form == DEFAULT
    assert row.week_label == "一开始"


def test_a_form_never_changes(period, as_owner):
    for change in (
        lambda row: FormVersion.objects.filter(pk=row.pk).update(version=9),
        lambda row: row.delete(),
    ):
        with pytest.raises(DatabaseError, match="Cannot update or delete"), transaction.atomic():
            change(FormVersion.objects.get())


def test_the_form_of_a_week_is_the_last_settled_that_has_begun(town, version_2, last_period):
    first = version_2.from_week
    later = FormVersion.objects.create(
        jurisdiction=town.unit,
        version=3,
        from_week=first + dt.timedelta(weeks=2),
        definition=second(),
    )
    assert form_of_week(town.unit.pk, last_period.starts_on).version == 1
    assert form_of_week(town.unit.pk, first).version == 2
    assert form_of_week(town.unit.pk, first + dt.timedelta(weeks=1)).version == 2
    assert form_of_week(town.unit.pk, later.from_week).version == 3


def test_a_village_is_not_asked_what_the_police_are(people, town, period, version_2):
    report = weekly.save_and_sign(
        actor=people.east_leader,
        period=period,
        unit=town.east,
        content=village_content(v2_1=12),
        expected_version=0,
    )
    assert report.form_version == 2
    assert "案件侦办" not in report.form.blocks
    assert set(report.counted) == {"found", "transferred", "taken", "in_hand"}
    assert report.signature_holds
    of_police = version_2.form.asked_of("police")
    assert {*CASES, "v2_1"} <= {figure.code for figure in of_police.figures}


def test_an_answer_to_what_was_not_asked_is_refused(people, town, period, version_2):
    with pytest.raises(ValidationError, match="表单已经更新"):
        weekly.save(
            actor=people.east,
            period=period,
            unit=town.east,
            content=content_of(),
            expected_version=0,
        )


def test_a_report_keeps_the_form_it_was_begun_on(people, town, period, signed):
    report = signed(found=2)
    assert report.form_version == 1
    # As if it had been settled for a week in which someone had begun in the same moment.
    FormVersion.objects.create(
        jurisdiction=town.unit, version=2, from_week=period.starts_on, definition=second()
    )
    report = WeeklyReport.objects.get(pk=report.pk)
    assert report.form == DEFAULT
    assert report.signature_holds


def test_a_signature_binds_the_same_bytes_as_before_there_were_versions(signed):
    """Worked out by hand: what was signed before must hold as long as it is kept."""
    report = signed(found=2)
    bound = {
        "unit": report.unit_id,
        "period": report.period_id,
        "form_version": 1,
        "figures": report.figures,
        "texts": report.texts,
        "is_zero": False,
        "signed_by": report.signed_by_id,
        "signed_at": report.signed_at.astimezone(dt.UTC).isoformat(),
    }
    of_before = json.dumps(bound, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    bound |= {"counted": report.counted, "remarks": {"found": "另有口头移交。"}}
    now = json.dumps(bound, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert report.signature == hashlib.sha256(now.encode()).hexdigest()
    # Without what the portal counts the words why stay bound; without both it is as it ever was.
    report.counted = {}
    assert '"另有口头移交。"' in report.signed_content().decode()
    report.remarks = {}
    assert report.signed_content().decode() == of_before


def test_what_was_signed_shows_all_that_was_answered_whatever_the_unit_is_today(
    people, town, period, version_2
):
    report = weekly.save_and_sign(
        actor=people.police_leader,
        period=period,
        unit=town.police,
        content=content_of(v2_1=0),
        expected_version=0,
    )
    type(town.police).objects.filter(pk=town.police.pk).update(kind="village")
    report = WeeklyReport.objects.get(pk=report.pk)
    assert set(CASES) <= {figure.code for figure in report.form.figures}


def test_an_optional_figure_may_stay_empty_and_a_lower_bound_spares_a_zero_report():
    form = definition.of_data(2, second())
    visits = replace(form.figures[-1], required=False, smallest=3)
    form = replace(form, figures=(visits,), texts=())

    def wrong(content):
        return list(definition.problems(form, content, complete=True, counted={}))

    assert wrong(Content()) == []
    assert wrong(Content({"v2_1": 2})) == ["v2_1"]
    assert wrong(Content({"v2_1": 3})) == []
    assert wrong(Content({"v2_1": 0}, is_zero=True)) == []


def test_a_pair_is_looked_at_only_where_both_are_asked():
    form = definition.of_data(2, second()).asked_of("village")
    part = replace(DEFAULT.figures[1], part_of="proven")
    form = replace(form, figures=(part,))
    assert definition.doubts(form, Content({"found": 3}), {}) == []


def test_a_figure_of_the_office_is_a_column_and_one_not_asked_is_no_zero(
    people, town, period, version_2
):
    weekly.save_and_sign(
        actor=people.east_leader,
        period=period,
        unit=town.east,
        content=village_content(v2_1=12),
        expected_version=0,
    )
    sheet = exports.WEEKLY_TALLY.build(people.office, {"period": period.pk})
    headings = [column.heading for column in sheet.columns]
    east = next(row for row in sheet.rows if row[0] == "东村")
    by_heading = dict(zip(headings, east, strict=True))
    assert by_heading["走访农户"] == 12
    assert by_heading["查实"] is None
    assert by_heading["新摸排线索"] == 0
    assert sheet.subtitle[-1] == "单位：件、户、场、份、人次"


def test_a_figure_that_is_gone_stands_in_old_weeks_alone(
    people, town, period, last_period, calendar_2026
):
    data = json.loads(json.dumps(DEFAULT.as_data()))
    for figure in data["figures"]:
        figure["is_active"] = figure["code"] != "leaflets"
    FormVersion.objects.create(
        jurisdiction=town.unit, version=2, from_week=period.starts_on, definition=data
    )
    assert "leaflets" in {figure.code for figure in figures_of_week(last_period)}
    assert "leaflets" not in {figure.code for figure in figures_of_week(period)}


def test_a_week_of_two_forms_has_the_figures_of_both(people, town, period, signed):
    signed()
    data = second()
    data["figures"] = [item for item in data["figures"] if item["code"] != "leaflets"]
    FormVersion.objects.create(
        jurisdiction=town.unit, version=2, from_week=period.starts_on, definition=data
    )
    codes = [figure.code for figure in figures_of_week(period)]
    assert codes == [
        "major",
        "v2_1",
        *(figure.code for figure in DEFAULT.figures[1:10]),
        "people",
        "leaflets",
    ]


def test_the_form_says_when_it_has_changed_under_the_hand(
    people, town, period, version_2, client_for
):
    client = client_for(people.east)
    url = f"/reports/weeks/{period.pk}/dong/edit/"
    typed = {"version": "0", "form_version": "1", "action": "save", "events": "7", "cases": "4"}
    page = client.post(url, typed)
    assert page.context["form"].non_field_errors() == [
        "填报表单已经更新，请按新的项目补填后再保存。"
    ]
    assert page.context["form"]["events"].value() == "7"
    # Sent again from the page that says so, it is accepted.
    assert b'name="form_version" value="2"' in page.content
    assert client.post(url, typed | {"form_version": "2"}).status_code == 302
    assert WeeklyReport.objects.get().figures == {"events": 7}


def test_the_portal_counts_what_it_says_it_counts(town, period):
    assert set(prefill.figures(unit=town.east, period=period)) == prefill.COUNTED
    assert {figure.code for figure in DEFAULT.figures if figure.counted} == prefill.COUNTED


def test_a_new_town_has_its_form_with_its_first_week(other_town, calendar_2026):
    open_period(jurisdiction=other_town.unit, day=dt.date(2026, 11, 24))
    assert FormVersion.objects.get(jurisdiction=other_town.unit).form == DEFAULT


# The week's sums


@pytest.fixture
def two_filed(people, town, period, version_2):
    """A village that is not asked for case figures, and the police, who are."""
    weekly.save_and_sign(
        actor=people.east_leader,
        period=period,
        unit=town.east,
        content=village_content(v2_1=12, found=2),
        expected_version=0,
    )
    weekly.save_and_sign(
        actor=people.police_leader,
        period=period,
        unit=town.police,
        content=content_of(v2_1=3, proven=1),
        expected_version=0,
    )
    weekly.save(
        actor=people.west,
        period=period,
        unit=town.west,
        content=village_content(v2_1=99),
        expected_version=0,
    )


def test_sums_count_who_was_asked_and_has_signed(
    people, period, two_filed, client_for, django_assert_max_num_queries
):
    client = client_for(people.office)
    url = f"/reports/weeks/{period.pk}/figures/"
    client.get(url)
    with django_assert_max_num_queries(18):
        page = client.get(url)
    sums = {row.figure.code: (row.total, row.units) for row in page.context["totals"]}
    assert sums["v2_1"] == (15, 2)
    assert sums["found"] == (2, 2)
    assert sums["proven"] == (1, 1)
    assert (page.context["owed"], page.context["filed"]) == (6, 2)


def test_a_sum_opens_into_the_reports_behind_it(people, period, two_filed, client_for):
    client = client_for(people.town_leader)
    url = f"/reports/weeks/{period.pk}/figures/"

    def rows(code):
        return [(r.unit.name, n) for r, n in client.get(f"{url}?figure={code}").context["rows"]]

    assert rows("v2_1") == [("派出所", 3), ("东村", 12)]
    assert rows("proven") == [("派出所", 1)]
    assert rows("nothing") == []

"""Numbers beside what the portal counts: explained where they differ, and opened to their rows."""

from __future__ import annotations

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from leads.conflicts.services import recuse
from reporting.form_versions.default import DEFAULT
from reporting.weekly import form as definition
from reporting.weekly import services
from reporting.weekly.afterwards import counted_since
from reporting.weekly.form import Content
from reporting.weekly.models import WeeklyReport
from tests.reporting.conftest import content_of
from tests.reporting.test_pages import edit_url, typed

ASKED = "“新摸排线索”填 2，平台统计是 1，请说明原因。"


def without_remarks(**given: int) -> Content:
    whole = content_of(**given)
    return Content(whole.figures, whole.texts, whole.is_zero)


@pytest.fixture
def submit(town, people, period):
    def write(content: Content, *, version: int = 0, service=services.save_and_submit):
        return service(
            actor=people.east,
            period=period,
            unit=town.east,
            content=content,
            expected_version=version,
        )

    return write


def test_a_number_that_differs_needs_a_word_before_it_is_submitted(people, make_lead, submit):
    make_lead(actor=people.east)
    draft = submit(without_remarks(found=2), service=services.save)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        submit(without_remarks(found=2), version=draft.version)
    assert refused.value.message_dict == {"why_found": [ASKED]}
    report = submit(content_of(found=2), version=draft.version)
    assert (report.counted["found"], report.remarks) == (1, {"found": "另有口头移交。"})


def test_the_same_number_needs_none(people, make_lead, submit):
    make_lead(actor=people.east)
    assert submit(without_remarks(found=1)).state == "awaiting_signature"


def test_a_zero_report_says_why_the_portal_counts_more(people, make_lead, submit):
    make_lead(actor=people.east)
    zero = content_of(is_zero=True)
    with pytest.raises(ValidationError) as refused, transaction.atomic():
        submit(zero)
    assert list(refused.value.message_dict) == ["why_found"]
    explained = Content(zero.figures, zero.texts, True, {"found": "线索登错了单位。"})
    assert submit(explained).is_zero


def test_a_leader_signs_what_was_drafted_though_the_portal_counts_on(people, make_lead, submit):
    report = submit(without_remarks())
    make_lead(actor=people.east)
    signed = services.sign(actor=people.east_leader, report=report, expected_version=report.version)
    assert (signed.state, signed.counted["found"]) == ("signed", 0)


def test_a_unit_hears_what_the_portal_has_counted_since_it_reported(
    people, signed, make_lead, client_for, django_assert_num_queries
):
    report = signed()
    url, said = f"/reports/{report.pk}/", "平台又统计到：新摸排线索 1 件"
    unit = client_for(people.east)
    assert "平台又统计到" not in unit.get(url).text
    make_lead(actor=people.east)
    for page in (url, "/reports/mine/"):
        assert said in unit.get(page).text, page
    assert "签收后可以申请更正" in unit.get(url).text
    for other in (people.office, people.town_leader):
        assert "平台又统计到" not in client_for(other).get(url).text
    services.receive(actor=people.office, report=report, expected_version=report.version)
    for page in (url, "/reports/mine/"):
        assert f'<a href="{url}correct/">申请更正</a>' in unit.get(page).text, page
    with django_assert_num_queries(1 + 3):
        report = WeeklyReport.objects.select_related("unit", "period").get(pk=report.pk)
        assert [more for _, more in counted_since(report)] == [1]


def test_what_a_report_says_already_and_what_is_in_hand_is_no_news(
    people, town, period, signed, make_lead, make_assigned
):
    report = signed(found=2)
    make_lead(actor=people.east)
    assert counted_since(report) == []
    of_police = services.save_and_sign(
        actor=people.police_leader,
        period=period,
        unit=town.police,
        content=content_of(),
        expected_version=0,
    )
    make_assigned()
    assert (of_police.figures["in_hand"], counted_since(of_police)) == (0, [])


def test_the_signature_binds_the_words_and_the_count(signed):
    report = signed(found=2)
    assert report.signature_holds
    for name in ("remarks", "counted"):
        with pytest.raises(IntegrityError), transaction.atomic():
            WeeklyReport.objects.filter(pk=report.pk).update(**{name: {}})
        other = WeeklyReport.objects.get(pk=report.pk)
        setattr(other, name, {"found": "0"})
        assert not other.signature_holds


def test_the_form_asks_at_the_number(people, period, make_lead, client_for):
    make_lead(actor=people.east)
    client = client_for(people.east)
    hidden = 'data-differs="id_found" hidden'
    assert hidden in client.get(edit_url(period)).text
    answer = client.post(edit_url(period), typed("submit", found=2) | {"why_found": ""})
    assert answer.context["form"].errors == {"why_found": [ASKED]}
    assert hidden not in answer.text
    client.post(edit_url(period), typed("submit", found=2))
    report = WeeklyReport.objects.get()
    assert "平台统计 1；另有口头移交。" in client.get(f"/reports/{report.pk}/").text


def test_the_rows_behind_a_number(
    people, period, make_lead, make_assigned, client_for, django_assert_max_num_queries
):
    first, second = make_lead(actor=people.east), make_assigned(actor=people.east)
    make_lead(actor=people.west)
    client = client_for(people.east)

    def numbers(figure: str) -> list[str]:
        url = f"/reports/weeks/{period.pk}/dong/leads/{figure}/"
        return [lead.number for lead in client.get(url).context["page"].rows]

    with django_assert_max_num_queries(16):
        assert numbers("found") == [second.number, first.number]
    assert numbers("transferred") == [second.number]
    assert numbers("people") == []
    recuse(lead=first, actor=people.east, reason="与反映的人是亲戚。")
    assert numbers("found") == [second.number]
    assert client.get(f"/reports/weeks/{period.pk}/dong/leads/nothing/").status_code == 404


@pytest.mark.parametrize(
    ("now", "last", "said"),
    [
        ({"people": 400}, {"people": 80}, ["“受众人数”本周 400，上周 80，相差较大。"]),
        ({"people": 399}, {"people": 80}, []),
        ({"people": 0}, {"people": 20}, ["“受众人数”本周 0，上周 20，相差较大。"]),
        ({"people": 0}, {"people": 19}, []),
        ({"people": 19}, {"people": 0}, []),
        ({"people": 500}, {}, []),
        ({"cases": 2, "proven": 1}, {}, ["“立案”2，多于“查实”1。"]),
        ({"events": 0, "leaflets": 6}, {}, ["填了“发放资料”，而“宣传活动”为 0。"]),
    ],
)
def test_what_is_worth_a_second_look(now, last, said):
    given = {"events": 1} | now
    assert definition.doubts(DEFAULT, Content(given), last) == said

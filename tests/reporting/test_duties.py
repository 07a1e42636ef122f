"""Rules with a history, who reports since when, exemptions, weeks reopened for one unit."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import AuditEntry
from departments.models import Unit
from messaging import services as messaging
from messaging.models import Message
from reporting.duties import services
from reporting.duties.models import Exemption, Reopening, ReportingChange, ReportingRule
from reporting.periods import week
from reporting.periods.models import PeriodEvent, ReportExpectation, ReportPeriod
from reporting.periods.rules import Rule
from reporting.periods.services import close_periods, open_period, open_periods
from reporting.reminders.services import remind_due
from reporting.statistics.services import count_statuses
from reporting.weekly import services as weekly
from tests.processes import fork, wait
from tests.reporting.conftest import content_of

D = dt.date
SHANGHAI = dt.timezone(dt.timedelta(hours=8))
FIRST, NEXT, AFTER = D(2026, 11, 21), D(2026, 11, 28), D(2026, 12, 5)
ALL = list(services.USUAL_KINDS)


@pytest.fixture
def clock(monkeypatch, calendar_2026):
    """The clock stands, at Tuesday morning of the week of 21 November; call it to set it."""
    moment = [dt.datetime(2026, 11, 24, 9, tzinfo=SHANGHAI)]
    monkeypatch.setattr("django.utils.timezone.now", lambda: moment[0])

    def set_to(*when: int) -> dt.datetime:
        moment[0] = dt.datetime(2026, *when, tzinfo=SHANGHAI)
        return moment[0]

    return set_to


@pytest.fixture
def this_week(clock, town):
    return open_period(jurisdiction=town.unit, day=D(2026, 11, 24))[0]


def settle(actor, town, from_week=NEXT, *, version=0, kinds=ALL, **rule):
    return services.settle(
        actor=actor,
        town=town.unit.pk,
        from_week=from_week,
        rule=Rule(**rule),
        kinds=kinds,
        version=version,
    )


def codes(period):
    return list(period.expectations.order_by("unit__path").values_list("unit__code", flat=True))


def opened(town, day):
    return open_period(jurisdiction=town.unit, day=day)[0]


# Rules


def test_a_rule_holds_from_its_week_on_and_changes_no_week_before(people, town, this_week):
    before = (this_week.due_at, this_week.closes_at, codes(this_week))
    rule = settle(
        people.director,
        town,
        weekday=3,
        due_time=dt.time(17),
        scope="day",
        grace_days=3,
        kinds=["police", "village"],
    )
    assert rule.words == (
        "周四 17:00 截止，报截止当日情况，本周结束后 3 天关闭；公安机关、村（居）报送"
    )
    this_week.refresh_from_db()
    assert (this_week.due_at, this_week.closes_at, codes(this_week)) == before
    following = opened(town, NEXT)
    assert following.due_at == dt.datetime(2026, 12, 3, 17, tzinfo=SHANGHAI)
    assert following.closes_at == dt.datetime(2026, 12, 8, tzinfo=SHANGHAI)
    day = dt.datetime(2026, 12, 3, tzinfo=SHANGHAI)
    assert following.bounds == (day, day + dt.timedelta(days=1))
    assert codes(following) == ["pcs", "dong", "xi"]
    entry = AuditEntry.objects.filter(action="settings_changed").latest("pk")
    assert entry.reason == f"自2026年第48周起：{rule.words}"


def test_the_rule_of_a_week_is_the_last_settled_that_has_begun(people, town, this_week):
    settle(people.director, town, AFTER, grace_days=5)
    settle(people.director, town, NEXT, grace_days=9, version=1)
    assert services.in_force(town.unit.pk, FIRST).grace_days == 14
    assert services.in_force(town.unit.pk, NEXT).grace_days == 9
    assert services.in_force(town.unit.pk, AFTER).grace_days == 9


def test_the_same_rule_again_is_no_new_one(people, town, this_week):
    assert settle(people.director, town, grace_days=5).version == 1
    # The second click still carries the version that the page showed.
    assert settle(people.director, town, grace_days=5) is None
    assert ReportingRule.objects.count() == 1


def test_the_slower_of_two_directors_is_told(people, town, this_week):
    settle(people.director, town, grace_days=5)
    with pytest.raises(Conflict, match="刚刚在别处被修改过"):
        settle(people.director, town, grace_days=6)


def test_an_opened_week_has_its_rule(people, town, this_week):
    with pytest.raises(ValidationError, match="第47周已经开启，最早自2026年第48周起"):
        settle(people.director, town, FIRST, grace_days=5)
    for person in (people.office, people.town_leader, people.east_leader):
        with pytest.raises(PermissionDenied):
            settle(person, town)


def test_a_calendar_change_keeps_to_the_rule_of_the_week(people, town, this_week):
    from departments.calendar.services import set_days

    settle(people.director, town, weekday=3, due_time=dt.time(17))
    following = opened(town, NEXT)
    set_days(actor=people.director, first=D(2026, 12, 3), last=D(2026, 12, 3), kind="off")
    following.refresh_from_db()
    assert following.due_at == dt.datetime(2026, 12, 2, 17, tzinfo=SHANGHAI)


@pytest.mark.parametrize(
    "wrong", [{"grace_days": 61}, {"kinds": []}, {"from_week": D(2026, 11, 29)}, {"weekday": 7}]
)
def test_the_database_refuses_rules_out_of_bounds(people, town, this_week, wrong):
    rule = services.in_force(town.unit.pk, NEXT)
    rule.version, rule.set_by = 1, people.director
    for name, value in wrong.items():
        setattr(rule, name, value)
    with pytest.raises(IntegrityError), transaction.atomic():
        rule.save()


# Who reports since when


def test_a_unit_that_stops_and_starts_changes_no_week_before(people, town, this_week):
    stop = services.change_duty(
        actor=people.director, unit=town.east, from_week=NEXT, reports=False, reason="并入西村"
    )
    assert (stop.week_label, stop.reports) == ("2026年第48周", False)
    services.change_duty(
        actor=people.director, unit=town.east, from_week=AFTER, reports=True, reason="恢复"
    )
    services.change_duty(
        actor=people.director, unit=town.office, from_week=AFTER, reports=True, reason="自报"
    )
    assert "dong" in codes(this_week)
    assert codes(opened(town, NEXT)) == ["pcs", "jw", "mzb", "gts", "xi"]
    assert not Unit.objects.get(pk=town.east.pk).reports_weekly
    assert codes(opened(town, AFTER)) == ["shb", "pcs", "jw", "mzb", "gts", "dong", "xi"]
    assert "dong" in codes(this_week)
    assert AuditEntry.objects.filter(reason="自2026年第48周起停止报送：并入西村").count() == 1


def test_the_same_duty_again_is_no_new_change(people, town, this_week):
    given = {"actor": people.director, "unit": town.east, "from_week": NEXT, "reason": "并入"}
    assert services.change_duty(**given, reports=True) is None
    assert services.change_duty(**given, reports=False)
    assert services.change_duty(**given, reports=False) is None
    assert ReportingChange.objects.count() == 1


def test_a_town_whose_first_unit_is_to_report_gets_its_week(people, town, clock):
    Unit.objects.update(reports_weekly=False)
    assert open_periods() == 0
    services.change_duty(
        actor=people.director, unit=town.east, from_week=FIRST, reports=True, reason="试点"
    )
    assert open_periods() == 1
    assert codes(ReportPeriod.objects.get()) == ["dong"]


# Exemptions


def exempt(people, unit, first=FIRST, last=NEXT, reason="防汛"):
    weeks = {"first_week": first, "last_week": last}
    return services.exempt(actor=people.director, unit=unit, reason=reason, **weeks)


def counted(period):
    counts = count_statuses(ReportExpectation.objects.with_status(period))
    return counts["total"], counts["missing"], counts["exempt"]


def test_an_exempt_unit_owes_nothing_in_its_weeks_and_is_no_rate(people, town, this_week):
    assert counted(this_week) == (6, 6, 0)
    row = exempt(people, town.east)
    assert row.weeks_label == "2026年第47周至2026年第48周"
    assert counted(this_week) == (5, 5, 1)
    assert counted(opened(town, NEXT)) == (5, 5, 1)
    assert counted(opened(town, AFTER)) == (6, 6, 0)
    unsigned = ReportExpectation.objects.with_status(this_week).unsigned()
    assert not unsigned.filter(unit=town.east).exists()
    owed = ReportExpectation.objects.to_do_for(people.east)
    assert [item.period.starts_on for item in owed.select_related("period")] == [AFTER]
    event = PeriodEvent.objects.get()
    assert (event.verb, event.unit, event.words) == ("exempted", town.east, "防汛")


def test_who_reports_all_the_same_is_counted(people, town, this_week):
    exempt(people, town.east)
    weekly.save_and_sign(
        actor=people.east_leader,
        period=this_week,
        unit=town.east,
        content=content_of(found=1),
        expected_version=0,
    )
    counts = count_statuses(ReportExpectation.objects.with_status(this_week))
    assert (counts["total"], counts["signed"], counts["exempt"]) == (6, 1, 0)


def test_an_exemption_ends_early_and_the_open_week_is_owed_again(people, town, this_week):
    row = exempt(people, town.east, last=AFTER)
    services.end_exemption(actor=people.director, exemption=row)
    assert counted(this_week) == (6, 6, 0)
    assert not Exemption.objects.exists()
    verbs = PeriodEvent.objects.values_list("verb", flat=True)
    assert list(verbs) == ["exempted", "exemption_ended"]


def test_ending_leaves_the_weeks_that_were_due(people, town, this_week, clock):
    row = exempt(people, town.east, last=AFTER)
    clock(12, 1, 9)
    following = opened(town, NEXT)
    row = services.end_exemption(actor=people.director, exemption=row)
    assert row.last_week == FIRST
    assert (counted(this_week)[2], counted(following)[2]) == (1, 0)
    with pytest.raises(Conflict, match="已经结束"):
        services.end_exemption(actor=people.director, exemption=row)


def test_what_was_due_is_not_forgiven_afterwards(people, town, this_week, clock):
    clock(11, 27, 12, 1)
    with pytest.raises(ValidationError, match="第47周已经过了截止时间"):
        exempt(people, town.east)
    assert counted(this_week) == (6, 6, 0)


def test_a_unit_that_is_no_more_is_exempt_from_what_it_was_expected_in(
    people, town, this_week, clock, client_for
):
    Unit.objects.filter(pk=town.east.pk).update(is_active=False)
    east = Unit.objects.get(pk=town.east.pk)
    clock(11, 27, 12, 1)
    page = client_for(people.director).get("/reports/units/dong/exempt/")
    assert page.context["form"].fields["first_week"].choices[0][0] == "2026-11-21"
    assert exempt(people, east, last=FIRST)
    assert counted(this_week) == (5, 5, 1)
    clock(12, 12, 9)
    close_periods()
    with pytest.raises(ValidationError, match="第47周已经关闭"):
        exempt(people, Unit.objects.get(pk=town.east.pk), last=FIRST, reason="撤并")


def test_the_same_exemption_again_is_the_same_and_two_do_not_overlap(people, town, this_week):
    assert exempt(people, town.east) == exempt(people, town.east)
    with pytest.raises(ValidationError, match="已有免报"):
        exempt(people, town.east, first=NEXT, last=AFTER)
    assert exempt(people, town.west, first=NEXT, last=AFTER)
    with pytest.raises(PermissionDenied):
        services.exempt(
            actor=people.office, unit=town.east, first_week=AFTER, last_week=AFTER, reason="无"
        )


# Closed, and opened again


@pytest.fixture
def closed(people, town, this_week, clock):
    """The week of 21 November, closed, with nothing reported."""
    clock(12, 12, 9)
    close_periods()
    this_week.refresh_from_db()
    assert this_week.closed_at == this_week.closes_at == dt.datetime(2026, 12, 12, tzinfo=SHANGHAI)
    return this_week


def owed(period, unit):
    return ReportExpectation.objects.get(period=period, unit=unit)


def reopen(people, period, unit, until, reason="停电"):
    return services.reopen(
        actor=people.director, owed=owed(period, unit), until=until, reason=reason
    )


def file(people, period, unit, **given):
    return weekly.save_and_sign(
        actor=people.east_leader,
        period=period,
        unit=unit,
        content=content_of(**given),
        expected_version=0,
    )


def test_on_time_late_and_closed_are_three_things(people, town, this_week, clock):
    clock(11, 27, 12)
    report = file(people, this_week, town.east)
    assert (report.is_late, this_week.is_open) == (False, True)
    clock(11, 27, 12, 0, 1)
    assert this_week.is_past_due
    late = weekly.save_and_sign(
        actor=people.police_leader,
        period=this_week,
        unit=town.police,
        content=content_of(),
        expected_version=0,
    )
    assert (late.is_late, this_week.is_open) == (True, True)
    clock(12, 12, 0)
    close_periods()
    assert close_periods() == 0
    with pytest.raises(Conflict, match="已经关闭"):
        weekly.give_back(actor=people.office, report=late, expected_version=late.version, note="补")


def test_a_closed_week_is_opened_for_one_unit_and_closes_by_itself(people, town, closed, clock):
    until = dt.datetime(2026, 12, 14, 18, tzinfo=SHANGHAI)
    with pytest.raises(Conflict, match="已经关闭"):
        file(people, closed, town.east)
    reopen(people, closed, town.east, until)
    assert closed.is_open_to(town.east.pk)
    assert not closed.is_open_to(town.west.pk)
    assert [item.unit for item in ReportExpectation.objects.to_do_for(people.east)] == [town.east]
    assert not ReportExpectation.objects.to_do_for(people.west).exists()
    told = Message.objects.filter(kind="weekly_reopened")
    assert {message.recipient for message in told} == {people.east, people.east_leader}
    clock(12, 14, 17, 59)
    report = file(people, closed, town.east)
    assert report.is_late
    clock(12, 14, 18)
    with pytest.raises(Conflict, match="已经关闭"):
        weekly.give_back(
            actor=people.office, report=report, expected_version=report.version, note="补"
        )
    closed.refresh_from_db()
    assert not closed.is_open_to(town.east.pk)
    assert closed.closed_at == closed.closes_at
    event = closed.events.get(verb="reopened")
    assert (event.unit, event.words) == (town.east, "至12-14 18:00：停电")


def test_it_is_opened_once_and_ended_before_its_time(people, town, closed, clock):
    until = dt.datetime(2026, 12, 14, 18, tzinfo=SHANGHAI)
    row = reopen(people, closed, town.east, until)
    with pytest.raises(Conflict, match="是开放的"):
        reopen(people, closed, town.east, until)
    clock(12, 12, 10)
    services.end_reopening(actor=people.director, reopening=row)
    services.end_reopening(actor=people.director, reopening=row)
    assert not closed.is_open_to(town.east.pk)
    assert closed.events.filter(verb="reopening_ended").count() == 1
    with pytest.raises(PermissionDenied):
        services.end_reopening(actor=people.office, reopening=row)


@pytest.mark.parametrize("until", [(12, 12, 9), (12, 12, 8), (12, 31, 23)])
def test_an_end_that_is_past_is_refused(people, town, closed, until):
    moment = dt.datetime(2026, *until, tzinfo=SHANGHAI)
    if moment > timezone.now():
        assert reopen(people, closed, town.east, moment)
        return
    with pytest.raises(ValidationError, match="应晚于现在"):
        reopen(people, closed, town.east, moment)


def test_an_open_week_and_a_received_report_need_no_opening(people, town, this_week, clock):
    until = dt.datetime(2026, 12, 20, tzinfo=SHANGHAI)
    with pytest.raises(Conflict, match="是开放的"):
        reopen(people, this_week, town.east, until)
    report = file(people, this_week, town.east)
    weekly.receive(actor=people.office, report=report, expected_version=report.version)
    clock(12, 12, 9)
    close_periods()
    with pytest.raises(Conflict, match="已经签收"):
        reopen(people, this_week, town.east, until)
    with pytest.raises(PermissionDenied):
        services.reopen(
            actor=people.office, owed=owed(this_week, town.west), until=until, reason="x"
        )


# Pages


def test_the_rule_is_settled_on_its_page(people, town, this_week, client_for):
    client = client_for(people.director)
    page = client.get("/reports/settings/")
    assert page.context["form"].initial["version"] == 0
    assert "周五 12:00 截止" in page.text
    given = {
        "from_week": "2026-11-28",
        "weekday": "3",
        "due_time": "16:30",
        "scope": "week",
        "grace_days": "7",
        "kinds": ["village", "police"],
        "version": "0",
    }
    answer = client.post("/reports/settings/", given, follow=True)
    assert "已保存，自2026年第48周起执行。" in answer.text
    rule = ReportingRule.objects.get()
    assert (rule.weekday, rule.due_time, rule.kinds) == (3, dt.time(16, 30), ["police", "village"])
    assert "没有改动。" in client.post("/reports/settings/", given, follow=True).text
    office = client_for(people.office)
    assert office.get("/reports/settings/").context["may_settle"] is False
    assert office.post("/reports/settings/", given).status_code == 403
    wrong = client.post("/reports/settings/", given | {"from_week": "2026-11-21"})
    assert wrong.context["form"].errors["from_week"]


def test_a_units_page_shows_its_weeks_and_leads_to_what_can_be_done(
    people, town, closed, client_for
):
    client = client_for(people.director)
    page = client.get("/reports/units/dong/")
    [shown] = page.context["weeks"]
    assert (shown["status"], shown["can_reopen"]) == ("缺报", True)
    url = f"/reports/weeks/{closed.pk}/dong/reopen/"
    assert url in page.text
    given = {"until": "2026-12-14T18:00", "reason": "停电"}
    assert "已保存。" in client.post(url, given, follow=True).text
    assert "是开放的" in client.post(url, given).text
    for url_of_unit in ("/reports/units/dong/", "/reports/mine/"):
        assert "开放补报至 12-14 18:00" in client_for(people.east).get(url_of_unit).text
    row = Reopening.objects.get()
    client.post(f"/reports/reopenings/{row.pk}/end/")
    assert "开放补报至 12-12 09:00（已关闭）" in client.get("/reports/units/dong/").text
    assert not closed.is_open_to(town.east.pk)
    assert client_for(people.east).get("/reports/units/xi/").status_code == 403


def test_exemption_and_duty_are_settled_on_their_pages(people, town, this_week, client_for):
    client = client_for(people.director)
    weeks = {"first_week": "2026-11-21", "last_week": "2026-11-28", "reason": "防汛"}
    assert "已保存。" in client.post("/reports/units/dong/exempt/", weeks, follow=True).text
    wrong = client.post("/reports/units/xi/exempt/", weeks | {"last_week": "2026-11-21"})
    assert wrong.status_code == 302
    wrong = client.post(
        "/reports/units/xi/exempt/",
        {"first_week": "2026-12-05", "last_week": "2026-11-28", "reason": "x"},
    )
    assert wrong.context["form"].errors["last_week"] == ["截止周不能早于起始周。"]
    row = Exemption.objects.get(unit=town.east)
    assert "免报" in client_for(people.east).get("/reports/units/dong/").text
    client.post(f"/reports/exemptions/{row.pk}/end/")
    assert not Exemption.objects.filter(unit=town.east).exists()
    given = {"from_week": "2026-11-28", "reports": "0", "reason": "并入西村"}
    client.post("/reports/units/dong/duty/", given)
    page = client.get("/reports/units/dong/")
    assert (page.context["reports"], page.context["reports_next"]) == (True, False)


def test_an_exempt_unit_is_shown_as_such_on_the_board(people, town, this_week, client_for):
    exempt(people, town.east)
    client = client_for(people.office)
    tiles = {t["label"]: t["value"] for t in client.get("/reports/").context["tiles"]}
    assert (tiles["应报单位"], tiles["未报"], tiles["免报"]) == (5, 5, 1)
    [row] = client.get("/reports/?status=exempt").context["rows"]
    assert (row["unit"], row["status"], row["lateness"]) == (town.east, "免报", "")


def test_an_exempt_unit_is_told_that_nothing_is_owed(people, town, this_week, client_for):
    exempt(people, town.east)
    page = client_for(people.east).get("/reports/mine/").text
    assert "本周免报，无须报送。理由：防汛" in page
    for words in ("经主要负责人签字报送", "填写本周周报", "btn-primary"):
        assert words not in page
    # It may report all the same.
    assert f"/reports/weeks/{this_week.pk}/dong/edit/" in page
    assert client_for(people.east).get("/").context["report_count"] == 0


def test_a_unit_learns_everywhere_that_its_week_is_open_again(people, town, closed, client_for):
    reopen(people, closed, town.east, dt.datetime(2026, 12, 14, 18, tzinfo=SHANGHAI))
    unit, edit = client_for(people.east), f"/reports/weeks/{closed.pk}/dong/edit/"
    home = unit.get("/").text
    assert "开放补报至 12-14 18:00" in home
    form = unit.get(edit).text
    assert "本期已经关闭，现对东村开放补报至 12月14日 18:00，到时自动关闭" in form
    assert "仍记为迟报" in form
    assert "理由：停电" in form
    weekly.save(
        actor=people.east,
        period=closed,
        unit=town.east,
        content=content_of(),
        expected_version=0,
    )
    report = town.east.weekly_reports.get()
    assert "开放补报至 12月14日 18:00" in unit.get(f"/reports/{report.pk}/").text
    file_open = client_for(people.police)
    assert "开放补报" not in file_open.get("/").text


def test_the_office_urges_a_unit_whose_week_is_open_again(people, town, closed, client_for):
    office, url = client_for(people.office), f"/reports/?period={closed.pk}"
    assert "催报全部" not in office.get(url).text
    reopen(people, closed, town.east, dt.datetime(2026, 12, 14, 18, tzinfo=SHANGHAI))
    page = office.get(url)
    assert [row["unit"] for row in page.context["rows"] if row["can_urge"]] == [town.east]
    assert "开放补报至 12-14 18:00" in page.text
    urge = f"/reports/weeks/{closed.pk}/urge/"
    assert "已催报 1 个单位。" in office.post(urge, follow=True).text
    assert "催报" not in client_for(people.town_leader).get(url).text


# The last day of a reopening


def reminded() -> set[str]:
    rows = Message.objects.filter(kind="weekly_reopened_eve")
    return set(rows.values_list("recipient__username", flat=True))


def test_the_day_before_a_week_closes_again_its_unit_is_reminded_once(
    people, town, closed, monkeypatch
):
    monkeypatch.setattr(messaging, "knock", lambda: None)
    until = dt.datetime(2026, 12, 16, 18, tzinfo=SHANGHAI)
    reopen(people, closed, town.east, until)
    day = dt.timedelta(days=1)
    remind_due(until - day - dt.timedelta(minutes=1))
    assert reminded() == set()
    remind_due(until - day)
    assert reminded() == {"liaison.dong", "leader.dong"}
    message = Message.objects.filter(kind="weekly_reopened_eve").first()
    assert message.title == "补报即将截止：东村"
    assert "12月16日 18:00" in message.body
    assert message.url == f"/reports/weeks/{closed.pk}/dong/edit/"
    assert remind_due(until - dt.timedelta(hours=1)) == 0


@pytest.mark.parametrize("done", ["signed", "ended", "over", "short"])
def test_nobody_is_reminded_of_what_is_filed_ended_over_or_has_just_been_said(
    people, town, closed, monkeypatch, done
):
    monkeypatch.setattr(messaging, "knock", lambda: None)
    until = dt.datetime(2026, 12, 12 if done == "short" else 14, 18, tzinfo=SHANGHAI)
    row = reopen(people, closed, town.east, until)
    if done == "signed":
        file(people, closed, town.east)
    elif done == "ended":
        services.end_reopening(actor=people.director, reopening=row)
    remind_due(until + dt.timedelta(hours=1 if done == "over" else -2))
    assert reminded() == set()


def test_pages_cost_few_queries(people, town, this_week, client_for, django_assert_max_num_queries):
    exempt(people, town.east)
    client = client_for(people.director)
    with django_assert_max_num_queries(22):
        client.get("/reports/settings/")
    with django_assert_max_num_queries(22):
        client.get("/reports/units/dong/")


@pytest.mark.django_db(transaction=True)
def test_two_exemptions_and_an_opening_at_once_fit_together(town, people, calendar_2026):
    first = week.starts_on(timezone.localdate())

    def spare():
        exempt(people, town.east, first, first)

    def opening():
        opened(town, first)

    assert wait(fork(spare), fork(opening), fork(spare)) == [0, 0, 0]
    period = ReportPeriod.objects.get()
    spared = ReportExpectation.objects.get(period=period, unit=town.east)
    assert spared.exemption == Exemption.objects.get()
    with connection.cursor() as cursor:
        cursor.execute("TRUNCATE reporting_periodevent, reporting_exemption CASCADE")

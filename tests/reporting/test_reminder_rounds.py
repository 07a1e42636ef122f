"""Rounds of reminders: when each begins, to whom, in whose words; and what stops them."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone

from audit.machine import Conflict
from audit.models import AuditEntry
from messaging import quiet
from messaging import services as messaging
from messaging.deliveries import services as deliveries
from messaging.models import Delivery, Message, QuietHours
from reporting.board import services as board
from reporting.periods.models import ReportPeriod
from reporting.periods.services import open_period
from reporting.reminders import rounds, services, texts
from reporting.reminders.models import ReminderRule
from reporting.reminders.rounds import Round
from reporting.weekly import services as weekly
from tests.forms import Form

UNITS_PEOPLE = 7
OFFICE = {"office", "director"}


@pytest.fixture(autouse=True)
def quiet_workers(monkeypatch):
    monkeypatch.setattr(messaging, "knock", lambda: None)


@pytest.fixture
def week(town, calendar_2026) -> ReportPeriod:
    """The week until Friday 13 November 2026, due at noon."""
    return open_period(jurisdiction=town.unit, day=dt.date(2026, 11, 11))[0]


@pytest.fixture
def holiday(town, calendar_2026) -> ReportPeriod:
    """The week before the National Day, which falls on its Thursday: due on the 30th."""
    return open_period(jurisdiction=town.unit, day=dt.date(2026, 9, 30))[0]


def at(text: str) -> dt.datetime:
    return timezone.make_aware(dt.datetime.fromisoformat(f"2026-{text}"))


@pytest.mark.parametrize(
    ("moment", "turn"),
    [
        ("11-12T15:59", ""),
        ("11-12T16:00", "eve"),
        ("11-13T08:59", "eve"),
        ("11-13T09:00", "friday"),
        ("11-13T11:59", "friday"),
        ("11-13T12:00", "cutoff"),
        ("11-13T16:00", "overdue"),
        ("11-15T12:00", "overdue"),
        ("11-16T09:00", "pressed"),
        ("11-18T09:00", "last"),
        ("11-26T23:00", "last"),
    ],
)
def test_the_round_that_is_on(week, moment, turn):
    assert rounds.on_at(at(moment)) == ({week.pk: turn} if turn else {})


def test_rounds_follow_a_moved_deadline_and_working_days(holiday):
    """Due on Wednesday; the holidays last until the 7th, and the 10th is worked."""
    assert timezone.localtime(holiday.due_at).date() == dt.date(2026, 9, 30)
    assert rounds.on_at(at("09-29T16:00")) == {holiday.pk: "eve"}
    assert rounds.on_at(at("10-07T23:00")) == {holiday.pk: "overdue"}
    assert rounds.on_at(at("10-08T09:00")) == {holiday.pk: "pressed"}
    assert rounds.on_at(at("10-10T09:00")) == {holiday.pk: "last"}


def told(turn: str, kind: str) -> set[str]:
    rows = Message.objects.filter(kind=kind, round=turn)
    return set(rows.values_list("recipient__username", flat=True))


def test_each_round_reaches_whom_it_is_for_once(people, week, draft):
    for moment in ("11-12T16:00", "11-13T09:00", "11-13T12:00", "11-13T16:00", "11-16T09:00"):
        services.remind_due(at(moment))
        assert services.remind_due(at(moment)) == 0
    services.remind_due(at("11-18T09:00"))
    for turn in Round.values:
        assert len(told(turn, "weekly_reminder")) == UNITS_PEOPLE, turn
    for turn in ("eve", "friday", "cutoff"):
        assert told(turn, "weekly_overdue") == set()
    assert told("overdue", "weekly_overdue") == told("pressed", "weekly_overdue") == OFFICE
    assert told("last", "weekly_overdue") == OFFICE | {"town"}


def test_the_office_gets_one_message_that_names_the_units(people, week):
    services.remind_due(at("11-13T16:00"))
    message = Message.objects.get(kind="weekly_overdue", recipient=people.office)
    assert message.title == "周报逾期：6 个单位未报"
    assert message.body == (
        f"{week.label}周报已过截止时间（11月13日 12:00），尚未签字报送的有："
        "派出所、纪委、民政办、国土所、东村、西村。请督促报送。"
    )
    assert message.url == f"/reports/?period={week.pk}"


def settle(director, town, *, hours=quiet.USUAL, versions=None, **rules):
    usual = rounds.usual()
    return services.settle(
        actor=director,
        town=town.unit.pk,
        rules={code: rounds.Rule(**vars(usual[code]) | given) for code, given in rules.items()},
        hours=hours,
        versions=versions or services.versions_of(town.unit.pk),
    )


def test_the_director_settles_times_and_words_and_the_next_round_follows(people, town, week):
    changed = settle(
        people.director,
        town,
        eve={"is_on": False},
        friday={"at": dt.time(10, 30), "title": "{单位}：请报周报", "body": "{周次}，{截止时间}止"},
    )
    assert changed == 2
    assert rounds.on_at(at("11-13T10:29")) == {}
    assert services.remind_due(at("11-13T10:30")) == UNITS_PEOPLE
    message = Message.objects.get(recipient=people.west)
    assert message.title == "西村：请报周报"
    assert message.body == f"{week.label}，11月13日 12:00止"
    assert set(
        AuditEntry.objects.filter(action="settings_changed").values_list("reason", flat=True)
    ) == {"改为：截止前 停用", "改为：截止当日 截止当日 10:30"}


def test_settling_the_same_again_changes_nothing(people, town):
    assert settle(people.director, town) == 0
    assert ReminderRule.objects.count() == QuietHours.objects.count() == 0


def test_only_the_director_of_the_town_settles(people, far_people, town):
    for account in (people.office, people.town_leader, people.sysadmin, far_people.director):
        with pytest.raises(PermissionDenied):
            settle(account, town, eve={"is_on": False})


def test_the_slower_of_two_directors_is_told(people, town):
    before = services.versions_of(town.unit.pk)
    settle(people.director, town, eve={"is_on": False})
    with pytest.raises(Conflict):
        settle(people.director, town, versions=before, eve={"day": 2})


@pytest.mark.parametrize(
    "text",
    [
        "{线索编号}有进展",
        "{单位",
        "线索 TOWN-2026-00012 请办理",
        "TOWN—2026—00012 请办理",
        "town 2026 00012 请办理",
        "第00012号请办理",
        "｛反映内容｝",
    ],
)
def test_a_text_names_no_lead(people, town, text):
    with pytest.raises(ValidationError):
        texts.check(text)
    with pytest.raises(ValidationError):
        settle(people.director, town, eve={"body": text})
    assert ReminderRule.objects.count() == 0


def test_who_signs_between_planning_and_sending_hears_nothing_by_mail(people, week, town):
    services.remind_due(at("11-13T09:00"))
    assert Delivery.objects.count() == UNITS_PEOPLE
    report = weekly.save(
        actor=people.east,
        period=week,
        unit=town.east,
        content=_zero(),
        expected_version=0,
    )
    weekly.sign(actor=people.east_leader, report=report, expected_version=report.version)
    deliveries.deliver_due(at("11-13T09:05"))
    gone = Delivery.objects.filter(message__recipient__in=[people.east, people.east_leader])
    assert set(gone.filter(message__kind="weekly_reminder").values_list("state", "last_error")) == {
        ("cancelled", "NotOwed")
    }
    reminders = [one for one in mail.outbox if "请按时报送" in one.subject]
    assert len(reminders) == UNITS_PEOPLE - 2


def test_a_round_that_has_passed_before_its_letters_left_is_let_go(people, week):
    services.remind_due(at("11-13T09:00"))
    assert deliveries.deliver_due(at("11-13T12:00")) == 0
    assert set(Delivery.objects.values_list("state", flat=True)) == {"cancelled"}
    assert mail.outbox == []


def signs(people, week, town):
    report = weekly.save(
        actor=people.east, period=week, unit=town.east, content=_zero(), expected_version=0
    )
    return weekly.sign(actor=people.east_leader, report=report, expected_version=report.version)


def urged():
    return sorted(one.to[0] for one in mail.outbox if "催报周报" in one.subject)


def test_who_has_signed_since_the_office_urged_hears_nothing_by_mail(people, week, town):
    board.urge(actor=people.office, period=week)
    report = signs(people, week, town)
    deliveries.deliver_due()
    assert len(urged()) == UNITS_PEOPLE - 2
    assert people.east.email not in urged()
    gone = Delivery.objects.filter(
        message__kind="weekly_urged", message__recipient__in=[people.east, people.east_leader]
    )
    assert [(one.state, one.last_error) for one in gone] == [("cancelled", "NotOwed")] * 2

    # It was returned: the unit owes its report again, and is urged again.
    weekly.give_back(
        actor=people.office, report=report, expected_version=report.version, note="补充"
    )
    later = timezone.now() + dt.timedelta(hours=5)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.timezone.now", lambda: later)
        assert board.urge(actor=people.office, period=week, code="dong") == 1
    deliveries.deliver_due(later)
    assert urged().count(people.east.email) == 1


def test_who_was_urged_twice_while_the_server_was_away_gets_one_letter(
    people, week, settings, town
):
    settings.PORTAL_URGE_HOURS = 0
    for _ in range(2):
        assert board.urge(actor=people.office, period=week, code="xi") == 1
    deliveries.deliver_due()
    assert urged() == [people.west.email]
    assert Message.objects.filter(kind="weekly_urged").count() == 2


def test_nobody_is_urged_by_mail_for_a_week_that_was_closed_meanwhile(people, week):
    board.urge(actor=people.office, period=week)
    ReportPeriod.objects.filter(pk=week.pk).update(closed_at=timezone.now())
    deliveries.deliver_due()
    assert urged() == []


# Quiet hours


NIGHT = (dt.time(21, 30), dt.time(7, 30))


@pytest.mark.parametrize(
    ("moment", "hours", "leaves"),
    [
        ("11-12T21:29", NIGHT, "11-12T21:29"),
        ("11-12T21:30", NIGHT, "11-13T07:30"),
        ("11-13T00:00", NIGHT, "11-13T07:30"),
        ("11-13T07:29", NIGHT, "11-13T07:30"),
        ("11-13T07:30", NIGHT, "11-13T07:30"),
        ("11-13T12:30", (dt.time(12), dt.time(14)), "11-13T14:00"),
        ("11-13T14:00", (dt.time(12), dt.time(14)), "11-13T14:00"),
        ("11-13T12:30", (dt.time(12), dt.time(12)), "11-13T12:30"),
    ],
)
def test_what_falls_into_quiet_hours_leaves_after_them(moment, hours, leaves):
    assert quiet.leaves_at(at(moment), *hours) == at(leaves)


def test_a_reminder_at_night_is_in_the_portal_at_once_and_leaves_in_the_morning(people, town, week):
    settle(people.director, town, hours=(dt.time(15), dt.time(8)))
    assert services.remind_due(at("11-12T16:00")) == UNITS_PEOPLE
    assert Message.objects.visible_to(people.east).unread().count() == 1
    assert set(Delivery.objects.values_list("next_attempt_at", "may_wait", "jurisdiction")) == {
        (at("11-13T08:00"), True, town.unit.pk)
    }
    assert deliveries.deliver_due(at("11-13T07:59")) == 0
    assert deliveries.deliver_due(at("11-13T08:00")) == UNITS_PEOPLE


def test_what_is_urgent_or_prompt_does_not_wait(people, make_lead, settings):
    night = timezone.localtime().replace(hour=23)
    assert quiet.held(night) != {}
    make_lead(is_major=True)
    kinds = set(Delivery.objects.values_list("message__kind", "may_wait"))
    assert kinds == {("major_lead", False), ("major_lead_coming", False)}


# The page


def test_the_page_is_filled_changed_and_shown_again(people, client_for, town):
    client = client_for(people.director)
    form = Form(client.get("/reports/reminders/").text)
    sent = {name: values[0] for name, values in form.values.items()}
    sent |= {"eve-at": "15:15", "quiet-begins": "22:00"}
    answer = client.post("/reports/reminders/", sent)
    assert (answer.status_code, answer.url) == (302, "/reports/reminders/")
    assert ReminderRule.objects.get(round="eve").at == dt.time(15, 15)
    assert quiet.hours_of(town.unit.pk) == (dt.time(22), dt.time(7, 30))
    again = client.get("/reports/reminders/").text
    assert 'value="15:15"' in again
    assert "截止前 1 天 15:15" in client_for(people.office).get("/reports/reminders/").text


def test_what_is_wrong_stands_at_its_field_and_the_rest_is_kept(people, client_for):
    client = client_for(people.director)
    form = Form(client.get("/reports/reminders/").text)
    sent = {name: values[0] for name, values in form.values.items()}
    sent |= {"friday-body": "{线索编号}", "eve-title": "明天截止"}
    answer = client.post("/reports/reminders/", sent)
    assert answer.status_code == 200
    assert "没有名为“线索编号”的占位符" in answer.text
    assert 'value="明天截止"' in answer.text
    assert ReminderRule.objects.count() == 0


def _zero():
    from tests.reporting.conftest import content_of

    return content_of(is_zero=True)

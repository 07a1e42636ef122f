"""The weekly bulletin: built, written into, approved, numbered, frozen, read."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import IntegrityError, InternalError, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from leads.models import Lead
from messaging.models import Message
from reporting.bulletins import services
from reporting.bulletins.models import WORDS, Bulletin, BulletinRead, BulletinSeries
from reporting.bulletins.querysets import latest_unread
from reporting.duties.models import Exemption, Reopening
from reporting.form_versions.services import form_of_week
from reporting.periods import week
from reporting.periods.models import ReportPeriod
from reporting.periods.services import open_period
from reporting.weekly import services as weekly
from reporting.weekly.models import WeeklyReport
from tests.processes import fork, wait

#: Words of a lead that nothing of a bulletin may hold.
CANARIES = ("金丝雀标题", "金丝雀内容", "金丝雀地点")
UNITS = ("police", "discipline", "civil", "east", "west")


@pytest.fixture
def due(period) -> ReportPeriod:
    """The week, past its deadline."""
    ReportPeriod.objects.filter(pk=period.pk).update(
        due_at=timezone.now() - dt.timedelta(minutes=1)
    )
    period.refresh_from_db()
    return period


@pytest.fixture
def made(due, people) -> Bulletin:
    return services.make(actor=people.office, period=due)[0]


def step(name, bulletin, actor, **more):
    bulletin.refresh_from_db()
    return getattr(services, name)(
        bulletin=bulletin, actor=actor, expected_version=bulletin.version, **more
    )


def issued(bulletin, people):
    step("submit", bulletin, people.office)
    return step("issue", bulletin, people.director)


def written(bulletin, **changes):
    """What the form sends: the draft as it is, but for `changes`."""
    lists = {
        name: [unit["id"] for unit in getattr(bulletin, name)] for name in ("praised", "named")
    }
    return {name: getattr(bulletin, name) for name in WORDS} | lists | changes


def names(units):
    return [unit["name"] for unit in units]


def spare(period, unit, people):
    """The unit is exempt in the week."""
    exemption = Exemption.objects.create(
        unit=unit,
        first_week=week.starts_on(period.starts_on),
        last_week=period.last_week,
        reason="受灾",
        given_by=people.director,
    )
    period.expectations.filter(unit=unit).update(exemption=exemption)


def test_it_tells_how_the_units_reported(due, town, people, last_period, signed):
    spare(due, town.west, people)
    ReportPeriod.objects.filter(pk=due.pk).update(due_at=timezone.now() + dt.timedelta(hours=1))
    signed(found=3)
    ReportPeriod.objects.filter(pk=due.pk).update(
        due_at=timezone.now() - dt.timedelta(microseconds=1)
    )
    due.refresh_from_db()
    last_period.expectations.exclude(unit=town.police).delete()
    made, is_new = services.make(actor=people.office, period=due)
    assert is_new
    assert names(made.filing["on_time"]) == [town.east.name]
    assert names(made.filing["exempt"]) == [town.west.name]
    assert made.praised == []
    missing = names(made.filing["missing"])
    assert missing
    assert names(made.named) == missing
    assert town.west.name not in missing
    figures = {row["code"]: (row["now"], row["before"]) for row in made.figures}
    assert figures["found"] == (3, None)
    assert figures["leads_registered"] == (0, 0)


@pytest.fixture
def weeks(town, due, people) -> list[ReportPeriod]:
    """The week and five before it, newest first."""
    found = [due]
    while len(found) < 6:
        day = found[-1].starts_on - dt.timedelta(days=1)
        found.append(open_period(jurisdiction=town.unit, day=day)[0])
    return found


def filed(unit, period, people, *, late=False):
    """The unit's report of the week, received, as if it had been filed then."""
    minute = dt.timedelta(minutes=1)
    filed_at = period.due_at + minute if late else period.due_at - minute
    WeeklyReport.objects.create(
        period=period,
        unit=unit,
        form_version=form_of_week(period.jurisdiction_id, period.starts_on).version,
        drafted_by=people.east,
        state="signed",
        signed_by=people.east_leader,
        signed_at=filed_at,
        filed_at=filed_at,
        signature="x",
    )


def praised(due, people):
    return names(services.make(actor=people.office, period=due)[0].praised)


def test_who_was_in_time_in_four_weeks_is_praised(weeks, town, people):
    for period in weeks[:4]:
        filed(town.east, period, people)
    for period in weeks[:3]:
        filed(town.west, period, people)
    assert praised(weeks[0], people) == ["东村"]


def test_in_the_first_weeks_of_a_town_nobody_is_praised(due, last_period, town, people):
    for period in (due, last_period):
        filed(town.east, period, people)
    assert praised(due, people) == []


def test_weeks_in_which_a_unit_was_exempt_are_looked_past(weeks, town, people):
    for place in (0, 2, 4):
        filed(town.east, weeks[place], people)
        filed(town.west, weeks[place], people)
    for place in (1, 3):
        spare(weeks[place], town.east, people)
        spare(weeks[place], town.west, people)
    filed(town.east, weeks[5], people)
    filed(town.west, weeks[5], people, late=True)
    assert praised(weeks[0], people) == ["东村"]


def test_a_unit_that_was_late_once_in_four_weeks_is_not_praised_and_before_them_is(
    weeks, town, people
):
    for place in range(5):
        filed(town.east, weeks[place], people, late=place == 4)
        filed(town.west, weeks[place], people, late=place == 3)
    assert praised(weeks[0], people) == ["东村"]


def test_late_units_are_named_and_not_praised(due, town, people, signed):
    signed()
    made, _ = services.make(actor=people.office, period=due)
    assert names(made.filing["late"]) == [town.east.name]
    assert town.east.name in names(made.named)
    assert made.praised == []


def test_before_the_deadline_nobody_is_named(period, people):
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now() + dt.timedelta(hours=1))
    period.refresh_from_db()
    made, _ = services.make(actor=people.office, period=period)
    assert made.is_early
    assert made.filing["missing"]
    assert made.named == []
    with pytest.raises(ValidationError, match="截止后请重新取数"):
        step("submit", made, people.office)

    # Once the time is over they are told of; the draft is written anew.
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now())
    again = step("refresh", Bulletin.objects.get(pk=made.pk), people.office)
    assert step("submit", again, people.office).state == "submitted"


def test_a_draft_that_was_submitted_is_not_issued_before_a_later_deadline(made, people):
    sent = step("submit", made, people.office)
    ReportPeriod.objects.filter(pk=made.period_id).update(
        due_at=timezone.now() + dt.timedelta(days=1)
    )
    with pytest.raises(ValidationError, match="截止后请重新取数"):
        step("issue", Bulletin.objects.get(pk=sent.pk), people.director)


def test_where_all_have_reported_nobody_waits_for_the_deadline(period, town, people, signed):
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now() + dt.timedelta(hours=1))
    signed()
    period.expectations.exclude(unit=town.east).delete()
    period.refresh_from_db()
    made, _ = services.make(actor=people.office, period=period)
    assert step("submit", made, people.office).state == "submitted"


def test_an_exempt_unit_that_reported_late_is_not_named(due, town, people, signed):
    spare(due, town.east, people)
    signed()
    made, _ = services.make(actor=people.office, period=due)
    assert names(made.filing["late"]) == [town.east.name]
    assert town.east.name not in names(made.named)


def test_a_second_click_finds_the_first_bulletin(made, due, people):
    again, is_new = services.make(actor=people.director, period=due)
    assert (again.pk, is_new) == (made.pk, False)


def test_last_weeks_number_of_open_leads_is_what_was_told_then(due, last_period, people, make_lead):
    make_lead()
    told = issued(services.make(actor=people.office, period=last_period)[0], people)
    make_lead()
    made, _ = services.make(actor=people.office, period=due)
    figures = {row["code"]: (row["now"], row["before"]) for row in made.figures}
    assert told.is_issued
    assert figures["leads_open"] == (2, 1)
    assert figures["leads_registered"] == (2, 0)


def test_major_leads_are_told_in_counts_alone(due, town, people, make_assigned):
    lead = make_assigned(
        is_major=True, title=CANARIES[0], allegation=CANARIES[1], place_detail=CANARIES[2]
    )
    made, _ = services.make(actor=people.office, period=due)
    assert made.progress == "本周新登记重大线索1件，办结0件。\n目前在办重大线索1件：已转办1件。"
    said = str({name: getattr(made, name) for name in (*WORDS, "figures")})
    for word in (*CANARIES, lead.number, town.east.name, town.police.name):
        assert word not in said


@pytest.mark.parametrize("kept", ["limited", "conflict"])
def test_leads_that_are_kept_from_somebody_are_in_no_count(due, people, make_lead, kept):
    lead = make_lead(is_major=True)
    if kept == "limited":
        Lead.objects.filter(pk=lead.pk).update(secrecy="limited")
    else:
        lead.conflicts.create(account=people.custodian, why="recused", reason="亲属")
    made, _ = services.make(actor=people.office, period=due)
    assert made.progress == "本周新登记重大线索0件，办结0件。\n目前没有在办的重大线索。"
    assert [row["now"] for row in made.figures if row["code"].startswith("leads_")] == [0] * 5


@pytest.mark.parametrize("who", ["police", "police_leader", "town_leader", "custodian", "auditor"])
def test_only_the_office_prepares(made, due, people, who):
    actor = getattr(people, who)
    with pytest.raises(PermissionDenied):
        services.make(actor=actor, period=due)
    for name in ("refresh", "submit"):
        with pytest.raises(PermissionDenied):
            step(name, made, actor)
    with pytest.raises(PermissionDenied):
        step("edit", made, actor, **written(made, title="改"))


def test_another_towns_office_prepares_nothing(made, due, far_people):
    with pytest.raises(PermissionDenied):
        services.make(actor=far_people.director, period=due)
    with pytest.raises(PermissionDenied):
        step("submit", made, far_people.director)
    assert not Bulletin.objects.visible_to(far_people.director).exists()


def test_only_the_director_approves(made, people):
    step("submit", made, people.office)
    with pytest.raises(PermissionDenied):
        step("issue", made, people.office)
    with pytest.raises(PermissionDenied):
        step("give_back", made, people.office, note="改")


def test_it_goes_back_with_a_reason_and_can_be_written_again(made, people):
    step("submit", made, people.office)
    assert Message.objects.get(kind="bulletin_submitted").recipient == people.director
    with pytest.raises(Conflict):
        step("edit", made, people.office, **written(made, title="改"))
    with pytest.raises(ValidationError):
        step("give_back", made, people.director, note=" ")
    back = step("give_back", made, people.director, note="总体情况写短些")
    assert back.state == "draft"
    assert "总体情况写短些" not in Message.objects.get(kind="bulletin_returned").body
    assert step("edit", made, people.office, **written(made, title="改")).title == "改"


def test_the_office_takes_it_back_before_approval(made, people):
    step("submit", made, people.office)
    assert step("withdraw", made, people.office).state == "draft"


def test_taking_the_figures_again_leaves_what_was_written(made, due, people, signed):
    step("edit", made, people.office, **written(made, situation="自己写的。"))
    signed(found=4)
    fresh = step("refresh", made, people.office)
    assert fresh.situation == "自己写的。"
    assert {row["code"]: row["now"] for row in fresh.figures}["found"] == 4
    assert len(fresh.filing["late"]) == 1
    assert fresh.edited == ["situation"]


def test_figures_taken_again_drop_an_exempt_unit_from_a_written_list(made, due, town, people):
    step("edit", made, people.office, **written(made, named=[town.west.pk, town.east.pk]))
    spare(due, town.west, people)
    fresh = step("refresh", made, people.office)
    assert names(fresh.named) == [town.east.name]


def test_figures_taken_again_drop_a_unit_that_was_in_time_from_those_named_by_hand(
    period, town, people, signed
):
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now() + dt.timedelta(hours=1))
    period.refresh_from_db()
    made, _ = services.make(actor=people.office, period=period)
    step("edit", made, people.office, **written(made, named=[town.east.pk, town.west.pk]))
    signed()
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now())
    fresh = step("refresh", made, people.office)
    assert names(fresh.filing["on_time"]) == ["东村"]
    assert names(fresh.named) == ["西村"]
    assert fresh.events.last().note == "点名单位去掉：东村"
    assert step("submit", fresh, people.office).state == "submitted"


def test_a_unit_named_by_hand_that_filed_late_stays_named(made, town, people, signed):
    step("edit", made, people.office, **written(made, named=[town.east.pk]))
    signed()
    fresh = step("refresh", made, people.office)
    assert names(fresh.named) == ["东村"]
    assert fresh.events.last().note == ""


def test_figures_taken_again_drop_a_unit_that_was_returned_from_those_praised_by_hand(
    period, town, people, signed
):
    report = signed()
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now())
    period.refresh_from_db()
    made, _ = services.make(actor=people.office, period=period)
    step("edit", made, people.office, **written(made, praised=[]))
    step("edit", made, people.office, **written(made, praised=[town.east.pk]))
    back = weekly.give_back(
        actor=people.office, report=report, expected_version=report.version, note="补充"
    )
    fresh = step("refresh", made, people.office)
    assert fresh.praised == []
    assert fresh.events.last().note == "表扬单位去掉：东村"
    step("edit", fresh, people.office, **written(fresh, named=[town.west.pk]))
    weekly.sign(actor=people.east_leader, report=back, expected_version=back.version)
    step("refresh", made, people.office)

    # Praised by hand although it was late: that was known, and stays.
    step("edit", made, people.office, **written(made, praised=[town.east.pk]))
    assert names(step("refresh", made, people.office).praised) == ["东村"]


def test_a_unit_praised_by_hand_that_was_late_in_the_end_is_dropped(period, town, people, signed):
    report = signed()
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now())
    period.refresh_from_db()
    made, _ = services.make(actor=people.office, period=period)
    step("edit", made, people.office, **written(made, praised=[], named=[town.west.pk]))
    step("edit", made, people.office, **written(made, praised=[town.east.pk]))
    back = weekly.give_back(
        actor=people.office, report=report, expected_version=report.version, note="补充"
    )
    weekly.sign(actor=people.east_leader, report=back, expected_version=back.version)
    assert step("refresh", made, people.office).praised == []


def test_a_unit_that_filed_since_keeps_a_draft_from_being_submitted(made, people, town, signed):
    signed()
    assert town.east.name in names(made.named)
    refused = "有 1 个单位的报送情况有变化：东村由“未报”变为“迟报”。请重新取数后再报请审批"
    with pytest.raises(ValidationError, match=refused):
        step("submit", made, people.office)
    fresh = step("refresh", made, people.office)
    assert step("submit", fresh, people.office).state == "submitted"


def test_a_unit_that_filed_since_keeps_a_submitted_bulletin_from_being_issued(made, people, signed):
    step("submit", made, people.office)
    signed()
    with pytest.raises(ValidationError, match="请先撤回修改或退回修改，重新取数后再报请审批"):
        step("issue", made, people.director)
    assert not BulletinSeries.objects.exists()
    # The director is of the office too: takes it back, has it taken anew, and issues it.
    step("withdraw", made, people.director)
    step("refresh", made, people.director)
    step("submit", made, people.director)
    told = step("issue", made, people.director)
    assert names(told.filing["late"]) == ["东村"]


def test_a_report_that_was_returned_since_counts_like_one_that_was_filed(due, people, town, signed):
    report = signed()
    made, _ = services.make(actor=people.office, period=due)
    weekly.give_back(
        actor=people.office, report=report, expected_version=report.version, note="补充"
    )
    with pytest.raises(ValidationError, match="东村由“迟报”变为“退回后未重报”"):
        step("submit", made, people.office)


def test_a_late_report_of_a_week_that_was_closed_counts_too(made, people, town, draft):
    report = draft()
    ReportPeriod.objects.filter(pk=made.period_id).update(closed_at=timezone.now())
    step("submit", made, people.office)
    Reopening.objects.create(
        period_id=made.period_id,
        unit=town.east,
        until=timezone.now() + dt.timedelta(hours=1),
        reason="断网",
        opened_by=people.director,
    )
    report.period.refresh_from_db()
    weekly.sign(actor=people.east_leader, report=report, expected_version=report.version)
    with pytest.raises(ValidationError, match="东村由“未报”变为“迟报”"):
        step("issue", made, people.director)


def test_a_draft_that_somebody_began_changes_nothing(made, people, draft):
    draft()
    step("submit", made, people.office)
    assert step("issue", made, people.director).is_issued


def test_of_many_units_that_changed_a_few_are_named(made, people, town, due):
    for unit in (town.police, town.discipline, town.civil, town.east):
        spare(due, unit, people)
    with pytest.raises(ValidationError, match=r"有 4 个单位.*民政办由“未报”变为“免报”等。"):
        step("submit", made, people.office)


def test_who_may_not_submit_is_not_told_what_changed(made, people, signed):
    signed()
    with pytest.raises(PermissionDenied):
        step("submit", made, people.police)


def test_a_stale_page_overwrites_nothing(made, people):
    step("edit", made, people.office, **written(made, title="甲"))
    with pytest.raises(Conflict):
        services.edit(
            bulletin=made, actor=people.director, expected_version=1, **written(made, title="乙")
        )
    made.refresh_from_db()
    assert made.title == "甲"


def test_lists_hold_units_of_the_week_once_and_none_that_is_exempt(made, due, town, people):
    spare(due, town.west, people)
    for wrong in (
        {"named": [town.west.pk]},
        {"named": [town.east.pk], "praised": [town.east.pk]},
        {"named": [10**9]},
    ):
        with pytest.raises(ValidationError):
            step("edit", made, people.office, **written(made, **{"named": []} | wrong))


def test_an_exemption_after_the_list_keeps_it_from_being_issued(made, due, town, people):
    assert town.west.name in names(made.named)
    step("submit", made, people.office)
    spare(due, town.west, people)
    with pytest.raises(ValidationError, match="西村由“未报”变为“免报”"):
        step("issue", made, people.director)


def test_a_late_unit_that_was_exempted_after_the_list_is_not_issued_as_named(
    due, town, people, signed
):
    signed()
    made, _ = services.make(actor=people.office, period=due)
    step("submit", made, people.office)
    spare(due, town.east, people)
    with pytest.raises(ValidationError, match="免报单位不点名"):
        step("issue", made, people.director)


@pytest.mark.parametrize("name", WORDS)
def test_a_leads_number_is_refused_in_words(made, people, make_lead, name):
    number = make_lead().number
    spelt = (number, number.replace("-", "－"), number.replace("-", "", 1), "第00113号")
    for said in (*spelt, number.replace("-", "—"), number.lower().replace("-", " ")):
        with pytest.raises(ValidationError, match="线索编号"):
            step("edit", made, people.office, **written(made, **{name: f"见{said}。"}))


def test_numbers_have_no_gaps_and_begin_with_the_year(due, last_period, people, other_town):
    first = issued(services.make(actor=people.office, period=due)[0], people)
    assert first.number == f"〔{timezone.localdate().year}〕第1期"
    second = services.make(actor=people.office, period=last_period)[0]
    step("submit", second, people.office)
    with pytest.raises(Conflict):
        services.issue(bulletin=second, actor=people.director, expected_version=1)
    assert BulletinSeries.objects.get().last == 1
    assert step("issue", second, people.director).serial == 2


def test_units_are_told_of_what_is_issued(made, people, far_people):
    assert not Bulletin.objects.visible_to(people.police).exists()
    told = issued(made, people)
    assert told.hash_holds
    recipients = set(
        Message.objects.filter(kind="bulletin_issued").values_list("recipient", flat=1)
    )
    acting = [people.police, people.police_leader, people.discipline, people.civil]
    acting += [people.east, people.east_leader, people.west]
    assert recipients == {person.pk for person in acting}
    for person in (people.west, people.town_leader):
        assert Bulletin.objects.visible_to(person).get() == told
    for person in (people.custodian, people.auditor, far_people.police, far_people.office):
        assert not Bulletin.objects.visible_to(person).exists()


@pytest.mark.parametrize(
    "change",
    [
        "title = '改'",
        "figures = '[]'",
        "named = '[]'",
        "version = version + 1",
        "content_hash = 'x'",
        "state = 'draft'",
    ],
)
def test_what_is_issued_stays(made, people, change):
    told = issued(made, people)
    with (
        pytest.raises(InternalError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE reporting_bulletin SET {change} WHERE id = %s", [told.pk])
    with pytest.raises((InternalError, IntegrityError)), transaction.atomic():
        told.delete()
    for name in ("edit", "refresh", "submit", "withdraw", "give_back", "issue"):
        more = {"edit": written(told, title="改"), "give_back": {"note": "改"}}.get(name, {})
        with pytest.raises(Conflict):
            step(name, told, people.director, **more)


def test_what_waits_for_approval_stays_as_it_was_submitted(made, people):
    step("submit", made, people.office)
    with pytest.raises(InternalError), transaction.atomic():
        Bulletin.objects.filter(pk=made.pk).update(situation="另一回事")


def test_a_units_first_reader_is_its_receipt(made, people, town):
    services.mark_read(bulletin=made, actor=people.east)
    assert not BulletinRead.objects.exists()
    told = issued(made, people)
    assert latest_unread(people.east) == told
    for person in (people.east, people.east_leader, people.office, people.town_leader):
        services.mark_read(bulletin=told, actor=person)
    receipt = BulletinRead.objects.get()
    assert (receipt.unit, receipt.reader) == (town.east, people.east)
    assert latest_unread(people.east_leader) is None
    assert latest_unread(people.west) == told


def test_only_units_that_have_not_read_are_reminded_and_not_too_often(
    made, people, town, monkeypatch
):
    told = issued(made, people)
    services.mark_read(bulletin=told, actor=people.east)
    with pytest.raises(PermissionDenied):
        services.remind(bulletin=told, actor=people.police)
    assert services.remind(bulletin=told, actor=people.office) == len(UNITS) - 1
    reminded = Message.objects.filter(kind="bulletin_unread")
    assert people.east_leader.pk not in reminded.values_list("recipient", flat=True)
    assert people.west.pk in reminded.values_list("recipient", flat=True)
    with pytest.raises(Conflict, match="小时内"):
        services.remind(bulletin=told, actor=people.director)
    later = timezone.now() + dt.timedelta(hours=5)
    monkeypatch.setattr("django.utils.timezone.now", lambda: later)
    for person in (people.police, people.discipline, people.civil, people.west):
        services.mark_read(bulletin=told, actor=person)
    with pytest.raises(Conflict, match="都已阅读"):
        services.remind(bulletin=told, actor=people.office)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_issue_at_once_one_does(made, people):
    step("submit", made, people.office)
    made.refresh_from_db()

    def issuing():
        services.issue(bulletin=made, actor=people.director, expected_version=made.version)

    codes = wait(fork(issuing), fork(issuing))
    assert sorted(codes) == [0, 1]
    told = Bulletin.objects.get()
    assert (told.serial, BulletinSeries.objects.get().last) == (1, 1)
    assert told.events.filter(verb="issue").count() == 1

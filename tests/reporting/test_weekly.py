"""The weekly report: its way from draft to receipt, and who may take which step."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, IntegrityError, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from messaging.models import Message
from reporting.form_versions.default import DEFAULT
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly import form as definition
from reporting.weekly import services
from reporting.weekly.form import Content
from reporting.weekly.models import WeeklyReport, WeeklyReportEvent
from tests.processes import fork, wait
from tests.reporting.conftest import content_of


def steps(report: WeeklyReport) -> list[tuple[str, str, str, str]]:
    return list(report.events.values_list("verb", "from_state", "to_state", "actor_name"))


def test_a_week_from_draft_to_receipt(town, people, period, django_capture_on_commit_callbacks):
    report = services.save(
        actor=people.east,
        period=period,
        unit=town.east,
        content=content_of(found=2, events=1),
        expected_version=0,
    )
    assert (report.state, report.version) == ("draft", 1)
    report = services.submit(actor=people.east, report=report, expected_version=1)
    report = services.sign(actor=people.east_leader, report=report, expected_version=2)
    report = services.receive(actor=people.office, report=report, expected_version=3)
    report.refresh_from_db()
    assert (report.state, report.version) == ("received", 4)
    assert report.figures["found"] == 2
    assert report.figures["people"] == 0
    assert (report.drafted_by, report.signed_by, report.received_by) == (
        people.east,
        people.east_leader,
        people.office,
    )
    assert steps(report) == [
        ("start", "", "draft", "liaison.dong"),
        ("submit", "draft", "awaiting_signature", "liaison.dong"),
        ("sign", "awaiting_signature", "signed", "leader.dong"),
        ("receive", "signed", "received", "办公室甲"),
    ]
    assert report.events.get(verb="sign").unit_name == "东村"


def test_submitting_tells_the_leader_and_returning_tells_both(people, draft):
    report = draft()
    report = services.submit(actor=people.east, report=report, expected_version=1)
    told = Message.objects.values_list("kind", "recipient__username")
    assert list(told) == [("weekly_awaiting_signature", "leader.dong")]
    report = services.sign(actor=people.east_leader, report=report, expected_version=2)
    services.give_back(
        actor=people.office, report=report, expected_version=3, note="请补充宣传情况"
    )
    told = Message.objects.filter(kind="weekly_returned").order_by("recipient__username")
    assert [m.recipient.username for m in told] == ["leader.dong", "liaison.dong"]
    # Words that people type leave the portal by no mail.
    assert all("请补充宣传情况" not in message.body for message in told)


def test_the_signature_binds_content_signer_and_time(people, signed):
    report = WeeklyReport.objects.get(pk=signed(found=2).pk)
    assert len(report.signature) == 64
    assert report.signature_holds
    assert report.events.get(verb="sign").signature == report.signature
    for name, value in [
        ("figures", {**report.figures, "found": 3}),
        ("texts", {**report.texts, "progress": "另一段话"}),
        ("is_zero", True),
        ("signed_by", people.west),
        ("signed_at", report.signed_at + dt.timedelta(microseconds=1)),
        ("form_version", 2),
    ]:
        changed = WeeklyReport.objects.get(pk=report.pk)
        setattr(changed, name, value)
        assert not changed.signature_holds, name


def test_a_leader_may_sign_a_draft_at_once(town, people, period):
    report = services.save_and_sign(
        actor=people.east_leader,
        period=period,
        unit=town.east,
        content=content_of(),
        expected_version=0,
    )
    assert report.state == "signed"
    assert [step[0] for step in steps(report)] == ["start", "sign"]


def test_a_leader_may_mend_and_sign_what_waits(town, people, period, draft):
    report = services.submit(actor=people.east, report=draft(found=1), expected_version=1)
    with pytest.raises(Conflict, match="待签"):
        services.save(
            actor=people.east,
            period=period,
            unit=town.east,
            content=content_of(found=5),
            expected_version=report.version,
        )
    report = services.save_and_sign(
        actor=people.east_leader,
        period=period,
        unit=town.east,
        content=content_of(found=2),
        expected_version=report.version,
    )
    assert (report.state, report.figures["found"]) == ("signed", 2)
    assert report.signature_holds
    assert [step[0] for step in steps(report)] == ["start", "submit", "edit", "sign"]


def test_withdrawn_before_the_next_step_only(people, draft):
    report = services.submit(actor=people.east, report=draft(), expected_version=1)
    report = services.withdraw(actor=people.east, report=report, expected_version=2)
    assert report.state == "draft"
    report = services.sign(actor=people.east_leader, report=report, expected_version=3)
    with pytest.raises(Conflict, match="已签待收"):
        services.withdraw(actor=people.east, report=report, expected_version=4)


def test_a_returned_report_is_mended_and_signed_again(town, people, period, signed):
    report = signed(found=1)
    old = report.signature
    report = services.give_back(
        actor=people.office, report=report, expected_version=report.version, note="数字不对"
    )
    assert (report.state, report.signature, report.signed_by, report.signed_at) == (
        "returned",
        "",
        None,
        None,
    )
    report = services.save_and_submit(
        actor=people.east,
        period=period,
        unit=town.east,
        content=content_of(found=3),
        expected_version=report.version,
    )
    report = services.sign(actor=people.east_leader, report=report, expected_version=report.version)
    assert report.signature not in ("", old)
    signatures = report.events.exclude(signature="").values_list("signature", flat=True)
    assert list(signatures) == [old, report.signature]
    assert report.events.get(verb="return").note == "数字不对"


@pytest.mark.parametrize("note", ["", "   ", "\n"])
def test_returning_needs_a_reason(people, signed, note):
    report = signed()
    with pytest.raises(ValidationError) as refused:
        services.give_back(
            actor=people.office, report=report, expected_version=report.version, note=note
        )
    assert refused.value.message_dict == {"note": ["退回必须填写说明。"]}
    report.refresh_from_db()
    assert report.state == "signed"
    assert Message.objects.filter(kind="weekly_returned").count() == 0


# Who may


@pytest.mark.parametrize(
    ("name", "allowed"),
    [
        ("east", True),
        ("east_leader", True),
        ("west", False),
        ("police", False),
        ("office", False),
        ("director", False),
        ("town_leader", False),
        ("sysadmin", False),
    ],
)
def test_who_may_write(town, people, period, name, allowed):
    def write() -> None:
        services.save(
            actor=getattr(people, name),
            period=period,
            unit=town.east,
            content=content_of(),
            expected_version=0,
        )

    if allowed:
        write()
    else:
        with pytest.raises(PermissionDenied):
            write()
    assert WeeklyReport.objects.count() == int(allowed)


@pytest.mark.parametrize("name", ["east", "west", "office", "director", "town_leader"])
def test_only_the_units_leader_signs(people, draft, name):
    report = services.submit(actor=people.east, report=draft(), expected_version=1)
    with pytest.raises(PermissionDenied):
        services.sign(actor=getattr(people, name), report=report, expected_version=2)
    report.refresh_from_db()
    assert (report.state, report.signature) == ("awaiting_signature", "")


@pytest.mark.parametrize("name", ["east", "east_leader", "west", "town_leader", "auditor"])
def test_only_the_office_receives_and_returns(people, signed, name):
    report = signed()
    actor = getattr(people, name)
    with pytest.raises(PermissionDenied):
        services.receive(actor=actor, report=report, expected_version=2)
    with pytest.raises(PermissionDenied):
        services.give_back(actor=actor, report=report, expected_version=2, note="x")


def test_another_towns_office_receives_nothing(people, far_people, signed):
    report = signed()
    with pytest.raises(PermissionDenied):
        services.receive(actor=far_people.office, report=report, expected_version=report.version)


def test_a_unit_that_owes_nothing_writes_nothing(town, people, period):
    ReportExpectation.objects.filter(period=period, unit=town.east).delete()
    with pytest.raises(PermissionDenied):
        services.save(
            actor=people.east,
            period=period,
            unit=town.east,
            content=content_of(),
            expected_version=0,
        )


def test_what_is_visible_to_whom(people, far_people, draft):
    report = draft()
    own = {people.east, people.east_leader}
    outside = {people.office, people.director, people.town_leader}
    strangers = {people.west, people.police, people.sysadmin, people.auditor, far_people.office}

    def seen_by(group: set) -> list[bool]:
        return [WeeklyReport.objects.visible_to(person).exists() for person in group]

    assert all(seen_by(own))
    assert not any(seen_by(outside | strangers))
    services.sign(actor=people.east_leader, report=report, expected_version=1)
    assert all(seen_by(own | outside))
    assert not any(seen_by(strangers))


# Two at once


def test_a_stale_version_is_told_and_loses_nothing(town, people, period, draft):
    report = draft(found=1)

    def save(found: int, version: int) -> WeeklyReport:
        return services.save(
            actor=people.east_leader,
            period=period,
            unit=town.east,
            content=content_of(found=found),
            expected_version=version,
        )

    assert save(2, 1).version == 2
    with pytest.raises(Conflict, match="刚刚在别处被修改过"):
        save(3, 1)
    with pytest.raises(Conflict, match="刚刚在别处被修改过"):
        save(3, 0)
    report.refresh_from_db()
    assert report.figures["found"] == 2


def test_a_second_click_changes_nothing(draft):
    first = draft(found=1)
    second = draft(found=1)
    assert (second.pk, second.version) == (first.pk, 1)
    assert WeeklyReportEvent.objects.count() == 1


def test_signing_what_has_changed_since_is_refused(town, people, period, draft):
    report = services.submit(actor=people.east, report=draft(found=1), expected_version=1)
    services.withdraw(actor=people.east, report=report, expected_version=2)
    with pytest.raises(Conflict):
        services.sign(actor=people.east_leader, report=report, expected_version=2)


@pytest.mark.django_db(transaction=True)
def test_starting_at_once_makes_one_report(town, people, period):
    def start(found: int) -> None:
        try:
            services.save(
                actor=people.east,
                period=period,
                unit=town.east,
                content=content_of(found=found),
                expected_version=0,
            )
        except Conflict:
            raise SystemExit(3) from None

    children = [fork(lambda n=n: start(n)) for n in range(5)]
    assert sorted(wait(*children)) == [0, 1, 1, 1, 1]
    report = WeeklyReport.objects.get()
    assert report.version == 1
    assert WeeklyReportEvent.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_receiving_and_returning_at_once_has_one_winner(people, signed):
    report = signed()

    def receive() -> None:
        services.receive(actor=people.office, report=report, expected_version=report.version)

    def give_back() -> None:
        services.give_back(
            actor=people.director, report=report, expected_version=report.version, note="补充"
        )

    children = [fork(receive), fork(give_back), fork(receive), fork(give_back)]
    assert sorted(wait(*children)) == [0, 1, 1, 1]
    assert report.events.filter(verb__in=["receive", "return"]).count() == 1


# Content


def test_a_draft_may_have_gaps_but_what_is_signed_may_not(town, people, period):
    gaps = Content({"found": 1}, {"progress": ""}, False)
    report = services.save(
        actor=people.east, period=period, unit=town.east, content=gaps, expected_version=0
    )
    with pytest.raises(ValidationError) as refused:
        services.submit(actor=people.east, report=report, expected_version=1)
    assert set(refused.value.message_dict) == (
        {figure.code for figure in DEFAULT.figures} - {"found"} | {"progress", "why_found"}
    )
    with pytest.raises(ValidationError):
        services.sign(actor=people.east_leader, report=report, expected_version=1)
    report.refresh_from_db()
    assert (report.state, report.version) == ("draft", 1)


@pytest.mark.parametrize("value", [-1, 1_000_000, "3", 2.5, True])
def test_figures_have_bounds(value):
    found = definition.problems(DEFAULT, content_of(found=value), complete=True, counted={})
    assert list(found) == ["found"]


def test_unknown_fields_are_refused():
    content = content_of()
    content.figures["score"] = 5
    found = definition.problems(DEFAULT, content, complete=True, counted={})
    assert list(found) == ["__all__"]


def test_a_zero_report_is_all_zero_and_signed(people, draft):
    report = draft(content_of(is_zero=True))
    report = services.sign(actor=people.east_leader, report=report, expected_version=1)
    assert (report.is_zero, report.state) == (True, "signed")
    assert set(report.figures.values()) == {0}


def test_a_zero_report_with_a_number_is_refused_also_by_sql(draft):
    with pytest.raises(ValidationError) as refused:
        draft(content_of(is_zero=True, found=1))
    assert refused.value.message_dict == {
        "is_zero": ["零报告的数字必须全部为 0，现在不为 0 的有：新摸排线索。"]
    }
    assert WeeklyReport.objects.count() == 0
    report = draft(content_of(found=1))
    with pytest.raises(IntegrityError), transaction.atomic():
        WeeklyReport.objects.filter(pk=report.pk).update(is_zero=True)


# What the database refuses


@pytest.mark.parametrize(
    "change",
    [
        "figures = '{}'",
        "texts = '{}'",
        "is_zero = true, figures = '{}'",
        "unit_id = unit_id + 1",
        "state = 'received', figures = '{\"found\": 9}'",
        "state = 'returned', signature = '', signed_at = NULL, signed_by_id = NULL, texts = '{}'",
    ],
)
def test_signed_content_does_not_change_by_sql(signed, as_owner, change):
    signed(found=1)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE reporting_weeklyreport SET {change}")


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("draft", "received"),
        ("draft", "returned"),
        ("signed", "draft"),
        ("signed", "awaiting_signature"),
    ],
)
def test_illegal_steps_are_refused_by_sql(draft, people, as_owner, source, target):
    report = draft()
    if source == "signed":
        services.sign(actor=people.east_leader, report=report, expected_version=1)
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE reporting_weeklyreport SET state = '{target}'")


def test_filed_without_a_signature_is_refused_by_sql(draft, as_owner):
    draft()
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE reporting_weeklyreport SET state = 'signed'")


@pytest.mark.parametrize("change", ["UPDATE {} SET note = 'x'", "DELETE FROM {}"])
def test_the_timeline_is_append_only(draft, as_owner, change):
    draft()
    with pytest.raises(Error), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change.format("reporting_weeklyreportevent"))


# Late and closed


def test_late_is_signed_after_the_deadline(signed):
    report = WeeklyReport.objects.select_related("period").get(pk=signed().pk)
    report.period.due_at = report.signed_at
    assert not report.is_late
    report.period.due_at = report.signed_at - dt.timedelta(microseconds=1)
    assert report.is_late


def test_a_late_report_is_taken_until_the_week_closes(town, people, period, draft):
    report = draft()
    ReportPeriod.objects.update(due_at=timezone.now() - dt.timedelta(days=3))
    report = services.submit(actor=people.east, report=report, expected_version=1)
    ReportPeriod.objects.update(closed_at=timezone.now())
    for refused in (
        lambda: services.sign(actor=people.east_leader, report=report, expected_version=2),
        lambda: services.save(
            actor=people.east_leader,
            period=period,
            unit=town.east,
            content=content_of(found=9),
            expected_version=2,
        ),
    ):
        with pytest.raises(Conflict, match="已经关闭"):
            refused()


def test_a_signed_report_can_still_be_received_after_closing_but_not_returned(people, signed):
    report = signed()
    ReportPeriod.objects.update(closed_at=timezone.now())
    with pytest.raises(Conflict, match="已经关闭"):
        services.give_back(actor=people.office, report=report, expected_version=2, note="x")
    assert services.receive(actor=people.office, report=report, expected_version=2).state == (
        "received"
    )

"""Corrections of received reports: a new version beside the old one, which stays."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import Error, connection, transaction
from django.utils import timezone

from audit.machine import Conflict
from messaging.models import Message
from reporting.attachments import services as attachments
from reporting.bulletins import services as bulletins
from reporting.bulletins.content import corrected_since
from reporting.corrections import differences, services
from reporting.corrections.models import CorrectionEvent, EarlierVersion, WeeklyCorrection
from reporting.form_versions.default import DEFAULT
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.weekly import services as weekly
from reporting.weekly.form import Content
from reporting.weekly.models import WeeklyReport
from reporting.weekly.sums import figures_of_week, sums
from tests.files.samples import stored
from tests.processes import fork, wait
from tests.reporting.conftest import content_of

WHY = "重复计了一件。"


def write(actor, report: WeeklyReport, how: str = "save", **changes) -> WeeklyCorrection:
    """The unit's correction, as its form sends it from a page that shows what stands now."""
    report = WeeklyReport.objects.get(pk=report.pk)
    there = report.corrections.open().filter(by_office=changes.get("by_office", False)).first()
    values = {
        "by_office": False,
        "content": content_of(found=1),
        "reason": WHY,
        "expected_version": there.version if there else 0,
        "seen": report.signature,
    }
    return getattr(services, how)(actor=actor, report=report, **values | changes)


def reduced(report: WeeklyReport, **figures: int) -> dict:
    return {
        "by_office": True,
        "content": replace(report.content, figures=report.figures | figures),
    }


def step(verb: str, actor, row: WeeklyCorrection, **more) -> WeeklyCorrection:
    row = WeeklyCorrection.objects.get(pk=row.pk)
    act = getattr(services, verb)
    return act(actor=actor, correction=row, expected_version=row.version, **more)


def total(period: ReportPeriod, code: str = "found") -> int:
    filed = WeeklyReport.objects.filed().filter(period=period).values_list("figures", flat=True)
    return next(s.total for s in sums(figures_of_week(period), filed) if s.figure.code == code)


def told(kind: str) -> list[str]:
    rows = Message.objects.filter(kind=kind).order_by("recipient__username")
    return list(rows.values_list("recipient__username", flat=True))


def test_a_correction_counts_from_its_receipt_and_the_old_version_stays(people, period, received):
    report = received(found=3, events=2)
    old = report.signature
    row = write(people.east, report, content=content_of(found=1, events=2))
    assert (row.state, row.version, row.corrects) == ("draft", 1, old)
    row = step("submit", people.east, row)
    assert told("correction_awaiting_signature") == ["leader.dong"]
    row = step("sign", people.east_leader, row)
    assert told("correction_signed") == ["director", "office"]
    assert row.signature_holds
    # Until the office has received it, everything says what was received.
    report.refresh_from_db()
    assert (report.figures["found"], report.signature, total(period)) == (3, old, 3)

    row = step("receive", people.office, row)
    assert row.state == "received"
    assert told("correction_in_effect") == ["leader.dong", "liaison.dong"]
    now = WeeklyReport.objects.get(pk=report.pk)
    assert (now.figures["found"], now.figures["events"], total(period)) == (1, 2, 1)
    assert (now.state, now.signature, now.reason) == ("received", row.signature, WHY)
    assert now.signature_holds
    assert now.signature != old
    earlier = EarlierVersion.objects.get()
    assert (earlier.figures["found"], earlier.signature) == (3, old)
    assert (earlier.signed_by, earlier.received_by) == (people.east_leader, people.office)
    assert earlier.signature_holds
    assert row.replaced == earlier
    assert list(row.events.values_list("verb", "actor_name", "note")) == [
        ("start", "liaison.dong", ""),
        ("submit", "liaison.dong", ""),
        ("sign", "leader.dong", ""),
        ("receive", "办公室甲", ""),
    ]
    last = now.events.last()
    assert (last.verb, last.note, last.signature) == ("correct", f"更正：{WHY}", row.signature)


def test_the_signature_binds_what_is_corrected_and_why(people, received):
    report = received(found=3)
    row = write(people.east_leader, report, "save_and_sign")
    assert row.signature_holds
    for name, value in (
        ("reason", "另一个理由"),
        ("corrects", "0" * 64),
        ("figures", report.figures),
        ("signed_by", people.east),
    ):
        changed = WeeklyCorrection.objects.get(pk=row.pk)
        setattr(changed, name, value)
        assert not changed.signature_holds, name


def test_what_was_attached_stays_signed_with_every_version(people, draft, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    report = draft(found=3)
    attachments.attach(actor=people.east, report=report, uploads=[stored(people.east)])
    report.refresh_from_db()
    report = weekly.sign(actor=people.east_leader, report=report, expected_version=report.version)
    report = weekly.receive(actor=people.office, report=report, expected_version=report.version)
    row = write(people.east_leader, report, "save_and_sign")
    row = step("receive", people.office, row)
    for version in (row, row.replaced, WeeklyReport.objects.get(pk=report.pk)):
        assert b'"attachments":["' in version.signed_content()
        assert version.signature_holds


@pytest.mark.parametrize("late", [False, True])
def test_a_correction_moves_neither_lateness_nor_the_hour_of_filing(people, received, late):
    report = received(found=3)
    filed_at = report.filed_at
    # Corrected after the deadline, in a week that has been closed.
    due_at = filed_at + dt.timedelta(microseconds=-1 if late else 1)
    ReportPeriod.objects.update(due_at=due_at, closed_at=timezone.now())
    row = write(people.east_leader, report, "save_and_sign")
    step("receive", people.office, row)
    now = WeeklyReport.objects.select_related("period").get(pk=report.pk)
    assert now.figures["found"] == 1
    assert (now.is_late, now.filed_at) == (late, filed_at)
    owed = ReportExpectation.objects.with_status().get(unit=report.unit)
    assert (owed.status, owed.filed_late) == ("received", late)


def test_the_office_takes_off_numbers_by_its_directors_signature_and_the_unit_is_told(
    people, period, received, client_for
):
    report = received(found=3, events=2)
    row = write(people.office, report, reason="两件不符合认定要件。", **reduced(report, found=1))
    assert row.kind_label == "核减"
    row = step("submit", people.office, row)
    assert told("correction_awaiting_signature") == ["director"]
    for actor in (people.office, people.east_leader):
        with pytest.raises(PermissionDenied):
            step("sign", actor, row)
    assert total(period) == 3
    row = step("sign", people.director, row)
    assert (row.state, row.signed_by, row.received_by) == (
        "received",
        people.director,
        people.director,
    )
    assert told("correction_in_effect") == ["leader.dong", "liaison.dong"]
    note = Message.objects.filter(kind="correction_in_effect").first()
    assert "两件不符合认定要件" not in note.body, "it also leaves by mail"
    assert "两件不符合认定要件" in client_for(people.east).get(note.url).text
    now = WeeklyReport.objects.get(pk=report.pk)
    assert (now.figures["found"], now.figures["events"], total(period)) == (1, 2, 1)
    assert now.signed_by == people.director
    assert now.signature_holds
    # A unit that sees it otherwise corrects in its turn.
    again = write(people.east_leader, now, "save_and_sign", content=content_of(found=2, events=2))
    step("receive", people.director, again)
    assert total(period) == 2
    assert list(EarlierVersion.objects.values_list("figures__found", flat=True)) == [3, 1]
    assert all(version.signature_holds for version in EarlierVersion.objects.all())
    assert again.corrects == now.signature


def test_the_office_neither_adds_nor_rewrites(people, received):
    report = received(found=3)
    for content, field in (
        (replace(report.content, figures=report.figures | {"found": 4}), "found"),
        (replace(report.content, texts=report.texts | {"progress": "另一段"}), "__all__"),
        (replace(report.content, figures={"found": 1}), "__all__"),
        (replace(report.content, remarks={}, figures=report.figures | {"found": 1}), "__all__"),
    ):
        with pytest.raises(ValidationError) as refused:
            write(people.office, report, by_office=True, content=content)
        assert field in refused.value.message_dict
    assert not WeeklyCorrection.objects.exists()


def test_what_a_correction_must_be(people, signed):
    report = signed(found=3)
    with pytest.raises(Conflict, match="已签收的周报"):
        write(people.east, report)
    report = weekly.receive(actor=people.office, report=report, expected_version=2)
    for changes, field in (
        ({"reason": "  "}, "reason"),
        ({"reason": "长" * 1001}, "reason"),
        ({"content": report.content}, "__all__"),
        ({"content": Content({"found": 1}, {}, False)}, "progress"),
        ({"content": content_of(is_zero=True, found=1)}, "is_zero"),
    ):
        with pytest.raises(ValidationError) as refused:
            write(people.east_leader, report, "save_and_sign", **changes)
        assert field in refused.value.message_dict, changes
    assert not WeeklyCorrection.objects.exists()
    # A draft may have gaps, but not be without its reason.
    row = write(people.east, report, content=Content({"found": 1}, {}, False))
    with pytest.raises(ValidationError):
        step("submit", people.east, row)


def test_return_and_dropping_leave_the_report_as_it_was(people, period, received):
    report = received(found=3)
    row = write(people.east_leader, report, "save_and_sign")
    with pytest.raises(ValidationError):
        step("give_back", people.office, row, note=" ")
    row = step("give_back", people.office, row, note="请附依据。")
    assert (row.state, row.signature, row.signed_by) == ("returned", "", None)
    assert told("correction_returned") == ["leader.dong", "liaison.dong"]
    # Mended, it goes the same way again; or it is dropped, and another can be begun.
    row = write(people.east, report, content=content_of(found=2), reason="附依据。")
    assert (row.state, row.reason) == ("returned", "附依据。")
    row = step("submit", people.east, row)
    row = step("withdraw", people.east, row)
    row = step("drop", people.east, row)
    assert total(period) == 3
    assert WeeklyReport.objects.get().signature == report.signature
    assert write(people.east, report).pk != row.pk


def test_who_may(people, far_people, received):
    report = received(found=3)
    for name in ("west", "police_leader", "town_leader", "sysadmin", "auditor"):
        for by_office in (False, True):
            with pytest.raises(PermissionDenied):
                write(getattr(people, name), report, by_office=by_office)
    for actor, by_office in ((people.east, True), (people.director, False), (far_people.office, 1)):
        with pytest.raises(PermissionDenied):
            write(actor, report, by_office=bool(by_office))
    row = step("submit", people.east, write(people.east, report))
    for actor in (people.east, people.office, people.director, people.west):
        with pytest.raises(PermissionDenied):
            step("sign", actor, row)
    row = step("sign", people.east_leader, row)
    for actor in (people.east_leader, people.town_leader, far_people.office, people.west):
        with pytest.raises(PermissionDenied):
            step("receive", actor, row)
        with pytest.raises(PermissionDenied):
            step("give_back", actor, row, note="x")


def test_what_is_visible_to_whom(people, far_people, received):
    report = received(found=3)
    ours, theirs = (
        write(people.east, report),
        write(people.office, report, **reduced(report, found=2)),
    )
    strangers = (people.west, people.police, people.sysadmin, people.auditor, far_people.office)

    def seen(account) -> set[int]:
        return set(WeeklyCorrection.objects.visible_to(account).values_list("pk", flat=True))

    assert [seen(one) for one in (people.east, people.east_leader)] == [{ours.pk}] * 2
    assert [seen(one) for one in (people.office, people.director)] == [{theirs.pk}] * 2
    assert seen(people.town_leader) == set()
    step("sign", people.east_leader, ours)
    assert seen(people.office) == {ours.pk, theirs.pk}
    assert seen(people.town_leader) == {ours.pk}
    step("sign", people.director, theirs)
    both = {ours.pk, theirs.pk}
    inside = (people.east, people.east_leader, people.office, people.town_leader)
    assert [seen(one) for one in inside] == [both] * 4
    assert [seen(one) for one in strangers] == [set()] * 5


# Two at once


def test_of_two_sides_the_slower_has_to_look_again(people, period, received):
    """The office takes off one while the unit's correction waits for receipt."""
    report = received(found=3)
    ours = write(people.east_leader, report, "save_and_sign", content=content_of(found=2))
    write(people.director, report, "save_and_sign", **reduced(report, found=1))
    with pytest.raises(Conflict, match="不能再签收"):
        step("receive", people.office, ours)
    assert (total(period), EarlierVersion.objects.count()) == (1, 1)
    ours = step("give_back", people.office, ours, note="请与核减后的内容核对。")
    with pytest.raises(Conflict, match="重新保存后再签字"):
        step("sign", people.east_leader, ours)
    with pytest.raises(Conflict, match="另一次更正生效"):
        write(people.east, report, seen=report.signature, content=content_of(found=2, events=1))
    # Saved again from a page that shows what stands now, it corrects that.
    ours = write(people.east_leader, report, "save_and_sign", content=content_of(found=2))
    step("receive", people.office, ours)
    assert total(period) == 2


def test_a_stale_version_is_told_and_a_second_click_changes_nothing(people, received):
    report = received(found=3)
    first = write(people.east, report)
    second = write(people.east, report, expected_version=0)
    assert (second.pk, second.version, CorrectionEvent.objects.count()) == (first.pk, 1, 1)
    write(people.east_leader, report, content=content_of(found=2))
    with pytest.raises(Conflict, match="刚刚在别处被修改过"):
        write(people.east, report, content=content_of(found=0), expected_version=1)
    row = step("sign", people.east_leader, first)
    with pytest.raises(Conflict, match="已签待收"):
        write(people.east, report, content=content_of(found=0))
    with pytest.raises(Conflict):
        services.receive(actor=people.office, correction=row, expected_version=row.version - 1)


@pytest.mark.django_db(transaction=True)
def test_beginning_and_receiving_at_once_happen_once(people, received):
    report = received(found=3)

    def begin(found: int) -> Callable[[], None]:
        return lambda: write(
            people.east, report, expected_version=0, content=content_of(found=found)
        )

    assert sorted(wait(*[fork(begin(number)) for number in (0, 1, 2)])) == [0, 1, 1]
    row = WeeklyCorrection.objects.get()
    row = step("sign", people.east_leader, row)
    other = write(people.office, report, **reduced(report, found=1))

    def receive() -> None:
        services.receive(actor=people.office, correction=row, expected_version=row.version)

    def reduce() -> None:
        services.sign(actor=people.director, correction=other, expected_version=other.version)

    assert sorted(wait(fork(receive), fork(reduce), fork(receive))) == [0, 1, 1]
    assert EarlierVersion.objects.count() == 1
    assert WeeklyReport.objects.get().signature_holds


# What the database refuses


def sql(statement: str, *values) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)


def test_a_received_report_changes_by_its_accepted_correction_alone(people, received):
    """As the runtime role, by SQL: every shorter way is refused."""
    report = received(found=3)
    row = write(people.east_leader, report, "save_and_sign")
    take = """
        UPDATE reporting_weeklyreport report
        SET figures = c.figures, texts = c.texts, is_zero = c.is_zero, counted = c.counted,
            remarks = c.remarks, corrects = c.corrects, reason = c.reason,
            signed_by_id = c.signed_by_id, signed_at = c.signed_at, signature = c.signature,
            received_by_id = c.received_by_id, received_at = c.received_at
        FROM reporting_weeklycorrection c WHERE c.report_id = report.id
    """
    for change in (
        "figures = '{}'",
        "signed_at = now()",
        "signature = repeat('0', 64)",
        "filed_at = now()",
        "received_at = now()",
        "reason = 'x'",
        "corrects = signature",
    ):
        with pytest.raises(Error):
            sql(f"UPDATE reporting_weeklyreport SET {change}")
    with pytest.raises(Error):
        sql(take)  # not yet accepted
    with pytest.raises(Error), transaction.atomic():
        EarlierVersion.objects.create(report=report, correction=row, **report.values_of_paper())
    sql(
        "UPDATE reporting_weeklycorrection SET state = 'received', received_by_id = %s, "
        "received_at = now()",
        people.office.pk,
    )
    with pytest.raises(Error):
        sql(take)  # what it says has not been put away
    row.refresh_from_db()
    false = report.values_of_paper() | {"figures": report.figures | {"found": 0}}
    with pytest.raises(Error), transaction.atomic():
        EarlierVersion.objects.create(report=report, correction=row, **false)
    EarlierVersion.objects.create(report=report, correction=row, **report.values_of_paper())
    with pytest.raises(Error):
        sql(f"{take.replace('SET figures = c.figures', 'SET figures = report.figures')}")
    with pytest.raises(Error):
        sql(take.replace("SET figures", "SET filed_at = now(), figures"))
    sql(take)
    assert WeeklyReport.objects.get().signature_holds
    with pytest.raises(Error):
        sql(take.replace("c.figures", "'{}'"))


def test_a_correction_is_kept_as_it_was_signed(people, received):
    report = received(found=3)
    row = write(people.east_leader, report, "save_and_sign")
    for change in (
        "figures = '{}'",
        "reason = 'x'",
        "corrects = repeat('0', 64)",
        "by_office = true",
        "state = 'draft', signed_by_id = NULL, signed_at = NULL, signature = ''",
        "state = 'returned', signed_by_id = NULL, signed_at = NULL, signature = '', texts = '{}'",
        "state = 'dropped', signed_by_id = NULL, signed_at = NULL, signature = ''",
    ):
        with pytest.raises(Error):
            sql(f"UPDATE reporting_weeklycorrection SET {change}")
    with pytest.raises(Error):
        sql("DELETE FROM reporting_weeklycorrection")
    with pytest.raises(Error), transaction.atomic():
        WeeklyCorrection.objects.create(
            report=report,
            drafted_by=people.east,
            by_office=True,
            state="signed",
            form_version=1,
            corrects=report.signature,
            reason="x",
            signed_by=people.east,
            signed_at=timezone.now(),
            signature="0" * 64,
        )
    step("receive", people.office, row)
    for table in ("weeklycorrection", "earlierversion", "correctionevent"):
        for statement in (
            f"UPDATE reporting_{table} SET id = id",
            f"DELETE FROM reporting_{table}",
        ):
            with pytest.raises(Error):
                sql(statement)


# Pages


def typed(report: WeeklyReport, action: str, version: int = 0, **changes: str) -> dict[str, str]:
    content = report.content
    return {
        "action": action,
        "version": str(version),
        "seen": report.signature,
        "form_version": str(report.form_version),
        "reason": WHY,
        **{code: str(value) for code, value in content.figures.items()},
        **content.texts,
        **{f"why_{code}": words for code, words in content.remarks.items()},
        **changes,
    }


def test_a_unit_corrects_and_both_versions_stand_beside_each_other(people, received, client_for):
    report = received(found=3)
    east, leader, office = (
        client_for(one) for one in (people.east, people.east_leader, people.office)
    )
    assert f'href="/reports/{report.pk}/correct/"' in east.get(f"/reports/{report.pk}/").text
    url = f"/reports/{report.pk}/correct/"
    page = east.get(url).text
    assert "现行" in page
    assert 'name="found" value="3"' in page
    page = east.post(url, typed(report, "submit", reason="")).text
    assert "请写明更正的理由" in page
    page = east.post(url, typed(report, "submit")).text
    assert "与现行内容相同" in page
    changes = {"found": "1", "progress": "走访商户，发动群众，张贴公告。"}
    answer = east.post(url, typed(report, "submit", **changes))
    row = WeeklyCorrection.objects.get()
    shown = f"/reports/corrections/{row.pk}/"
    assert (answer.status_code, answer.url) == (302, shown)
    assert office.get(shown).status_code == 404
    assert "请签字" in leader.get("/").text
    leader.post(f"{shown}sign/", {"version": row.version})
    assert "1 次周报更正待您办理" in office.get("/reports/").text
    page = office.get(shown).text
    assert "签收生效" in page
    assert "−2" in page
    assert page.count("有改动") == 2
    assert "<ins>，张贴公告</ins>" in page
    row.refresh_from_db()
    office.post(f"{shown}receive/", {"version": row.version})
    page = office.get(shown).text
    assert (page.count("内容与签字时一致"), page.count("不一致")) == (2, 0)
    page = client_for(people.town_leader).get(f"/reports/{report.pk}/").text
    assert "已更正" in page
    assert WHY in page
    assert f'href="{shown}"' in page
    assert "已更正" in east.get("/reports/mine/").text
    assert WHY in east.get("/reports/corrections/").text


def test_the_offices_form_takes_numbers_alone_and_keeps_the_rest(people, received, client_for):
    report = received(found=3)
    director = client_for(people.director)
    url = f"/reports/{report.pk}/correct/"
    page = director.get(url).text
    assert "核减理由" in page
    assert 'name="progress"' not in page
    assert 'name="is_zero"' not in page
    page = director.post(url, typed(report, "sign", found="4")).text
    assert "核减后不能多于现行的 3" in page
    page = director.post(url, typed(report, "sign", found="")).text
    assert "请填写数字" in page
    sent = typed(report, "sign", found="1", progress="改写", is_zero="on")
    director.post(url, sent)
    now = WeeklyReport.objects.get()
    assert (now.figures["found"], now.texts, now.is_zero) == (1, report.texts, False)
    row = WeeklyCorrection.objects.get()
    # The second click finds what the first has done.
    assert director.post(url, sent).url == f"/reports/corrections/{row.pk}/"
    assert WeeklyCorrection.objects.count() == 1


def test_what_was_typed_stays_when_something_else_took_effect_meanwhile(
    people, received, client_for
):
    report = received(found=3)
    write(people.director, report, "save_and_sign", **reduced(report, found=2))
    east = client_for(people.east)
    page = east.post(f"/reports/{report.pk}/correct/", typed(report, "save", found="1")).text
    assert "刚刚有另一次更正生效" in page
    assert 'name="found" value="1"' in page
    now = WeeklyReport.objects.get()
    assert f'name="seen" value="{now.signature}"' in page
    assert '<td class="last-week">2</td>' in page
    assert not WeeklyCorrection.objects.filter(by_office=False).exists()


def test_a_bulletin_says_what_was_corrected_later_and_stays_as_it_is(
    people, period, received, client_for
):
    report = received(found=3, events=2)
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now())
    made = bulletins.make(actor=people.office, period=ReportPeriod.objects.get(pk=period.pk))[0]
    made = bulletins.submit(bulletin=made, actor=people.office, expected_version=made.version)
    made = bulletins.issue(bulletin=made, actor=people.director, expected_version=made.version)
    assert corrected_since(made) == []
    url = f"/reports/bulletins/{made.pk}/"
    west = client_for(people.west)
    assert "取数以后" not in west.get(url).text
    write(people.director, report, "save_and_sign", **reduced(report, found=1))
    made.refresh_from_db()
    assert made.hash_holds
    assert corrected_since(made) == [
        {"label": "各单位报送：新摸排线索", "unit": "件", "week": "本周", "told": 3, "now": 1}
    ]
    page = west.get(url).text
    assert "通报 3，更正后 1" in page
    assert "东村" not in page.split("取数以后")[1].split("</ul>")[0]


@pytest.mark.parametrize("is_zero", [True, False])
def test_a_bulletin_says_that_zero_reports_have_become_fewer_or_more_since(
    people, period, signed, client_for, is_zero
):
    report = signed(content_of(is_zero=is_zero))
    weekly.receive(actor=people.office, report=report, expected_version=report.version)
    ReportPeriod.objects.filter(pk=period.pk).update(due_at=timezone.now())
    made = bulletins.make(actor=people.office, period=ReportPeriod.objects.get(pk=period.pk))[0]
    made = bulletins.submit(bulletin=made, actor=people.office, expected_version=made.version)
    made = bulletins.issue(bulletin=made, actor=people.director, expected_version=made.version)
    assert f"其中零报告{int(is_zero)}个" in made.situation
    after = content_of(found=2) if is_zero else content_of(is_zero=True)
    row = write(people.east_leader, report, "save_and_sign", content=after)
    assert corrected_since(made) == []
    step("receive", people.office, row)
    zero = {"label": "零报告", "unit": "个", "week": "本周", "by": "少 1" if is_zero else "多 1"}
    assert corrected_since(made)[-1] == zero
    page = client_for(people.west).get(f"/reports/bulletins/{made.pk}/").text
    said = page.split("取数以后")[1].split("</ul>")[0]
    assert f"零报告（个）本周：更正后比通报{'少' if is_zero else '多'} 1" in said
    assert ("新摸排线索（件）本周：通报 0，更正后 2" in said) == is_zero
    assert "东村" not in said


def test_differences_tell_gaps_from_zero_and_words_from_words():
    before = Content({"found": 3, "events": 0}, {"progress": "走访商户"}, False)
    after = Content({"found": 3, "people": 5}, {"progress": "走访农户"}, False, {"found": "口头"})
    shown = {
        number.figure.code: number
        for block in differences.blocks(DEFAULT, before, after)
        for number in block.numbers
    }
    assert [shown[code].is_changed for code in ("found", "events", "people")] == [False, True, True]
    assert [shown[code].change for code in ("found", "events", "people")] == ["", "", ""]
    assert (shown["people"].before, shown["events"].after) == (None, None)
    assert shown["found"].remark_changed
    texts = [text for block in differences.blocks(DEFAULT, before, after) for text in block.texts]
    [progress] = [text for text in texts if text.is_changed]
    assert progress.before == [("走访", True), ("商", False), ("户", True)]
    assert progress.after == [("走访", True), ("农", False), ("户", True)]


def test_queries_do_not_grow_with_the_corrections(
    people, received, client_for, django_assert_max_num_queries
):
    report = received(found=9)
    for found in range(8, 2, -1):
        now = WeeklyReport.objects.get()
        write(people.director, report, "save_and_sign", **reduced(now, found=found))
    write(people.east, report)
    office, east = client_for(people.office), client_for(people.east)
    row = WeeklyCorrection.objects.accepted().first()
    for client, url, most in (
        (office, "/reports/corrections/", 14),
        (east, "/reports/corrections/", 14),
        (east, f"/reports/{report.pk}/", 21),
        (office, f"/reports/corrections/{row.pk}/", 16),
    ):
        with django_assert_max_num_queries(most):
            assert client.get(url).status_code == 200

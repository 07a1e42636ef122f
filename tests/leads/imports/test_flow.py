"""A ledger's way from the file to its leads: whole, once, or not at all."""

from __future__ import annotations

import datetime as dt
import io
import os
import signal

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.utils import timezone
from openpyxl import load_workbook

from audit.machine import Conflict
from audit.models import AuditEntry
from departments.models import Domain
from jobs import services as jobs
from jobs.models import Job, JobState
from leads.imports import services, writing
from leads.imports.services import working
from leads.imports.states import BatchState
from leads.models import Channel, ImportBatch, ImportedRow, Lead, LeadEvent, NumberSeries
from leads.states import Disposition, Finding, LeadState, ReporterKind
from messaging.models import Message
from tests import libreoffice
from tests.leads.imports.conftest import GOOD, HEADINGS, ledger, told, workbook
from tests.processes import fork, wait

FULL = (
    *("序号", "线索编号", "登记日期", "来源", "举报方式", "实名/匿名", "涉及村居", "行业领域"),
    *("被反映人", "反映内容", "涉嫌类型", "是否涉公职人员", "是否重大", "承办单位", "责任人"),
    *("包案领导", "移送日期", "办理期限", "进展", "结论", "处理结果", "办结日期", "密级", "备注"),
)


def full(**values: object) -> bytes:
    row = dict.fromkeys(FULL) | {
        "登记日期": "2019.5.3",
        "来源": "来访",
        "反映内容": "反映人称有人在集市收取管理费。\n每月初来。",
    }
    return workbook(FULL, [(row | values)[name] for name in FULL])


def test_an_open_row_becomes_a_registered_lead(imported, people, town):
    batch = imported(
        full(
            线索编号="旧-7",
            涉及村居="东村集市",
            行业领域="市场 经营",
            被反映人="张某、李某",
            涉嫌类型="收保护费",
            是否涉公职人员="是",
            承办单位="派出所",
            进展="正在核查",
            **{"实名/匿名": "实名"},
        )
    )
    lead = Lead.objects.get()
    year = timezone.localdate().year
    assert lead.number == f"TOWN-{year}-00001" == batch.first_number == batch.last_number
    assert lead.title == "反映人称有人在集市收取管理费。"
    assert lead.allegation == "反映人称有人在集市收取管理费。\n每月初来。"
    assert (lead.state, lead.reporter_kind) == (LeadState.REGISTERED, ReporterKind.NAMED)
    assert lead.received_on == timezone.localdate(lead.registered_at) == dt.date(2019, 5, 3)
    assert (lead.place, lead.place_detail) == (town.east, "东村集市")
    assert (lead.domain.name, lead.conduct.name) == ("市场经营", "收保护费")
    assert (lead.registered_by, lead.registered_unit) == (people.director, town.office)
    assert list(lead.subjects.values_list("name", "is_official")) == [
        ("张某", True),
        ("李某", True),
    ]
    event = lead.events.get()
    assert (event.verb, event.verb_label, event.to_state) == ("import", "导入", "registered")
    assert event.note == (
        "由台账“台账.xlsx”第 2 行导入。"
        "台账记载：线索编号：旧-7；承办单位：派出所；进展：正在核查；涉及村居：东村集市。"
    )
    assert ImportedRow.objects.get().old_number == "旧-7"
    # The search box finds it by either number.
    for number in ("旧-7", " 旧-7 ", lead.number):
        assert list(Lead.objects.containing(number)) == [lead]
    assert not Lead.objects.containing("旧-77").exists()
    assert lead.callback.due_on == dt.date(2019, 6, 2)  # whoever gave a name is still owed a call


def test_a_closed_row_arrives_closed(imported):
    imported(full(结论="查证属实", 处理结果="移送纪委", 办结日期="2019年6月1日", 备注="已答复"))
    lead = Lead.objects.get()
    assert (lead.state, lead.finding) == (LeadState.CLOSED, Finding.PROVEN)
    assert lead.disposition == Disposition.TO_DISCIPLINE
    assert timezone.localdate(lead.closed_at) == dt.date(2019, 6, 1)
    assert lead.closing_words == "备注：已答复"


def test_closed_rows_need_the_director_as_every_closing_does(checked, people):
    batch = checked(full(结论="查实", 处理结果="立案", 办结日期="2019.6.1"))
    with pytest.raises(ValidationError) as error:
        services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    assert error.value.messages == ["台账含有已办结的线索，须由扫黑办主任确认导入。"]
    batch = services.confirm(batch=batch, actor=people.director, expected_version=batch.version)
    people.director.memberships.update(role="office")
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    assert (batch.state, Lead.objects.count()) == (BatchState.CHECKED, 0)


@pytest.mark.parametrize("progress", ["不予受理", "经研判不属于"])
def test_a_row_that_was_never_taken_on_is_declined(imported, progress):
    imported(full(进展=progress))
    assert Lead.objects.get().state == LeadState.DECLINED


def test_a_disposition_can_be_settled_for_all(imported):
    imported(full(结论="查否", 办结日期="2019.6.1"), disposition="no_action")
    assert Lead.objects.get().disposition == Disposition.NO_ACTION


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        ({"登记日期": None}, ("没有登记日期", "请填写登记日期")),
        ({"登记日期": "五月"}, ("不是能识别的日期", "请写成 2019-05-03、2019.5.3 或 2019年5月3日")),
        ({"登记日期": "2219.1.1"}, ("日期晚于今天", "请核对年份")),
        ({"来源": None}, ("没有来源", "请填写来源，或在“对应列”中选定缺省的来源")),
        ({"来源": "来仿"}, ("不在“来源渠道”的名单中", "是否为“来访”？")),
        ({"涉及村居": "东材"}, ("不在“村居”的名单中", "是否为“东村”？")),
        ({"行业领域": "农业"}, ("不在“行业领域”的名单中", "请从填表模板的下拉列表中选择")),
        ({"反映内容": None, "备注": "x"}, ("没有反映内容", "请填写反映内容")),
        ({"反映内容": "长" * 10_001}, ("超过 10000 字", "请缩短")),
        ({"是否重大": "也许"}, ("应填“是”或“否”", "请改为“是”或“否”")),
        ({"被反映人": "长" * 41}, ("有姓名超过 40 字", "只写姓名或称呼，多人用顿号分开")),
        ({"进展": "已办结"}, ("写明已办结，但没有办结日期", "请填写办结日期")),
        (
            {"办结日期": "2019.5.2", "结论": "查否", "处理结果": "澄清"},
            ("办结日期早于登记日期", "请核对两个日期"),
        ),
        (
            {"办结日期": "2019.5.4", "处理结果": "澄清"},
            ("已办结的线索没有结论", "请填写：查实、部分查实、查否、存疑、无法核查"),
        ),
        (
            {"办结日期": "2019.5.4", "结论": "基本清楚", "处理结果": "澄清"},
            ("不在“核查结论”的名单中", "请从填表模板的下拉列表中选择"),
        ),
    ],
)
def test_what_is_wrong_with_a_row(checked, values, problem):
    batch = checked(full(**values))
    assert problem in [found[2:] for found in told(batch)]
    assert batch.error_count >= 1


def test_errors_by_row_and_column_and_nothing_comes_in(checked, people):
    batch = checked(
        ledger(GOOD, (2, "五月", "来访", "", "第二条。"), (3, "2019.5.4", "路过", "", ""))
    )
    assert told(batch) == [
        (3, 2, "不是能识别的日期", "请写成 2019-05-03、2019.5.3 或 2019年5月3日"),
        (4, 3, "不在“来源渠道”的名单中", "请从填表模板的下拉列表中选择"),
        (4, 5, "没有反映内容", "请填写反映内容"),
    ]
    assert (batch.state, batch.row_count, batch.error_count) == (BatchState.CHECKED, 3, 3)
    with pytest.raises(ValidationError):
        services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    assert not Lead.objects.exists()
    assert not NumberSeries.objects.exists()


def test_a_list_that_changed_since_the_check_stops_the_import(checked, people):
    batch = checked(full(行业领域="市场经营"))
    services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    Domain.objects.filter(name="市场经营").update(is_active=False)
    batch.refresh_from_db()
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    assert (batch.state, batch.error_count) == (BatchState.CHECKED, 1)
    assert not Lead.objects.exists()


def test_the_same_twice_is_pointed_out_but_no_error(imported, checked):
    imported(ledger(GOOD))
    batch = checked(ledger(GOOD, (2, *GOOD[1:])))
    number = Lead.objects.get().number
    assert [found[0::2] for found in told(batch)] == [
        (2, f"与已登记的线索 {number} 日期和内容相同"),
        (3, "与第 2 行相同"),
    ]
    assert (batch.error_count, batch.warning_count) == (0, 2)


def test_a_unit_of_the_town_that_is_named_never_sees_the_lead(imported, people, town):
    headings = (*HEADINGS, "被反映单位")
    rows = [(*GOOD, "民政办、某某公司")]
    imported(workbook(headings, *rows))
    lead = Lead.objects.get()
    assert list(lead.named_units.all()) == [town.civil]
    assert not Lead.objects.visible_to(people.civil).exists()
    assert "某某公司" in lead.events.get().note


def test_a_misspelt_unit_is_an_error_so_that_nobody_slips_through(checked):
    batch = checked(workbook((*HEADINGS, "被反映单位"), (*GOOD, "民政力")))
    assert told(batch) == [(2, 6, "没有单位“民政力”", "是否为“民政办”？")]


def test_an_umbrella_lead_does_not_arrive_closed(checked):
    headings = (*HEADINGS, "是否涉保护伞", "结论", "处理结果", "办结日期")
    batch = checked(workbook(headings, (*GOOD, "是", "查实", "立案", "2019.6.1")))
    assert [found[2] for found in told(batch)] == ["涉“保护伞”的线索须有纪检机关的核查反馈才能办结"]


def test_of_a_platform_that_keeps_its_words_the_number_alone_comes_in(imported):
    Channel.objects.create(code="12337", name="12337（仅登记编号）", number_only=True)
    values = {"来源": "12337", "被反映人": "张某", "进展": "说了很多", "承办单位": "派出所"}
    batch = imported(full(线索编号="A-1", **values))
    lead = Lead.objects.get()
    assert (lead.external_number, lead.title) == ("A-1", "平台线索 A-1")
    assert "管理费" not in lead.allegation
    assert not lead.subjects.exists()
    assert lead.events.get().note == (
        "由台账“台账.xlsx”第 2 行导入。台账记载：线索编号：A-1；承办单位：派出所。"
    )
    assert batch.warning_count == 1


def test_a_platform_lead_needs_its_number(checked):
    Channel.objects.create(code="12337", name="12337（仅登记编号）", number_only=True)
    batch = checked(full(来源="12337"))
    assert "该来源的线索只登记编号，没有编号" in [found[2] for found in told(batch)]


def test_numbers_are_taken_in_one_go_in_the_ledgers_order(imported, make_lead):
    make_lead()
    rows = [(n, "2019.5.3", "来访", "", f"第{n}条。") for n in range(1, 8)]
    batch = imported(ledger(*rows))
    made = ImportedRow.objects.order_by("row").values_list("lead__number", "lead__title")
    year = timezone.localdate().year
    assert list(made) == [(f"TOWN-{year}-{n + 1:05d}", f"第{n}条。") for n in range(1, 8)]
    assert (batch.first_number, batch.last_number) == (made[0][0], made[6][0])
    assert make_lead().number == f"TOWN-{year}-00009"


def test_several_lots_are_one_import(imported, monkeypatch):
    monkeypatch.setattr(writing, "WRITTEN_AT_ONCE", 3)
    rows = [(n, "2019.5.3", "来访", "", f"第{n}条。") for n in range(1, 8)]
    assert imported(ledger(*rows)).imported_count == 7
    assert Lead.objects.count() == LeadEvent.objects.count() == 7


def test_major_leads_are_told_to_the_office_without_their_content(imported, people):
    imported(full(是否重大="是"))
    titles = set(Message.objects.values_list("recipient", "title"))
    words = "导入的台账中有 1 条在办的重大线索"
    assert titles == {(people.office.pk, words), (people.director.pk, words)}


def test_what_was_uploaded_is_gone_when_it_is_done(imported, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        batch = imported(ledger(GOOD))
    assert list(ImportBatch.folder().iterdir()) == []
    assert not batch.problems.exists()


def test_every_step_is_in_the_audit_trail(imported, people):
    imported(ledger(GOOD))
    entries = AuditEntry.objects.filter(action="leads_imported").order_by("pk")
    assert list(entries.values_list("actor_name", "reason")) == [
        ("office", "检查"),
        ("director", "确认导入"),
        ("director", "导入"),
    ]


# The marked copy


def test_the_marked_copy_says_what_is_wrong_where_it_is_wrong(checked):
    batch = checked(ledger(GOOD, (2, "五月", "=1+1", "", "+cmd|' /C calc'!A0")))
    page = load_workbook(batch.open_marked()).active
    assert [cell.value for cell in page[1]] == [*HEADINGS, "导入检查结果"]
    assert page["B3"].value == "五月"
    assert page["B3"].fill.fgColor.rgb == "00F8C9C4"
    assert page["B3"].comment.text.startswith("登记日期：不是能识别的日期")
    assert page["F3"].value.startswith("错误：登记日期：不是能识别的日期")
    assert page["F2"].value is None
    formulas = [cell for row in page.iter_rows() for cell in row if cell.data_type == "f"]
    assert formulas == []
    assert page["E3"].value == "+cmd|' /C calc'!A0"


def test_the_marked_copy_of_a_merged_ledger_keeps_its_shape(checked):
    rows = [["某镇台账"], list(HEADINGS), [1, "五月", "来访", "东村", "甲。"]]
    batch = checked(workbook(*rows, merges=["A1:E1"]))
    page = load_workbook(batch.open_marked()).active
    assert [str(area) for area in page.merged_cells.ranges] == ["A1:E1"]
    assert page["B3"].comment
    assert batch.problems.get().row == 3


def test_a_marked_copy_that_was_mended_can_be_imported(checked, imported):
    batch = checked(ledger(GOOD, (2, "五月", "来访", "", "第二条。")))
    book = load_workbook(batch.open_marked())
    book.active["B3"] = "2019.5.4"
    file = io.BytesIO()
    book.save(file)
    assert imported(file.getvalue()).imported_count == 2


@libreoffice.needed
def test_libreoffice_opens_the_marked_copy(checked, tmp_path):
    batch = checked(ledger((1, "五月", "来访", "", "第一条。")))
    path = tmp_path / "marked.xlsx"
    path.write_bytes(batch.open_marked().read())
    shown = libreoffice.rows(path)
    assert any("不是能识别的日期" in cell for row in shown for cell in row)


# Several people, lost workers, second thoughts


def test_a_second_confirmation_meets_a_conflict(checked, people):
    batch = checked(ledger(GOOD))
    services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    with pytest.raises(Conflict):
        services.confirm(batch=batch, actor=people.director, expected_version=batch.version)
    assert Job.objects.filter(kind=services.IMPORT).count() == 1


def test_who_saw_another_state_is_told(checked, people):
    batch = checked(ledger(GOOD))
    with pytest.raises(Conflict):
        services.confirm(batch=batch, actor=people.office, expected_version=batch.version - 1)


def test_only_the_office_of_the_town_imports(upload, checked, people, far_people):
    for actor in (people.police, people.town_leader, people.custodian, people.auditor):
        with pytest.raises(PermissionDenied):
            upload(ledger(GOOD), actor=actor)
    batch = checked(ledger(GOOD))
    with pytest.raises(PermissionDenied):
        services.confirm(batch=batch, actor=far_people.office, expected_version=batch.version)
    with pytest.raises(PermissionDenied):
        services.cancel(batch=batch, actor=far_people.office)


def test_who_left_the_office_meanwhile_imports_nothing(checked, people):
    batch = checked(ledger(GOOD))
    services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    people.office.memberships.all().delete()
    batch.refresh_from_db()
    jobs.run(batch.job_id)
    assert Job.objects.get(pk=batch.job_id).error == "您目前没有办理这项任务的权限。"
    assert not Lead.objects.exists()


@pytest.mark.parametrize("moment", ["before", "while checking", "at the end"])
def test_cancelled_before_it_commits_nothing_comes_in(
    checked, people, monkeypatch, moment, django_capture_on_commit_callbacks
):
    batch = checked(ledger(GOOD))
    services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    batch.refresh_from_db()

    def give_up(*args, **kwargs):
        with django_capture_on_commit_callbacks(execute=True):
            services.cancel(batch=batch, actor=people.office)

    if moment == "before":
        give_up()
    elif moment == "while checking":
        examine = working.examine

        def examined(*args, progress, **kwargs):
            found = examine(*args, progress=progress, **kwargs)
            give_up()
            progress(1)
            return found

        monkeypatch.setattr(working, "examine", examined)
    else:
        examine = working.examine
        monkeypatch.setattr(working, "examine", lambda *a, **k: (examine(*a, **k), give_up())[0])
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    assert batch.state == BatchState.CANCELLED
    assert Job.objects.get(pk=batch.job_id).state == JobState.CANCELLED
    assert not Lead.objects.exists()
    assert list(ImportBatch.folder().iterdir()) == []


def test_what_has_come_in_cannot_be_cancelled(imported, people):
    batch = imported(ledger(GOOD))
    with pytest.raises(Conflict):
        services.cancel(batch=batch, actor=people.office)
    assert Lead.objects.count() == 1


@pytest.mark.parametrize("number", ["13812345678", "11010519900307471X"])
def test_words_that_may_tell_who_reported_are_warned_of_and_make_no_title(checked, people, number):
    batch = checked(ledger((*GOOD[:4], f"举报人张三{number}，反映有人收费。"), GOOD))
    [problem] = batch.problems.all()
    assert (problem.words, problem.is_error) == ("疑似写有电话或身份证号", False)
    services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    batch.refresh_from_db()
    jobs.run(batch.job_id)
    titles = list(Lead.objects.order_by("pk").values_list("title", flat=True))
    assert titles == ["名称待补的线索", "反映人称有人在集市收取管理费。"]


def test_a_job_that_failed_can_be_started_again(checked, people, monkeypatch):
    batch = checked(ledger(GOOD))
    services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    batch.refresh_from_db()
    with monkeypatch.context() as broken:
        broken.setattr(working, "write_leads", lambda *a, **k: 1 / 0)
        jobs.run(batch.job_id)
    batch = ImportBatch.objects.get(pk=batch.pk)
    assert batch.job.error == "处理时出错，没有写入任何内容，请稍后重试或联系系统管理员。"
    assert (batch.state, batch.is_stuck) == (BatchState.IMPORTING, True)
    batch = services.check_again(batch=batch, actor=people.office, expected_version=batch.version)
    jobs.run(batch.job_id)
    batch = ImportBatch.objects.get(pk=batch.pk)
    batch = services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    jobs.run(batch.job_id)
    assert Lead.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_and_the_ledger_comes_in_once(checked, people, monkeypatch):
    rows = [(n, "2019.5.3", "来访", "", f"第{n}条。") for n in range(1, 31)]
    batch = checked(ledger(*rows))
    services.confirm(batch=batch, actor=people.office, expected_version=batch.version)
    batch.refresh_from_db()
    monkeypatch.setattr(writing, "WRITTEN_AT_ONCE", 10)
    write = writing._write_lot

    def die_in_the_second_lot(*args):
        if Lead.objects.exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return write(*args)

    for _ in range(3):
        monkeypatch.setattr(writing, "_write_lot", die_in_the_second_lot)
        assert wait(fork(lambda: jobs.run(batch.job_id))) == [-signal.SIGKILL]
        assert not Lead.objects.exists()
        past = timezone.now() - dt.timedelta(seconds=1)
        assert Job.objects.filter(pk=batch.job_id).update(lease_until=past, attempt=1) == 1
    monkeypatch.setattr(writing, "_write_lot", write)
    both = fork(lambda: jobs.run(batch.job_id)), fork(lambda: jobs.run(batch.job_id))
    assert wait(*both) == [0, 0]
    batch.refresh_from_db()
    assert (batch.state, batch.imported_count) == (BatchState.DONE, 30)
    assert Lead.objects.count() == LeadEvent.objects.count() == 30
    assert NumberSeries.objects.get().last == 30


def test_a_ledger_that_nobody_finished_is_deleted(
    upload, checked, imported, settings, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        done = imported(ledger(GOOD))
        old, kept = checked(ledger(GOOD)), upload(ledger(GOOD))
        past = timezone.now() - dt.timedelta(days=settings.PORTAL_IMPORT_DAYS + 1)
        ImportBatch.objects.filter(pk__in=[old.pk, done.pk]).update(uploaded_at=past)
        stray = ImportBatch.folder() / "stray"
        stray.write_text("x")
        os.utime(stray, (0, 0))
        assert services.delete_expired() == 1
    states = dict(ImportBatch.objects.values_list("pk", "state"))
    assert states[old.pk] == BatchState.CANCELLED
    assert states[done.pk] == BatchState.DONE
    assert [path.name for path in ImportBatch.folder().iterdir()] == [kept.stored_as]

"""The ledger as an Excel file: of the list as it is, for whom it is, with nothing live in it."""

from __future__ import annotations

import datetime as dt
import uuid

import openpyxl
import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from audit.models import Action, AuditEntry
from jobs import services as jobs
from jobs.models import Job
from leads import due
from leads.conflicts import services as conflicts
from leads.lists.columns import BY_CODE
from leads.lists.services import choose_columns
from leads.models import Conduct, Lead, Subject
from leads.services import sign
from leads.states import Finding, Secrecy

LIST = "/leads/"
HEADINGS = [
    "线索编号",
    "登记日期",
    "来源",
    "实名/匿名",
    "涉及村居",
    "行业领域",
    "被反映人",
    "反映内容",
    "涉嫌类型",
    "是否涉公职人员",
    "是否重大",
    "承办单位",
    "责任人",
    "包案领导",
    "移送日期",
    "进展",
    "办理期限",
    "结论",
    "办结日期",
    "密级",
    "备注",
]


@pytest.fixture(autouse=True)
def quiet(monkeypatch, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    monkeypatch.setattr(jobs, "knock", lambda job_id: None)


def ask(actor, query="", purpose="报区扫黑办", **params):
    return jobs.request_export(
        actor=actor,
        export_id="lead_ledger",
        params={"query": query} | params,
        purpose=purpose,
        submission=uuid.uuid4(),
    )


def made(job):
    jobs.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == ("done", "")
    with job.open() as file:
        return openpyxl.load_workbook(file).active


def table(page):
    """Headings and rows, without serial numbers and the lines at the foot."""
    heads = [cell.value for cell in page[3]][1:]
    rows = [
        dict(zip(heads, [cell.value for cell in row][1:], strict=True))
        for row in page.iter_rows(min_row=5)
        if isinstance(row[0].value, int)
    ]
    return heads, rows


def everything(page):
    return "".join(str(cell.value) for row in page.iter_rows() for cell in row)


@pytest.fixture
def full(people, town, make_assigned):
    lead = make_assigned(
        town.police,
        town.discipline,
        due_on=due.today() + dt.timedelta(days=9),
        received_on=dt.date(2026, 1, 2),
        subjects=[
            Subject(name="王某", is_official=True),
            Subject(name="李某"),
        ],
        is_major=True,
    )
    sign(assignment=lead.assignments.get(unit=town.police), actor=people.police)
    lead.refresh_from_db()
    return lead


def test_every_cell_of_the_ledger(people, town, full):
    page = made(ask(people.office))
    assert page["A1"].value == "线索摸排台账"
    line = [cell.value for cell in page[2] if cell.value]
    assert line == [
        "填报单位：扫黑办",
        f"填报日期：{timezone.localdate():%Y-%m-%d}",
        "单位：件",
    ]
    heads, rows = table(page)
    assert heads == HEADINGS
    today = dt.datetime.combine(timezone.localdate(), dt.time.min)
    assert rows == [
        {
            "线索编号": full.number,
            "登记日期": today,
            "来源": "举报电话",
            "实名/匿名": "匿名",
            "涉及村居": "东村",
            "行业领域": "市场经营",
            "被反映人": "王某、李某",
            "反映内容": full.allegation,
            "涉嫌类型": "收保护费",
            "是否涉公职人员": "是",
            "是否重大": "是",
            "承办单位": "派出所、纪委",
            "责任人": "民警丁",
            "包案领导": None,
            "移送日期": today,
            "进展": "核查中",
            "办理期限": today + dt.timedelta(days=9),
            "结论": None,
            "办结日期": None,
            "密级": "非涉密",
            "备注": None,
        }
    ]
    assert page["B5"].number_format == "@"
    assert page["C5"].number_format == "yyyy-mm-dd"
    assert page.freeze_panes == "C5"


def test_the_file_follows_filter_and_order_and_columns(people, make_lead, make_assigned):
    late, soon = (make_assigned(due_on=due.today() + dt.timedelta(days=days)) for days in (30, 2))
    make_lead()
    page = made(ask(people.office, "sort=due&state=assigned", columns=["due", "title", "state"]))
    heads, rows = table(page)
    assert heads == ["线索编号", "线索名称", "进展", "办理期限"]
    assert [row["线索编号"] for row in rows] == [soon.number, late.number]


def test_a_formula_is_text(people, make_lead):
    starts = ["=HYPERLINK(1)", "+1+1", "-2", "@SUM(A1)", "\t=1", "\r=1"]
    for start in starts:
        make_lead(allegation=start, title=start.strip() or "x", place_detail=start)
    page = made(ask(people.office))
    cells = [cell for row in page.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    column = HEADINGS.index("反映内容") + 2
    shown = {page.cell(row, column).value for row in range(5, 5 + len(starts))}
    assert {"=HYPERLINK(1)", "+1+1", "-2", "@SUM(A1)"} <= shown


def test_a_town_leaders_file_has_no_words(people, full):
    Lead.objects.filter(pk=full.pk).update(title="金丝雀", external_number="金丝雀号")
    codes = ["title", "allegation", "subjects", "officials", "umbrella", "external", "due"]
    for columns in (None, codes):
        page = made(ask(people.town_leader, columns=columns))
        heads, rows = table(page)
        assert not {"线索名称", "反映内容", "被反映人", "是否涉公职人员"} & set(heads)
        assert [row["线索编号"] for row in rows] == [full.number]
        for words in ("金丝雀", "王某", full.allegation):
            assert words not in everything(page)
    # Nor do words help to guess.
    assert table(made(ask(people.town_leader, "q=管理费")))[1] == []


def test_a_unit_has_its_own_leads_and_its_own_part(people, town, full, make_assigned, make_lead):
    make_lead()
    theirs = make_assigned(town.civil)
    heads, rows = table(made(ask(people.police)))
    assert heads == HEADINGS
    assert [(row["线索编号"], row["承办单位"]) for row in rows] == [(full.number, "派出所")]
    assert theirs.number not in everything(made(ask(people.discipline)))


def test_a_named_unit_does_not_have_the_lead(people, town, full):
    full.named_units.add(town.police)
    conflicts.derive(full)
    assert table(made(ask(people.police)))[1] == []
    assert len(table(made(ask(people.discipline)))[1]) == 1


def test_what_one_may_see_is_asked_when_the_file_is_made(people, town, full):
    job = ask(people.police)
    full.named_units.add(town.police)
    conflicts.derive(full)
    assert table(made(job))[1] == []


def test_nobody_is_named_where_it_was_found_not_to_be_so(full):
    full.finding = Finding.DISPROVEN
    assert BY_CODE["subjects"].export(full, {"subjects": True}) == ""


def test_a_purpose_is_asked_for_and_kept(client_for, people, full):
    client = client_for(people.office)
    address = f"{LIST}export/?state=verifying"
    form = client.get(address).context["form"]
    token = str(form["submission"].value())
    response = client.post(address, {"submission": token, "layout": "ledger", "purpose": " "})
    assert list(response.context["form"].errors) == ["purpose"]
    assert not Job.objects.exists()
    for _ in range(2):
        response = client.post(
            address, {"submission": token, "layout": "ledger", "purpose": "报区 扫黑办"}
        )
    job = Job.objects.get()
    assert response["Location"] == f"/exports/{job.public_id}/"
    assert job.purpose == "报区 扫黑办"
    assert job.params == {
        "query": "state=verifying",
        "columns": None,
        "on": due.today().isoformat(),
    }
    # Sent twice, it is one job, and one request on record.
    entry = AuditEntry.objects.get(action=Action.EXPORT_REQUESTED)
    assert (entry.actor, entry.object_label, entry.reason) == (
        people.office,
        "线索台账",
        "报区 扫黑办",
    )
    assert "用途：报区 扫黑办" in client.get(response["Location"]).content.decode()


def test_the_columns_shown_are_the_columns_exported(client_for, people, full):
    choose_columns(actor=people.office, chosen=["due", "channel"])
    client = client_for(people.office)
    values = {"submission": str(uuid.uuid4()), "layout": "shown", "purpose": "存档"}
    client.post(f"{LIST}export/", values)
    heads, _ = table(made(Job.objects.get()))
    assert heads == ["线索编号", "来源", "办理期限"]


def test_the_ticked_rows_alone(client_for, people, make_lead):
    leads = [make_lead() for _ in range(3)]
    client = client_for(people.office)
    values = [f"{lead.pk}.{lead.version}" for lead in leads[:2]]
    address = client.post(f"{LIST}bulk/", {"action": "export", "lead": values})["Location"]
    assert "2 条" in client.get(address).content.decode()
    values = {"submission": str(uuid.uuid4()), "layout": "ledger", "purpose": "存档"}
    client.post(address, values)
    _, rows = table(made(Job.objects.get()))
    assert [row["线索编号"] for row in rows] == [leads[1].number, leads[0].number]
    # All of them: the list's own page asks.
    response = client.post(f"{LIST}bulk/", {"action": "export", "all": "1", "query": "place=dong"})
    assert response["Location"] == f"{LIST}export/?place=dong"


@pytest.mark.parametrize(
    ("params", "words"),
    [
        ({"purpose": ""}, "请填写用途"),
        ({"purpose": "字" * 101}, "不超过 100 字"),
        ({"query": "due=never"}, "筛选条件有误"),
    ],
)
def test_what_cannot_be_exported_says_why(people, params, words):
    with pytest.raises(ValidationError, match=words):
        ask(people.office, **params)


@pytest.mark.parametrize("who", ["custodian", "sysadmin", "secadmin", "auditor"])
def test_who_has_no_leads_has_no_ledger(people, who):
    with pytest.raises(PermissionDenied):
        ask(getattr(people, who))


def test_the_file_needs_as_many_queries_for_many_rows_as_for_few(people, make_lead):
    def queries():
        job = ask(people.office)
        with CaptureQueriesContext(connection) as captured:
            jobs.run(job.pk)
        return len(captured)

    conduct = Conduct.objects.get(code="loan")
    for _ in range(3):
        make_lead(conduct=conduct)
    few = queries()
    for _ in range(60):
        make_lead(conduct=conduct)
    assert queries() == few


def fetched(client, job):
    return client.get(reverse("jobs:file", args=[job.public_id]))


def test_a_file_is_fetched_as_long_as_every_lead_in_it_is_open_to_its_requester(
    people, make_lead, client_for
):
    leads = [make_lead(), make_lead()]
    job = ask(people.office)
    made(job)
    assert fetched(client_for(people.office), job).status_code == 200
    assert job.exported.whole == [lead.pk for lead in reversed(leads)]

    conflicts.recuse(lead=leads[0], actor=people.office, reason="系亲属")
    refused = fetched(client_for(people.office), job)
    assert refused.status_code == 410
    assert "文件已不能下载，请重新导出" in refused.content.decode()
    assert leads[0].number not in refused.content.decode()
    entry = AuditEntry.objects.filter(action=Action.DENIED).get()
    assert (entry.actor, entry.object_label) == (people.office, "线索台账")
    assert entry.reason == "文件中的内容已不再对其开放"

    anew = ask(people.office)
    made(anew)
    assert fetched(client_for(people.office), anew).status_code == 200


def test_a_file_with_the_words_of_leads_is_not_for_who_sees_figures_now(
    people, make_lead, client_for
):
    make_lead()
    job = ask(people.office)
    made(job)
    people.office.memberships.update(role="town_leader")
    assert fetched(client_for(people.office), job).status_code == 410
    figures = ask(people.town_leader)
    made(figures)
    assert fetched(client_for(people.town_leader), figures).status_code == 200


def test_a_unit_does_not_fetch_what_was_taken_back_from_it(people, make_assigned, client_for, town):
    lead = make_assigned()
    job = ask(people.police)
    made(job)
    assert fetched(client_for(people.police), job).status_code == 200
    lead.assignments.update(state="withdrawn")
    assert fetched(client_for(people.police), job).status_code == 410


def test_a_file_whose_rows_were_not_kept_is_not_handed_out(people, make_lead, client_for):
    make_lead()
    job = ask(people.office)
    made(job)
    job.exported.delete()
    assert fetched(client_for(people.office), job).status_code == 410


def test_figures_of_a_lead_are_not_fetched_once_it_is_limited_to_a_circle(
    people, make_lead, client_for
):
    lead = make_lead()
    figures = ask(people.town_leader)
    made(figures)
    assert figures.exported.figures == [lead.pk]
    Lead.objects.filter(pk=lead.pk).update(secrecy=Secrecy.LIMITED)
    assert fetched(client_for(people.town_leader), figures).status_code == 410
    outline = ask(people.town_leader)
    made(outline)
    assert outline.exported.outlines == [lead.pk]
    assert fetched(client_for(people.town_leader), outline).status_code == 200

"""Handing a lead on: who leads and who assists, 双移交, and the papers that go with it."""

from __future__ import annotations

import datetime as dt
import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, transaction
from docx import Document

from audit.models import Action, AuditEntry
from departments.models import Domain
from leads import due, services
from leads.documents import services as documents
from leads.documents import texts
from leads.models import (
    Conduct,
    Lead,
    MajorCriterion,
    Paper,
    PaperSeries,
    PaperTemplate,
    RoutingRule,
)
from leads.services import JointTransfer
from messaging.models import Message

TODAY = due.today()
WORDS = "反映人称每月初有人到东村集市收取“管理费”，不交就不让摆摊。"


@pytest.fixture
def criterion(db):
    return MajorCriterion.objects.create(code="officials", name="涉公职人员", position=1)


def parts(lead):
    return [
        (part.unit.name, part.role, part.is_joint, part.due_on)
        for part in lead.assignments.order_by("pk").select_related("unit")
    ]


def assign(lead, actor, *units, due_on=TODAY, **fields):
    values = {
        "domain": Domain.objects.get(code="market"),
        "conduct": Conduct.objects.get(code="extortion"),
    } | fields
    return services.assign(
        lead=lead,
        actor=actor,
        units=units,
        due_on=due_on,
        expected_version=lead.version,
        **values,
    )


def text_of(paper):
    document = Document(io.BytesIO(documents.file_of(paper)))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def test_one_unit_leads_and_the_others_assist(town, people, make_lead):
    lead = assign(make_lead(), people.office, town.police, town.civil, lead_unit=town.civil)
    assert parts(lead) == [
        ("民政办", "lead", False, TODAY),
        ("派出所", "assist", False, TODAY),
    ]
    assert lead.events.get(verb="assign").note == "主办单位：民政办。协办单位：派出所。"


def test_the_leading_unit_is_one_of_those_chosen(town, people, make_lead):
    with pytest.raises(ValidationError, match="所选的承办单位"):
        assign(make_lead(), people.office, town.police, lead_unit=town.civil)
    with pytest.raises(ValidationError, match="至少选择一个"):
        assign(make_lead(), people.office)


def test_a_joint_transfer_is_one_act_with_two_receipts_two_deadlines_and_two_results(
    town, people, make_lead
):
    police_day, discipline_day = TODAY + dt.timedelta(days=3), TODAY + dt.timedelta(days=5)
    lead = assign(
        make_lead(umbrella_suspected=True),
        people.office,
        town.civil,
        joint=JointTransfer(police_day, discipline_day),
        due_on=TODAY + dt.timedelta(days=2),
    )
    assert parts(lead) == [
        ("派出所", "lead", True, police_day),
        ("纪委", "lead", True, discipline_day),
        ("民政办", "assist", False, TODAY + dt.timedelta(days=2)),
    ]
    assert lead.due_on == TODAY + dt.timedelta(days=2)  # the next that is due
    assert lead.events.filter(verb="assign").count() == 1
    assert lead.events.get(verb="assign").note == "双移交：派出所、纪委。协办单位：民政办。"
    told = Message.objects.filter(kind="lead_assigned").values_list(
        "recipient__username", flat=True
    )
    assert set(told) == {"liaison.pcs", "leader.pcs", "liaison.jw", "liaison.mzb"}
    police, discipline, _ = lead.assignments.order_by("pk")
    services.sign(assignment=police, actor=people.police)
    police.refresh_from_db()
    discipline.refresh_from_db()
    assert (police.signed_by, discipline.signed_by) == (people.police, None)
    services.sign(assignment=discipline, actor=people.discipline)
    found = {"police": "proven", "discipline": "doubtful"}
    for task, actor, finding in (
        (police, people.police_leader, found["police"]),
        (discipline, people.discipline_leader, found["discipline"]),
    ):
        task.refresh_from_db()
        services.report_and_sign(
            assignment=task,
            actor=actor,
            expected_version=task.version,
            first_verifier="甲",
            second_verifier="乙",
            verified_facts="已核查。",
            basis="笔录。",
            opinion="见核查情况。",
            finding=finding,
        )
    assert [task.feedback.get().finding for task in (police, discipline)] == list(found.values())
    kinds = [(task.paper.kind, task.paper.serial) for task in (police, discipline)]
    assert kinds == [("transfer", 1), ("transfer", 2)]


def test_the_page_of_a_joint_transfer_doubts_its_date_by_the_rule_of_its_half(
    town, people, make_lead, client_for
):
    """Halves count working days, which a year without holidays makes doubtful; others do not."""
    far = dt.date(TODAY.year + 30, 1, 8)
    doubt = f"{far.year}年"
    halves = assign(make_lead(), people.office, joint=JointTransfer(far, far))
    other = assign(make_lead(), people.office, town.civil, due_on=far)
    office = client_for(people.office)
    pages = [office.get(f"/leads/{lead.number}/").context for lead in (halves, other)]
    assert [doubt in page["deadline"].note for page in pages] == [True, False]


@pytest.mark.parametrize("who", ["police", "discipline"])
def test_no_joint_transfer_where_one_of_the_two_must_keep_away(town, people, make_lead, who):
    lead = make_lead(named_units=[getattr(town, who)])
    with pytest.raises(ValidationError, match="不能双移交"):
        assign(lead, people.office, joint=JointTransfer(TODAY, TODAY))
    assert not lead.assignments.exists()


def form_of(lead, **changes):
    values = {
        "version": lead.version,
        "domain": Domain.objects.get(code="market").pk,
        "conduct": Conduct.objects.get(code="extortion").pk,
        "secrecy": "normal",
        "due_on": TODAY.isoformat(),
        "police_due_on": TODAY.isoformat(),
        "discipline_due_on": TODAY.isoformat(),
    }
    return {key: value for key, value in (values | changes).items() if value is not None}


def test_the_form_ticks_what_the_table_suggests_and_says_why(town, people, make_lead, client_for):
    rule = RoutingRule.objects.create(jurisdiction=town.unit, reason="集市线索先查", position=1)
    rule.domains.add(Domain.objects.get(code="market"))
    rule.units.add(town.police)
    town.civil.domains.add(Domain.objects.get(code="market"))
    lead = make_lead()
    client = client_for(people.office)
    page = client.get(f"/leads/{lead.number}/assign/").content.decode()
    assert "集市线索先查" in page
    assert "主管该领域：市场经营" in page
    form = client.get(f"/leads/{lead.number}/assign/").context["form"]
    ticked = [(row.unit, row.leads) for row in form.unit_rows if row.is_ticked]
    assert ticked == [(town.police, True), (town.civil, False)]
    # Another domain chosen, the suggestion follows; nothing is written, what was typed is kept.
    other = form_of(lead, domain=Domain.objects.get(code="land").pk, instructions="请尽快。")
    response = client.post(f"/leads/{lead.number}/assign/", other | {"suggest": "1"})
    form = response.context["form"]
    assert [row.unit for row in form.unit_rows if row.is_ticked] == []
    assert form["instructions"].value() == "请尽快。"
    assert "data-error-summary" not in response.content.decode()
    assert not lead.assignments.exists()


@pytest.mark.parametrize(
    ("changes", "field", "words"),
    [
        ({}, "units", "请填写"),
        ({"units": ["police", "civil"], "lead_unit": "land"}, "units", "所选的承办单位之中"),
        ({"units": ["police"], "umbrella_suspected": "on"}, "is_joint", "须移交纪检机关"),
        ({"is_joint": "on", "police_due_on": None}, "police_due_on", "分别填写"),
        ({"is_joint": "on", "discipline_due_on": "2020-01-01"}, "discipline_due_on", "早于今天"),
        ({"units": ["police"], "is_major": "on"}, "criteria", "勾选"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    town, people, make_lead, client_for, criterion, changes, field, words
):
    lead = make_lead()
    if "lead_unit" in changes:
        changes = changes | {"lead_unit": getattr(town, changes["lead_unit"]).pk}
    if "units" in changes:
        changes = changes | {"units": [getattr(town, name).pk for name in changes["units"]]}
    response = client_for(people.office).post(
        f"/leads/{lead.number}/assign/", form_of(lead, **changes)
    )
    assert words in "".join(response.context["form"].errors[field])
    assert not lead.assignments.exists()


def test_a_major_lead_says_by_which_criteria(town, people, make_lead, client_for, criterion):
    lead = make_lead()
    values = form_of(lead, units=town.police.pk, criteria=criterion.pk, secrecy="limited")
    assert (
        client_for(people.office).post(f"/leads/{lead.number}/assign/", values).status_code == 302
    )
    lead.refresh_from_db()
    assert (lead.is_major, list(lead.criteria.all()), lead.secrecy) == (
        True,
        [criterion],
        "limited",
    )
    page = client_for(people.office).get(f"/leads/{lead.number}/").content.decode()
    assert "涉公职人员" in page


def test_the_joint_box_of_the_form(town, people, make_lead, client_for):
    lead = make_lead()
    values = form_of(lead, is_joint="on", umbrella_suspected="on")
    client_for(people.office).post(f"/leads/{lead.number}/assign/", values)
    assert parts(lead) == [("派出所", "lead", True, TODAY), ("纪委", "lead", True, TODAY)]


def test_papers_say_what_the_template_says(town, people, make_assigned):
    lead = make_assigned(town.police, town.civil)
    letter, order = (task.paper for task in lead.assignments.order_by("pk"))
    year = TODAY.year
    assert (letter.kind, letter.number) == ("transfer", f"t扫黑办移〔{year}〕1号")
    assert (order.kind, order.number) == ("order", f"t扫黑办交〔{year}〕1号")
    assert lead.number in letter.body
    assert "涉嫌收保护费" in letter.body
    assert f"{lead.due_on.year}年{lead.due_on.month}月{lead.due_on.day}日前" in letter.requirements
    assert WORDS not in letter.body + letter.requirements
    told = text_of(letter)
    assert "派出所：" in told
    assert "一、办理要求" in told
    assert "回　执" in told
    assert "移交人\n办公室甲" in told
    assert "接收人\n\n" in told
    assert WORDS in told
    services.sign(assignment=lead.assignments.first(), actor=people.police)
    letter = Paper.objects.get(pk=letter.pk)
    assert "接收人\n民警丁" in text_of(letter)


def test_a_paper_stays_as_it_was_issued(town, people, make_assigned):
    paper = make_assigned(town.civil).assignments.get().paper
    template = PaperTemplate.objects.get(kind="order")
    documents.edit_template(template=template, actor=people.director, title="新的标题")
    paper.refresh_from_db()
    assert paper.title == "线索交办单"
    assert make_assigned(town.civil).assignments.get().paper.title == "新的标题"
    with pytest.raises(DatabaseError), transaction.atomic():
        Paper.objects.filter(pk=paper.pk).update(title="改写")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("请{反映内容}办理", "没有名为“反映内容”的占位符"),
        ("请{线索编号办理", "花括号没有成对"),
        ("请线索编号}办理", "花括号没有成对"),
        ("{}", "没有名为“”的占位符"),
    ],
)
def test_a_template_knows_its_places(text, words):
    with pytest.raises(ValidationError, match=words):
        texts.check(text)


def test_what_is_filled_in_is_not_filled_again():
    assert texts.fill("{交办要求}", {"交办要求": "{线索编号}"}) == "{线索编号}"


def test_the_recipient_and_the_office_download_the_paper_and_nobody_else(
    town, people, far_people, make_assigned, client_for
):
    lead = make_assigned(town.police, town.civil)
    paper = lead.assignments.get(unit=town.police).paper
    url = f"/leads/papers/{paper.pk}/"
    for name in ("office", "director", "police", "police_leader"):
        response = client_for(getattr(people, name)).get(url)
        assert response.status_code == 200
        content = b"".join(response.streaming_content)
        assert Document(io.BytesIO(content)).paragraphs[0].text == paper.number
        assert response["X-Content-Type-Options"] == "nosniff"
    for account in (people.civil, people.discipline, people.town_leader, far_people.office):
        assert client_for(account).get(url).status_code == 404
    entries = AuditEntry.objects.filter(action=Action.PAPER_DOWNLOADED)
    assert entries.count() == 4
    assert {entry.object_label for entry in entries} == {paper.number}


@pytest.mark.django_db(transaction=True)
def test_papers_of_leads_assigned_at_once_are_numbered_without_a_gap(town, people, make_lead):
    leads = [make_lead() for _ in range(8)]
    start = threading.Barrier(len(leads))

    def run(lead: Lead) -> None:
        try:
            start.wait(timeout=30)
            assign(lead, people.office, town.civil, town.land)
        finally:
            connection.close()

    with ThreadPoolExecutor(len(leads)) as pool:
        for running in [pool.submit(run, lead) for lead in leads]:
            running.result(timeout=60)
    assert sorted(Paper.objects.values_list("serial", flat=True)) == list(range(1, 17))
    assert PaperSeries.objects.get().last == 16


def test_a_refused_assignment_takes_no_number(town, people, make_lead):
    lead = make_lead()
    with pytest.raises(ValidationError):
        assign(lead, people.office, town.police, town.east)
    assign(lead, people.office, town.civil)
    assert Paper.objects.get().serial == 1

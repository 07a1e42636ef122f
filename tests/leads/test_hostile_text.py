"""What people write comes back as the text that it is: in papers, in ledgers, in file names; and
what is hidden from a person cannot be found out by asking for it in an address."""

from __future__ import annotations

import io
import zipfile

import pytest
from docx import Document
from lxml import etree

from leads.conflicts import services as conflicts
from leads.documents import services as documents
from leads.models import Assignment, Lead, PaperTemplate

HOSTILE = (
    "=1+1",
    "+SUM(A1)",
    "-2+3",
    "@cmd|' /C calc'!A0",
    "{{ 7*7 }}",
    "{% load admin %}",
    "${7*7}",
    "{承办单位}",
    "<w:fldSimple w:instr='DDEAUTO c:\\cmd'/>",
    "]]></w:t><w:br/>",
    "DDEAUTO c:\\windows\\system32\\cmd.exe",
    "\u202etxt.exe",
)
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name) for name in file.namelist()}


def text_of(content: bytes) -> str:
    document = Document(io.BytesIO(content))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([one.text for one in document.paragraphs] + cells)


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize(
    "field", ["allegation", "place_detail", "instructions", "unit", "issuer", "person"]
)
def test_a_paper_holds_what_was_written_and_nothing_live(field, text, town, people, make_assigned):
    lead = make_assigned(town.civil)
    paper = lead.assignments.get().paper
    if field in ("allegation", "place_detail"):
        Lead.objects.filter(pk=lead.pk).update(**{field: text})
    elif field == "person":
        people.office.full_name = text
        people.office.save()
    else:
        values = {
            "instructions": ("requirements", f"交办要求：{text}。"),
            "unit": ("addressee", text),
        }
        name, words = values.get(field, (field, text))
        setattr(paper, name, words)  # as it would have been issued; the row itself is final
    paper.assignment = Assignment.objects.select_related("lead").get(pk=paper.assignment_id)
    if field == "person":
        paper.issued_by = people.office
    content = documents.file_of(paper)
    assert text in text_of(content)
    for name, source in parts_of(content).items():
        if not name.endswith((".xml", ".rels")):
            continue
        tree = etree.fromstring(source)
        asked = [one.text for one in tree.iter(f"{W}instrText")]
        asked += [one.get(f"{W}instr") for one in tree.iter(f"{W}fldSimple")]
        assert {(one or "").split()[0] for one in asked} <= {"PAGE"}, name
        assert not [one for one in tree.iter() if one.get("TargetMode") == "External"], name


@pytest.mark.parametrize("text", [one for one in HOSTILE if "{" not in one])
def test_a_template_holds_what_was_written(text, town, people, make_assigned):
    template = documents.template_for(town.unit, "order")
    words = {name: getattr(template, name) for name in ("mark", "issuer", "title", "requirements")}
    documents.edit_template(template=template, actor=people.director, body=text, **words)
    paper = make_assigned(town.civil).assignments.get().paper
    assert text in text_of(documents.file_of(paper))


@pytest.mark.parametrize("text", ["{{ 7*7 }}", "{% load admin %}", "${7*7}", "{0.__class__}"])
def test_a_template_knows_no_language_but_its_places(text, town, people, client_for):
    url = "/leads/setup/papers/order/"
    director = client_for(people.director)
    form = director.get(url).context["form"]
    values = {field.html_name: field.value() for field in form} | {"body": text}
    response = director.post(url, values)
    assert response.status_code == 200
    assert response.context["form"].errors["body"]
    assert not PaperTemplate.objects.filter(body=text).exists()


ASKED = (
    "",
    "sort=registered",
    "sort=due",
    "sort=-due",
    "sort=-received",
    "sort=received",
    "q={number}",
    "q={title}",
    "state=registered",
    "due=overdue",
    "domain=market",
    "place=dong",
    "major=true",
    "umbrella=true",
    "channel=hotline",
    "external={external}",
    "conduct=extortion",
    "open=true",
    "tab=todo",
    "tab=handled",
    "tab=mine",
    "before={after}",
    "after={before}",
    "sort=due&before=9999-12-31.{after}",
    "received_after={day}&received_before={day}",
)


@pytest.mark.parametrize("query", ASKED)
def test_no_address_of_the_list_tells_of_a_hidden_lead(query, people, make_lead, client_for):
    lead = make_lead(
        title="仅此一条的名称",
        external_number="外-77",
        is_major=True,
        umbrella_suspected=True,
    )
    asked = query.format(
        number=lead.number,
        title=lead.title,
        external=lead.external_number,
        after=lead.pk + 1,
        before=lead.pk - 1,
        day=lead.received_on,
    )
    office = client_for(people.office)
    conflicts.recuse(lead=lead, actor=people.office, reason="系亲属")
    response = office.get(f"/leads/?{asked}")
    assert response.status_code == 200
    page = response.context["page"]
    assert (page.rows, page.total) == ([], 0)
    assert (page.newer_url, page.older_url) == ("", "")
    body = response.content.decode().replace(asked, "")
    told = lead.number if "q=" not in query else f"/leads/{lead.number}/"
    assert told not in body
    shown = office.get(f"/leads/export/?{asked}").content.decode()
    assert "0 条" in shown


def test_a_hidden_lead_is_not_told_by_its_neighbours(people, make_lead, client_for):
    first, hidden, last = make_lead(), make_lead(), make_lead()
    conflicts.recuse(lead=hidden, actor=people.office, reason="系亲属")
    office = client_for(people.office)
    office.get("/leads/")
    for lead, name in ((first, "previous_url"), (last, "next_url")):
        context = office.get(f"/leads/{lead.number}/").context
        other = last if lead is first else first
        assert other.number in context[name]
        assert hidden.number not in context[name]

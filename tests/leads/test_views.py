"""The leads pages, as a browser meets them."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from urllib.parse import quote

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import escape

from audit.models import Action, AuditEntry
from departments.models import Domain
from leads import due, services
from leads.conflicts import services as conflicts
from leads.models import ALLEGATION_LIMIT, Assignment, Channel, Conduct, Feedback, Lead
from leads.states import AssignmentState, Disposition, Finding, LeadState

LIST = "/leads/"
NEW = "/leads/new/"
REQUIRED = "请填写此项。"
#: Words that stand in a lead's text and nowhere else on any page.
CANARY_TITLE, CANARY_TEXT, CANARY_PLACE = "金丝雀名称", "金丝雀正文", "金丝雀地点"
FEEDBACK = {
    "first_verifier": "核查员一",
    "second_verifier": "核查员二",
    "verified_facts": "经走访，集市确有收费。",
    "basis": "走访笔录三份。",
    "opinion": "建议立案调查。",
    "finding": Finding.PARTLY_PROVEN,
}


def url(name, obj):
    return reverse(f"leads:{name}", args=[obj.number if isinstance(obj, Lead) else obj.pk])


def text(response):
    return response.content.decode()


def numbers(response):
    return [lead.number for lead in response.context["page"].rows]


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


@pytest.fixture
def typed(town):
    """What the office types to log a lead."""
    return {
        "submission": str(uuid.uuid4()),
        "channel": Channel.objects.get(code="hotline").pk,
        "reporter_kind": "anonymous",
        "received_on": due.today().isoformat(),
        "title": "反映集市有人强行收费",
        "allegation": "反映人称每月初有人到集市收“管理费”。",
        "place": town.east.pk,
        "place_detail": "集市南门",
        "domain": Domain.objects.get(code="market").pk,
    }


@pytest.fixture
def signed(people, make_assigned):
    """A lead that two units verify, each with the assignment it signed."""

    def make(*units, **fields):
        lead = make_assigned(*units, **fields)
        for assignment in lead.assignments.order_by("pk"):
            services.sign(assignment=assignment, actor=_member(people, assignment))
        lead.refresh_from_db()
        return lead

    return make


def _member(people, assignment):
    mine = {"pcs": people.police, "jw": people.discipline, "mzb": people.civil}
    return mine[assignment.unit.code]


def _leader(people, assignment):
    mine = {
        "pcs": people.police_leader,
        "jw": people.discipline_leader,
        "mzb": people.civil_leader,
    }
    return mine[assignment.unit.code]


def reported(people, lead, **changes):
    for assignment in lead.assignments.order_by("pk"):
        services.report_and_sign(
            assignment=assignment,
            actor=_leader(people, assignment),
            expected_version=assignment.version,
            **FEEDBACK | changes,
        )
    lead.refresh_from_db()
    return lead


# Logging a lead


def test_a_clerk_logs_a_lead(office, people, town, typed):
    response = office.post(NEW, typed)
    lead = Lead.objects.get()
    assert response.status_code == 302
    assert response["Location"] == url("detail", lead)
    assert said(response) == [f"线索 {lead.number} 已登记。"]
    assert (lead.title, lead.allegation) == (typed["title"], typed["allegation"])
    assert (lead.place, lead.place_detail, lead.state) == (town.east, "集市南门", "registered")
    assert (lead.registered_by, lead.registered_unit) == (people.office, town.office)
    assert (lead.jurisdiction, lead.received_on) == (town.unit, due.today())


def test_save_and_log_another_comes_back_with_an_empty_form(office, typed):
    response = office.post(NEW, typed | {"another": "1"}, follow=True)
    ((address, status),) = response.redirect_chain
    assert (address.partition("?")[0], status) == (NEW, 302)
    assert typed["title"] not in text(response)
    # What a pile of papers has in common is kept.
    form = response.context["form"]
    assert {name: form[name].value() for name in ("channel", "place", "received_on")} == {
        "channel": str(typed["channel"]),
        "place": str(typed["place"]),
        "received_on": typed["received_on"],
    }
    assert not form["title"].value()
    first, second = typed["submission"], str(response.context["form"]["submission"].value())
    assert first != second
    assert Lead.objects.count() == 1


def test_every_fresh_form_has_a_token_of_its_own(office):
    tokens = {str(office.get(NEW).context["form"]["submission"].value()) for _ in range(3)}
    assert len(tokens) == 3


def test_a_wrong_form_says_so_twice_keeps_the_words_and_writes_nothing(office, typed):
    typed |= {"title": "", "channel": "", "allegation": "一段很长的、不能丢的话。"}
    response = office.post(NEW, typed)
    page = text(response)
    assert response.status_code == 200
    assert response.context["form"].errors == {"channel": [REQUIRED], "title": [REQUIRED]}
    # Once in the summary as a link to the field, once at the field.
    assert f'<a href="#id_title">线索名称：{REQUIRED}</a>' in page
    assert f'<a href="#id_channel">来源渠道：{REQUIRED}</a>' in page
    assert page.count(REQUIRED) == 4
    assert 'aria-invalid="true"' in page
    assert "一段很长的、不能丢的话。" in page
    assert typed["submission"] in page
    assert Lead.objects.count() == 0


@pytest.mark.parametrize(
    ("field", "value", "message"),
    [
        ("received_on", "2999-01-01", "收到日期不能晚于今天。"),
        ("received_on", "昨天", "输入一个有效的日期。"),
        ("title", "长" * 101, "最多 100 字，现有 101 字。"),
        ("allegation", "长" * (ALLEGATION_LIMIT + 1), "最多 10000 字，现有 10001 字。"),
        ("title", "   ", REQUIRED),
        ("reporter_kind", "somebody", "选择一个有效的选项"),
        ("channel", "999999999999999999999", "选择一个有效的选项"),
        ("channel", "x", "选择一个有效的选项"),
        ("place", "-1", "选择一个有效的选项"),
        ("named_units", "99999999", "99999999"),
        ("submission", "not-a-uuid", "请输入有效UUID。"),
        ("submission", "", REQUIRED),
    ],
)
def test_bad_values_are_named_at_their_field(office, typed, field, value, message):
    response = office.post(NEW, typed | {field: value})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert message in response.context["form"].errors[field][0]
    assert Lead.objects.count() == 0


def test_a_second_click_makes_no_second_lead(office, typed):
    first = office.post(NEW, typed)
    second = office.post(NEW, typed)
    lead = Lead.objects.get()
    assert first["Location"] == second["Location"] == url("detail", lead)
    assert said(second)[-1] == f"线索 {lead.number} 已在此前登记过，没有重复登记。"
    assert lead.events.count() == 1


def test_fields_that_the_form_does_not_offer_change_nothing(office, town, other_town, typed):
    extra = {
        "state": "closed",
        "number": "HACK-1",
        "jurisdiction": other_town.unit.pk,
        "registered_by": 1,
        "registered_unit": other_town.office.pk,
        "finding": "proven",
        "disposition": "case_filed",
        "due_on": "2000-01-01",
        "version": "77",
        "id": "1",
    }
    office.post(NEW, typed | extra)
    lead = Lead.objects.get()
    assert (lead.state, lead.finding, lead.disposition) == ("registered", "", "")
    assert (lead.jurisdiction, lead.registered_unit) == (town.unit, town.office)
    assert (lead.due_on, lead.version) == (None, 0)
    assert lead.number == f"TOWN-{due.today().year}-00001"


@pytest.mark.parametrize("field", ["place", "named_units"])
def test_units_of_another_town_are_not_taken(office, other_town, typed, field):
    response = office.post(NEW, typed | {field: other_town.east.pk})
    assert list(response.context["form"].errors) == [field]
    assert Lead.objects.count() == 0


def test_a_village_logs_a_lead_and_the_office_is_told_without_content(client_for, people, typed):
    client_for(people.east).post(NEW, typed)
    lead = Lead.objects.get()
    assert lead.registered_unit == people.east.main_unit
    notice = people.office.notices.get()
    assert lead.number in notice.title
    assert typed["title"] not in notice.title + notice.body


NAUGHTY = [
    "😀 二条 👨‍👩‍👧‍👦",
    "עברית \u202e反过来",
    "<script>alert(1)</script>",
    "'; DROP TABLE leads_lead; --",
    "{{ 7|add:1 }} {% now 'Y' %}",
    "\ufeffＡＢＣ\u200b\u3000零宽",
    "=cmd|'/C calc'!A0",
    "%s %(x)s %00 \\x00 \\",
    "Ω≈ç√ 𠮷野家 Zalgo̷̢",
    "null undefined None NaN",
]
UNSEEN = re.compile("[\u202e\ufeff\u200b]")


@pytest.mark.parametrize("words", NAUGHTY)
def test_odd_texts_come_back_as_they_were_typed_without_what_nobody_sees(office, typed, words):
    typed |= {"title": words, "allegation": f"{words}\r\n第二行", "place_detail": words}
    response = office.post(NEW, typed, follow=True)
    lead = Lead.objects.get()
    seen = UNSEEN.sub("", words).strip()
    assert (lead.title, lead.place_detail) == (seen, seen)
    assert lead.allegation == f"{words}\r\n第二行".replace("\u202e", "")
    assert escape(seen) in text(response)
    assert "<script>alert" not in text(response)
    assert escape(seen) in text(office.get(LIST))


def test_a_text_of_full_length_is_kept_whole(office, typed):
    long = "字" * ALLEGATION_LIMIT
    office.post(NEW, typed | {"allegation": long})
    assert Lead.objects.get().allegation == long


@pytest.mark.parametrize("field", ["title", "allegation", "place_detail"])
def test_a_nul_byte_is_refused_at_its_field(office, typed, field):
    response = office.post(NEW, typed | {field: "前\x00后"})
    assert response.status_code == 200
    assert list(response.context["form"].errors) == [field]
    assert Lead.objects.count() == 0


@pytest.mark.parametrize(
    "query", ["q=%00", "q=%E9%99", "state=%00", "tab=%00", "place=%00", "before=%00", "due=x"]
)
def test_a_broken_address_is_no_crash(office, make_lead, query):
    make_lead()
    assert office.get(f"{LIST}?{query}").status_code == 200


@pytest.mark.parametrize("number", ["%00", "TOWN-2026-99999", "..", "TOWN%2F1", "线索", "'--"])
def test_a_lead_that_is_not_there_is_not_found(office, number):
    assert office.get(f"{LIST}{number}/").status_code == 404


# The list


def test_the_list_shows_what_the_clerk_needs(office, town, make_lead, make_assigned):
    plain = make_lead()
    major = make_assigned(
        town.police, town.discipline, due_on=due.today() + dt.timedelta(days=2), is_major=True
    )
    response = office.get(LIST)
    page = text(response)
    assert numbers(response) == [major.number, plain.number]
    assert "共 2 条，本页 2 条" in page
    assert "派出所、纪委" in page
    assert "未转办" in page
    assert "临期，剩 2 天" in page
    assert page.count("tag-major") == 1
    assert f'<span class="status status-active">{LeadState.ASSIGNED.label}</span>' in page
    assert f'href="{NEW}"' in page


def test_the_tabs(office, people, make_lead, make_assigned):
    waiting, handled = make_lead(), make_assigned()
    theirs = make_lead(actor=people.east)
    rows = {
        tab: numbers(office.get(f"{LIST}?tab={tab}")) for tab in ("", "todo", "handled", "mine")
    }
    assert rows == {
        "": [theirs.number, handled.number, waiting.number],
        "todo": [theirs.number, waiting.number],
        "handled": [handled.number],
        "mine": [handled.number, waiting.number],
    }
    page = text(office.get(LIST))
    assert '待办 <span class="count">2</span>' in page


def test_a_search_stays_on_its_tab_and_the_reset_too(office, make_lead, make_assigned):
    waiting, _ = make_lead(), make_assigned()
    response = office.get(f"{LIST}?tab=todo&q=集市")
    assert numbers(response) == [waiting.number]
    assert 'name="tab" type="hidden" value="todo"' in text(response)
    assert f'href="{LIST}?tab=todo">重置</a>' in text(response)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=采砂", {"sand"}),
        ("q=车队 采砂", {"sand"}),
        ("q=河道采砂", {"sand"}),
        ("q=集市", {"market", "closed"}),
        ("q=沙场", set()),
        ("state=registered", {"sand"}),
        ("state=assigned", {"market"}),
        ("state=nonsense", set()),
        ("domain=market", {"market", "closed"}),
        ("domain=null", {"sand"}),
        ("due=overdue", {"market"}),
        ("due=near", set()),
        ("place=dong", {"market", "closed"}),
        ("place=xi", {"sand"}),
        ("unit=pcs", {"market", "closed"}),
        ("unit=mzb", set()),
        ("finding=partly_proven", {"closed"}),
        ("major=true", {"sand"}),
        ("major=false", {"market", "closed"}),
        ("open=true", {"sand", "market"}),
        ("open=false", {"closed"}),
        ("q=集市&open=false", {"closed"}),
        ("q=集市&major=true", set()),
        ("place=dong&due=overdue&state=assigned", {"market"}),
        ("registered_after=2999-01-01", set()),
        ("registered_before=2999-01-01&domain=null", {"sand"}),
        ("closed_after=2000-01-01", {"closed"}),
        ("registered_after=gestern", set()),
    ],
)
def test_filters_and_their_combinations(
    office, people, town, make_lead, make_assigned, signed, query, found
):
    leads = {
        "sand": make_lead(
            title="河道采砂",
            allegation="夜间有车队在河道采砂。",
            place=town.west,
            domain=None,
            is_major=True,
        ),
        "market": make_assigned(),
        "closed": reported(people, signed()),
    }
    Lead.objects.filter(pk=leads["market"].pk).update(due_on=due.today() - dt.timedelta(days=1))
    services.close(
        lead=leads["closed"],
        actor=people.director,
        finding=Finding.PARTLY_PROVEN,
        disposition=Disposition.CASE_FILED,
        closing_words="已立案。",
        expected_version=leads["closed"].version,
    )
    names = {lead.number: name for name, lead in leads.items()}
    response = office.get(f"{LIST}?{query}")
    assert response.status_code == 200
    assert {names[number] for number in numbers(response)} == found
    assert response.context["page"].total == len(found)


def test_a_wrong_filter_says_so_and_lists_nothing(office, make_lead):
    make_lead()
    page = text(office.get(f"{LIST}?registered_after=gestern"))
    assert "输入一个有效的日期。" in page
    assert "筛选条件有误" in page


@pytest.mark.parametrize(
    ("who", "query", "words", "action"),
    [
        ("office", "", "还没有线索", "登记第一条线索"),
        ("office", "?tab=todo", "没有待办线索", "查看全部线索"),
        ("office", "?tab=handled", "还没有已办线索", "查看全部线索"),
        ("office", "?tab=mine", "您还没有登记过线索", "登记第一条线索"),
        ("office", "?q=采砂", "没有符合条件的线索", "清除条件"),
        ("town_leader", "", "还没有线索", None),
    ],
)
def test_an_empty_list_says_what_to_do_next(client_for, people, who, query, words, action):
    page = text(client_for(getattr(people, who)).get(LIST + query))
    assert words in page
    assert action is None or f">{action}</a>" in page
    assert "<table" not in page


def test_pages_follow_one_another_and_keep_the_filter(office, make_lead, monkeypatch):
    monkeypatch.setattr("leads.lists.views.page_of.__kwdefaults__", {"size": 2})
    made = [make_lead().number for _ in range(5)]
    first = office.get(f"{LIST}?place=dong")
    assert numbers(first) == [made[4], made[3]]
    assert "共 5 条，本页 2 条" in text(first)
    second = office.get(LIST + first.context["page"].older_url)
    assert numbers(second) == [made[2], made[1]]
    third = office.get(LIST + second.context["page"].older_url)
    assert numbers(third) == [made[0]]
    assert third.context["page"].older_url == ""
    back = office.get(LIST + third.context["page"].newer_url)
    assert numbers(back) == [made[2], made[1]]
    assert "place=dong" in back.context["page"].older_url


def test_back_leads_to_the_list_as_it_was(office, make_lead):
    lead = make_lead()
    page = text(office.get(url("detail", lead)))
    assert f'href="{LIST}" data-back' in page
    office.get(f"{LIST}?tab=todo&q=集市")
    page = text(office.get(url("detail", lead)))
    assert 'href="/leads/?tab=todo&amp;q=%E9%9B%86%E5%B8%82" data-back' in page


@pytest.mark.parametrize("who", ["office", "police", "town_leader"])
def test_the_list_needs_as_many_queries_for_200_rows_as_for_10(
    client_for, people, make_assigned, monkeypatch, who
):
    monkeypatch.setattr("leads.lists.views.page_of.__kwdefaults__", {"size": 500})
    client = client_for(getattr(people, who))

    def queries(address):
        client.get(address)  # which is then the list that the session remembers
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    for _ in range(10):
        make_assigned()
    few = [queries(address) for address in (LIST, f"{LIST}?tab=todo", f"{LIST}?q=集市&due=near")]
    for _ in range(190):
        make_assigned()
    assert len(client.get(LIST).context["page"].rows) == 200
    many = [queries(address) for address in (LIST, f"{LIST}?tab=todo", f"{LIST}?q=集市&due=near")]
    assert many == few
    assert max(many) <= 25


def test_the_detail_needs_a_bounded_number_of_queries(
    office, town, people, signed, django_assert_max_num_queries
):
    lead = reported(people, signed(town.police, town.discipline, town.civil))
    with django_assert_max_num_queries(25):
        assert office.get(url("detail", lead)).status_code == 200


# One lead


def test_allegation_facts_and_finding_are_three_blocks(office, people, signed):
    lead = reported(people, signed())
    page = text(office.get(url("detail", lead)))
    order = [page.index(words) for words in ("反映内容（未经核实）", "核查情况<small>")]
    assert order == sorted(order)
    assert page.index(lead.allegation) < page.index(FEEDBACK["verified_facts"])
    assert ">结论<" not in page
    services.close(
        lead=lead,
        actor=people.director,
        finding=Finding.DISPROVEN,
        disposition=Disposition.CLARIFIED,
        closing_words="经核查不属实，已澄清。",
        expected_version=lead.version,
    )
    page = text(office.get(url("detail", lead)))
    assert page.index("核查情况<small>") < page.index(">结论<")
    assert "查否" in page
    assert "澄清" in page
    assert "经核查不属实，已澄清。" in page


def test_the_timeline_says_who_and_when_and_who_is_next(office, people, make_assigned):
    lead = make_assigned()
    page = text(office.get(url("detail", lead)))
    assert page.count('class="timeline-item') == 5
    assert "扫黑办 · 办公室甲" in page
    assert "等待办理" in page
    assert [event.verb_label for event in office.get(url("detail", lead)).context["events"]] == [
        "登记",
        "受理",
        "研判",
        "转办",
        "签收",
    ]


@pytest.mark.parametrize(
    ("who", "state", "primary"),
    [
        ("office", "registered", "研判转办"),
        ("office", "assigned", None),
        ("office", "reported_back", "报请办结"),
        ("director", "reported_back", "办结"),
        ("police", "assigned", "签收"),
        ("police", "verifying", "填写反馈"),
        ("police", "reported_back", None),
        ("town_leader", "reported_back", None),
    ],
)
def test_each_sees_the_one_step_that_is_theirs(
    client_for, people, make_lead, make_assigned, signed, who, state, primary
):
    lead = {
        "registered": make_lead,
        "assigned": make_assigned,
        "verifying": signed,
        "reported_back": lambda: reported(people, signed()),
    }[state]()
    page = text(client_for(getattr(people, who)).get(url("detail", lead)))
    assert page.count("btn-primary") == (1 if primary else 0)
    if primary:
        assert page.split("btn-primary", 1)[1].split(">", 1)[1].startswith(primary)


def test_looking_at_a_lead_goes_on_record_and_a_search_too(office, client_for, people, make_lead):
    lead = make_lead()
    office.get(url("detail", lead))
    client_for(people.town_leader).get(url("detail", lead))
    office.get(f"{LIST}?q=集市")
    viewed = AuditEntry.objects.get(action=Action.LEAD_VIEWED)
    assert (viewed.actor, viewed.object_label, viewed.reason) == (people.office, lead.number, "")
    searched = AuditEntry.objects.get(action=Action.SEARCHED)
    assert (searched.actor, searched.object_label, searched.reason) == (people.office, "", "")


# The steps


def assign_values(lead, *units, **changes):
    return {
        "version": lead.version,
        "domain": Domain.objects.get(code="market").pk,
        "conduct": Conduct.objects.get(code="extortion").pk,
        "units": [unit.pk for unit in units],
        "due_on": due.today().isoformat(),
        "instructions": "请三日内反馈。",
    } | changes


def test_the_week_of_a_lead_through_the_pages(office, client_for, people, town, make_lead):
    lead = make_lead()
    response = office.post(url("assign", lead), assign_values(lead, town.police, town.discipline))
    assert response["Location"] == url("detail", lead)
    lead.refresh_from_db()
    assert (lead.state, lead.due_on) == (LeadState.ASSIGNED, due.today())
    police_task, discipline_task = lead.assignments.order_by("pk")
    assert (police_task.unit, discipline_task.unit) == (town.police, town.discipline)

    for task in (police_task, discipline_task):
        client = client_for(_member(people, task))
        response = client.post(url("sign", task))
        assert said(response) == [f"线索 {lead.number} 已签收，请在期限内核查并反馈。"]
        task.refresh_from_db()
        client.post(url("report", task), FEEDBACK | {"version": task.version})
        task.refresh_from_db()
        assert task.state == AssignmentState.AWAITING_SIGNATURE
        client_for(_leader(people, task)).post(url("sign_off", task), {"version": task.version})
    lead.refresh_from_db()
    assert lead.state == LeadState.REPORTED_BACK

    police_task.refresh_from_db()
    values = {"version": police_task.version, "note": "请补充收费人员情况。"}
    office.post(url("return", police_task), values)
    police_task.refresh_from_db()
    assert police_task.state == AssignmentState.VERIFYING
    client_for(people.police_leader).post(
        url("report", police_task), FEEDBACK | {"version": police_task.version}
    )
    lead.refresh_from_db()
    values = {
        "version": lead.version,
        "finding": "proven",
        "disposition": "case_filed",
        "closing_words": "已立案。",
    }
    response = office.post(url("close", lead), values)
    assert said(response)[-1] == f"线索 {lead.number} 已报主任审批。"
    lead.refresh_from_db()
    assert (lead.state, lead.finding) == (LeadState.AWAITING_CLOSURE, "")
    response = client_for(people.director).post(
        url("approve_closing", lead), {"version": lead.version}
    )
    assert said(response)[-1] == f"线索 {lead.number} 已批准办结。"
    lead.refresh_from_db()
    assert (lead.state, lead.finding, lead.disposition) == ("closed", "proven", "case_filed")
    assert Feedback.objects.count() == 3


def test_each_form_carries_the_version_that_its_reader_saw(
    office, client_for, people, make_lead, signed
):
    logged, verifying, through = make_lead(), signed(), reported(people, signed())
    task, done = verifying.assignments.get(), through.assignments.get()
    wanted = [(office, "assign", logged), (office, "decline", logged), (office, "close", through)]
    wanted += [(office, "return", done), (client_for(people.police), "report", task)]
    assert (logged.version, through.version, task.version, done.version) == (0, 5, 1, 2)
    for client, name, thing in wanted:
        lead = getattr(thing, "lead", thing)
        page = text(client.get(url(name, thing)))
        assert f'name="version" value="{thing.version}"' in page, name
        assert f"线索 {lead.number}" in page
        assert f'href="{url("detail", lead)}">取消</a>' in page
        assert f'href="{url("detail", lead)}">{lead.number}</a>' in page


def test_declining_needs_a_reason(office, make_lead):
    lead = make_lead()
    response = office.post(url("decline", lead), {"version": lead.version, "note": " "})
    assert response.context["form"].errors == {"note": [REQUIRED]}
    office.post(url("decline", lead), {"version": lead.version, "note": "属于信访事项。"})
    lead.refresh_from_db()
    assert lead.state == LeadState.DECLINED
    assert lead.events.get(verb="decline").note == "属于信访事项。"


@pytest.mark.parametrize("unit", ["east", "office", "unit"])
def test_a_unit_that_is_not_offered_is_not_taken(office, town, make_lead, unit):
    lead = make_lead()
    wanted = getattr(town, unit)
    assert wanted not in office.get(url("assign", lead)).context["form"].fields["units"].queryset
    response = office.post(url("assign", lead), assign_values(lead, wanted))
    assert list(response.context["form"].errors) == ["units"]
    lead.refresh_from_db()
    assert (lead.state, Assignment.objects.count()) == (LeadState.REGISTERED, 0)


def test_a_unit_of_another_town_is_not_taken(office, other_town, make_lead):
    lead = make_lead()
    response = office.post(url("assign", lead), assign_values(lead, other_town.police))
    assert list(response.context["form"].errors) == ["units"]
    assert Assignment.objects.count() == 0


def test_extra_fields_of_a_step_change_nothing(office, town, make_lead):
    lead = make_lead()
    extra = {
        "state": "closed",
        "number": "X",
        "title": "改写",
        "allegation": "改写",
        "finding": "proven",
    }
    before = (lead.number, lead.title, lead.allegation)
    office.post(url("assign", lead), assign_values(lead, town.police, **extra))
    lead.refresh_from_db()
    assert (lead.number, lead.title, lead.allegation) == before
    assert (lead.state, lead.finding) == (LeadState.ASSIGNED, "")


def test_a_wrong_step_keeps_what_was_typed_and_writes_nothing(office, town, make_lead):
    lead = make_lead()
    values = assign_values(lead, town.police, due_on="2000-01-01", instructions="不能丢的要求")
    response = office.post(url("assign", lead), values)
    assert response.context["form"].errors == {"due_on": ["办理期限不能早于今天。"]}
    page = text(response)
    assert "不能丢的要求" in page
    assert page.count("办理期限不能早于今天。") == 2
    assert f'value="{town.police.pk}" id="id_units_0" checked' in page
    lead.refresh_from_db()
    assert (lead.state, lead.events.count()) == (LeadState.REGISTERED, 1)


def test_no_unit_chosen_is_said_at_the_units(office, make_lead):
    lead = make_lead()
    response = office.post(url("assign", lead), assign_values(lead))
    assert response.context["form"].errors == {"units": [REQUIRED]}
    page = text(response)
    assert f'<a href="#div_id_units">承办单位：{REQUIRED}</a>' in page
    assert 'id="div_id_units"' in page
    assert page.count(REQUIRED) == 2


def test_two_verifiers_must_be_two_people(client_for, people, signed):
    task = signed().assignments.get()
    values = FEEDBACK | {"version": task.version, "second_verifier": FEEDBACK["first_verifier"]}
    response = client_for(people.police).post(url("report", task), values)
    assert response.context["form"].errors == {"second_verifier": ["核查人须为两名不同的人员。"]}
    assert Feedback.objects.count() == 0


def test_an_umbrella_lead_that_cannot_be_closed_yet_says_why(office, people, signed):
    lead = reported(people, signed(umbrella_suspected=True))
    values = {
        "version": lead.version,
        "finding": "proven",
        "disposition": "case_filed",
        "closing_words": "已立案。",
    }
    response = office.post(url("close", lead), values)
    assert response.status_code == 200
    assert "须先有纪检机关的核查反馈" in text(response)
    assert "已立案。" in text(response)
    lead.refresh_from_db()
    assert lead.state == LeadState.REPORTED_BACK


def test_who_acts_on_an_old_page_is_told_and_keeps_what_was_typed(
    client_for, people, town, make_assigned
):
    lead = make_assigned()
    make_assigned()
    values = assign_values(lead, town.civil, version=0, instructions="不能丢的要求")
    response = client_for(people.director).post(url("assign", lead), values)
    assert response.status_code == 200
    page = text(response)
    assert "当前状态已是“已转办”，不能再转办" in page
    assert "不能丢的要求" in page
    assert "btn-primary" not in page
    assert Assignment.objects.filter(lead=lead).count() == 1


def test_who_was_slower_sees_both_and_can_send_again(client_for, people, signed):
    """The steps that others took stand beside what one has typed."""
    task = signed().assignments.get()
    stale = FEEDBACK | {"version": task.version}
    note = {"version": task.version, "note": "已走访三户。"}
    client_for(people.police_leader).post(url("progress", task), note)
    client = client_for(people.police)
    response = client.post(url("report", task), stale)
    page = text(response)
    assert "这条记录刚刚在别处被修改过" in page
    assert "已走访三户。" in page
    assert FEEDBACK["verified_facts"] in page
    assert Feedback.objects.count() == 0
    task.refresh_from_db()
    assert f'name="version" value="{task.version}"' in page
    client.post(url("report", task), stale | {"version": task.version})
    assert Feedback.objects.count() == 1


def test_a_second_click_on_a_step_is_told_that_it_is_done(client_for, people, signed):
    task = signed().assignments.get()
    client = client_for(people.police)
    values = FEEDBACK | {"version": task.version}
    client.post(url("report", task), values)
    response = client.post(url("report", task), values, follow=True)
    assert "已经办理过，没有重复办理。" in text(response)
    assert Feedback.objects.count() == 1


def test_a_step_that_has_passed_shows_no_form(client_for, people, signed):
    lead = reported(people, signed())
    task = lead.assignments.get()
    for who, name, thing in (("office", "assign", lead), ("police", "report", task)):
        response = client_for(getattr(people, who)).get(url(name, thing), follow=True)
        assert response.redirect_chain == [(url("detail", lead), 302)]
        assert "当前状态已是“已反馈”，不能再" in text(response)


def test_signing_twice_is_told(client_for, people, make_assigned):
    task = make_assigned().assignments.get()
    client_for(people.police).post(url("sign", task))
    response = client_for(people.police_leader).post(url("sign", task), follow=True)
    assert "当前状态已是“核查中”，不能再签收" in text(response)
    task.refresh_from_db()
    assert task.signed_by == people.police


# Who sees what


@pytest.fixture
def canary(town, people, signed):
    """A lead whose every text is a word that stands nowhere else, reported and closed."""
    lead = signed(
        town.police,
        town.discipline,
        title=f"反映{CANARY_TITLE}",
        allegation=f"反映人称{CANARY_TEXT}。",
        place_detail=CANARY_PLACE,
    )
    reported(people, lead, verified_facts="金丝雀核查", basis="金丝雀依据", opinion="金丝雀意见")
    return services.close(
        lead=lead,
        actor=people.director,
        finding=Finding.PROVEN,
        disposition=Disposition.CASE_FILED,
        closing_words="金丝雀办结",
        expected_version=lead.version,
    )


def test_a_town_leader_meets_no_word_of_a_lead_anywhere(client_for, people, canary):
    client = client_for(people.town_leader)
    addresses = [
        "/",
        LIST,
        f"{LIST}?tab=todo",
        f"{LIST}?tab=handled",
        f"{LIST}?q={CANARY_TITLE}",
        f"{LIST}?state=closed",
        url("detail", canary),
        "/reports/",
        "/messages/",
        "/exports/",
    ]
    for address in addresses:
        page = text(client.get(address)).replace(f'value="{CANARY_TITLE}"', "")
        assert "金丝雀" not in page, address
    page = text(client.get(url("detail", canary)))
    assert canary.number in page
    assert "查实" in page
    assert "反映内容、核查情况不对您显示" in page
    assert ">线索名称<" not in text(client.get(LIST))


def body(response, query):
    """The page without what differs by the address alone."""
    return text(response).replace(query, "")


@pytest.mark.parametrize("who", ["town_leader", "civil", "east"])
@pytest.mark.parametrize("words", [CANARY_TITLE, CANARY_TEXT, CANARY_PLACE, "金丝"])
def test_searching_is_no_oracle_for_what_one_may_not_read(
    client_for, people, canary, make_lead, who, words
):
    make_lead(actor=people.east)
    client = client_for(getattr(people, who))
    hit, miss = client.get(f"{LIST}?q={words}"), client.get(f"{LIST}?q=毫无意义")
    assert numbers(hit) == numbers(miss) == []
    assert hit.context["page"].total == miss.context["page"].total == 0
    # Byte by byte but for the words themselves, the minute, and the token of each page.
    strip = [hit.context["csrf_token"], miss.context["csrf_token"]]
    strip += [words, "毫无意义", quote(words), quote("毫无意义")]
    pages = [re.sub(r"\d\d:\d\d", "", text(one)) for one in (hit, miss)]
    for part in map(str, strip):
        pages = [page.replace(part, "") for page in pages]
    assert pages[0] == pages[1]
    # The test can tell a hit from a miss: who may read finds it.
    assert numbers(client_for(people.office).get(f"{LIST}?q={words}")) == [canary.number]


def test_a_named_unit_is_neither_offered_nor_assigned_nor_shown_the_lead(
    office, client_for, people, town, make_lead
):
    lead = make_lead(named_units=[town.civil], title=CANARY_TITLE)
    offered = office.get(url("assign", lead)).context["form"].fields["units"].queryset
    assert list(offered) == [town.police, town.discipline, town.land]
    response = office.post(url("assign", lead), assign_values(lead, town.civil, town.police))
    assert list(response.context["form"].errors) == ["units"]
    assert Assignment.objects.count() == 0
    office.post(url("assign", lead), assign_values(lead, town.police))
    client = client_for(people.civil)
    assert client.get(url("detail", lead)).status_code == 404
    for address in (LIST, f"{LIST}?q={CANARY_TITLE}", f"{LIST}?tab=todo", "/", "/messages/"):
        page = text(client.get(address))
        assert lead.number not in page
        assert CANARY_TITLE not in page.replace(f'value="{CANARY_TITLE}"', "")


def test_a_unit_that_is_named_after_it_was_assigned_loses_the_lead(
    client_for, people, town, make_assigned
):
    lead = make_assigned(town.civil)
    task = lead.assignments.get()
    client = client_for(people.civil)
    assert client.get(url("detail", lead)).status_code == 200
    lead.named_units.add(town.civil)
    conflicts.derive(lead)
    assert client.get(url("detail", lead)).status_code == 404
    assert client.post(url("sign", task)).status_code == 404
    assert numbers(client.get(LIST)) == numbers(client.get(f"{LIST}?tab=todo")) == []
    task.refresh_from_db()
    assert task.state == AssignmentState.PENDING


def test_a_named_office_clerk_and_a_named_registering_village_do_not_see_it(
    client_for, people, town, make_lead
):
    mine = make_lead(actor=people.east, named_units=[town.east])
    ours = make_lead(named_units=[town.office])
    assert client_for(people.east).get(url("detail", mine)).status_code == 404
    assert client_for(people.office).get(url("detail", ours)).status_code == 404
    assert numbers(client_for(people.office).get(LIST)) == [mine.number]


def test_a_unit_does_not_see_another_units_feedback(client_for, people, town, signed):
    lead = signed(town.police, town.discipline)
    police_task, discipline_task = lead.assignments.order_by("pk")
    for task, account, words in (
        (police_task, people.police_leader, "派出所金丝雀"),
        (discipline_task, people.discipline_leader, "纪委金丝雀"),
    ):
        services.report_and_sign(
            assignment=task,
            actor=account,
            expected_version=task.version,
            **FEEDBACK | {"verified_facts": words, "basis": words, "opinion": words},
        )
    services.return_feedback(
        assignment=Assignment.objects.get(pk=discipline_task.pk),
        actor=people.office,
        note="退回纪委的金丝雀",
        expected_version=Assignment.objects.get(pk=discipline_task.pk).version,
    )
    page = text(client_for(people.police).get(url("detail", lead)))
    assert "派出所金丝雀" in page
    assert "纪委金丝雀" not in page
    assert "退回纪委的金丝雀" not in page
    page = text(client_for(people.discipline).get(url("detail", lead)))
    assert "纪委金丝雀" in page
    assert "派出所金丝雀" not in page
    page = text(client_for(people.office).get(url("detail", lead)))
    assert "纪委金丝雀" in page
    assert "派出所金丝雀" in page


def test_a_unit_cannot_take_another_units_steps(client_for, people, town, make_assigned):
    lead = make_assigned(town.police, town.discipline)
    other = lead.assignments.get(unit=town.discipline)
    client = client_for(people.police)
    for name in ("sign", "report", "return"):
        assert client.post(url(name, other)).status_code in (403, 404)
    other.refresh_from_db()
    assert other.state == AssignmentState.PENDING


def test_foreign_is_404_and_a_missing_right_is_403(client_for, people, far_people, make_assigned):
    lead = make_assigned()
    assert client_for(far_people.office).get(url("detail", lead)).status_code == 404
    assert client_for(people.civil).get(url("detail", lead)).status_code == 404
    assert client_for(people.police).get(url("detail", lead)).status_code == 200
    for name in ("assign", "decline", "close"):
        assert client_for(people.police).get(url(name, lead)).status_code == 403
        assert client_for(people.town_leader).post(url(name, lead)).status_code == 403
        assert client_for(people.civil).post(url(name, lead)).status_code == 404

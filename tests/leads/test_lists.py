"""The lists of leads: tabs, order, columns, saved filters, and the way from lead to lead."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.http import QueryDict
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from departments.roles import Role
from departments.services import grant
from leads import due, fields
from leads.lists import columns, services
from leads.lists.listing import Listing
from leads.lists.models import ListPreference, SavedFilter
from leads.lists.orders import ORDERS
from leads.lists.rows import rows_of
from leads.lists.tabs import tabs_for
from leads.models import Assignment, Channel, Lead, LeadEvent, Subject
from leads.services import sign
from leads.states import LeadState
from pages.keyset import page_of

LIST = "/leads/"
EVERY_COLUMN = [column.code for column in columns.COLUMNS if column.on_page]


def text(response):
    return response.content.decode()


def numbers(response):
    return [lead.number for lead in response.context["page"].rows]


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


@pytest.fixture
def make_many(town, people):
    """Leads in bulk: every third without a deadline, days that repeat."""

    def make(count, *, start=0):
        channel = Channel.objects.get(code="hotline")
        made = Lead.objects.bulk_create(
            Lead(
                number=f"TOWN-2026-{start + index:05d}",
                jurisdiction=town.unit,
                channel=channel,
                title=f"反映事项{start + index}",
                allegation="有人强行收费。",
                place=town.east if index % 2 else town.west,
                received_on=due.today() - dt.timedelta(days=index % 4),
                due_on=None if index % 3 == 0 else due.today() + dt.timedelta(days=index % 5 - 2),
                registered_by=people.office,
                registered_unit=town.office,
            )
            for index in range(count)
        )
        LeadEvent.objects.bulk_create(
            LeadEvent(
                lead=lead, actor=people.office, verb="accept", to_state="accepted", actor_name="甲"
            )
            for lead in made
        )
        Assignment.objects.bulk_create(
            Assignment(lead=lead, unit=town.police, due_on=due.today(), assigned_by=people.office)
            for lead in made
        )
        Subject.objects.bulk_create(Subject(lead=lead, name="某甲") for lead in made)
        return made

    return make


# Tabs


@pytest.mark.parametrize(
    ("who", "labels"),
    [
        ("office", ["待办", "已办", "我登记的", "全部"]),
        ("director", ["待办", "已办", "我登记的", "全部"]),
        ("police", ["待办", "已办", "我登记的", "本单位"]),
        ("east", ["待办", "已办", "我登记的", "本单位"]),
        ("town_leader", ["全部"]),
    ],
)
def test_each_role_has_the_tabs_that_make_sense_for_it(people, who, labels):
    assert [tab.label for tab in tabs_for(getattr(people, who))] == labels


def test_the_tab_of_what_waits_counts_what_its_list_holds(
    client_for, people, town, make_lead, make_assigned
):
    signed = make_assigned()
    sign(assignment=signed.assignments.get(), actor=people.police)
    make_assigned()
    make_assigned(town.civil)
    make_lead(actor=people.police)
    make_lead(actor=people.police_leader)
    for who in ("office", "police", "police_leader", "civil", "east"):
        client = client_for(getattr(people, who))
        for tab in client.get(LIST).context["tabs"]:
            response = client.get(tab["url"])
            assert response.context["tab"] == tab["code"]
            if tab["code"] == "todo":
                assert tab["count"] == (str(response.context["page"].total).strip("0")), who
            else:
                assert tab["count"] == ""
    police = {
        tab["label"]: tab["count"] for tab in client_for(people.police).get(LIST).context["tabs"]
    }
    assert police == {"待办": "2", "已办": "", "我登记的": "", "本单位": ""}


def test_what_waits_follows_a_change_of_rights_at_once(client_for, people, town, make_assigned):
    make_assigned(town.civil)
    make_assigned()
    client = client_for(people.police)

    def waiting() -> str:
        return client.get(LIST).context["tabs"][0]["count"]

    assert waiting() == "1"
    grant(account=people.police, unit=town.civil, role=Role.LIAISON)
    assert waiting() == "2"
    people.police.memberships.filter(unit=town.civil).delete()
    assert waiting() == "1"


def test_what_waits_is_counted_up_to_a_limit(office, make_lead, monkeypatch):
    monkeypatch.setattr("leads.lists.tabs.WAITING_LIMIT", 2)
    for _ in range(3):
        make_lead()
    page = office.get(LIST)
    assert page.context["tabs"][0]["count"] == "2+"
    assert '<span>待办线索</span><span class="count">2+</span>' in text(page)


def test_a_tab_that_one_does_not_have_opens_the_widest_that_one_has(client_for, people, make_lead):
    lead = make_lead(actor=people.east)
    make_lead()
    response = client_for(people.east).get(LIST)
    assert (response.context["tab"], numbers(response)) == ("unit", [lead.number])


# Order


@pytest.mark.parametrize("code", ORDERS)
@pytest.mark.parametrize("query", ["", "place=dong", "due=overdue", "q=强行收费"])
def test_every_row_is_on_one_page_whatever_the_order_and_whatever_comes_in_meanwhile(
    people, make_many, code, query
):
    there = {lead.pk for lead in make_many(23)}
    listing = Listing.of(people.office, query)
    wanted = set(listing.leads.values_list("pk", flat=True)) & there
    order = ORDERS[code]
    seen, address, turns = [], "", 0
    while address is not None:
        request = RequestFactory().get(f"{LIST}{address}")
        page = page_of(Listing.of(people.office, query).leads, request, order, size=4)
        seen += [lead.pk for lead in page.rows]
        address = page.older_url or None
        turns += 1
        make_many(2, start=100 * turns)
        assert turns < 60
    assert len(seen) == len(set(seen))
    assert wanted <= set(seen)
    rows = Lead.objects.in_bulk(seen)
    places = [order.position(rows[pk]) for pk in seen]
    assert places == sorted(places, reverse=order.is_descending)


@pytest.mark.parametrize("code", ORDERS)
def test_the_way_back_shows_the_same_pages(people, make_many, code):
    make_many(11)
    leads = Listing.of(people.office, "").leads

    def page(address):
        return page_of(leads, RequestFactory().get(LIST + address), ORDERS[code], size=4)

    first = page("")
    second = page(first.older_url)
    third = page(second.older_url)
    assert [len(one.rows) for one in (first, second, third)] == [4, 4, 3]
    assert (third.older_url, first.newer_url) == ("", "")
    assert [lead.pk for lead in page(third.newer_url).rows] == [lead.pk for lead in second.rows]
    assert [lead.pk for lead in page(second.newer_url).rows] == [lead.pk for lead in first.rows]


@pytest.mark.parametrize("position", ["x", "2026-01-01", ".5", "2026-13-01.5", "-1", "9" * 30, "٣"])
@pytest.mark.parametrize("sort", ["", "due"])
def test_a_position_that_is_none_is_the_first_page(office, make_lead, sort, position):
    lead = make_lead()
    response = office.get(LIST, {"sort": sort, "before": position})
    assert numbers(response) == [lead.number]


@pytest.mark.parametrize(
    ("code", "index"), [("due", "lead_sorted_by_deadline"), ("-received", "lead_by_receipt")]
)
def test_a_deep_page_is_read_through_the_index_of_its_order(
    people, make_many, as_owner, code, index
):
    made = make_many(600)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE leads_lead")
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_sort = off")
    order = ORDERS[code]
    leads = Lead.objects.filter(jurisdiction=made[0].jurisdiction)
    for page in (order.sort(leads)[:50], order.beyond(leads, order.position(made[300]))[:50]):
        plan = page.explain()
        assert index in plan, plan
        assert "Sort" not in plan, plan


def test_a_heading_sorts_and_sorts_back(office, make_lead):
    make_lead()
    page = office.get(f"{LIST}?tab=todo&place=dong&before=999999")
    heads = {heading["label"]: heading for heading in page.context["headings"]}
    assert heads["登记日期"] == {
        "label": "登记日期",
        "url": "?tab=todo&place=dong&sort=registered",
        "sorted": "descending",
    }
    assert heads["办理期限"] == {
        "label": "办理期限",
        "url": "?tab=todo&place=dong&sort=due",
        "sorted": "",
    }
    assert heads["线索名称"]["url"] == ""
    page = office.get(f"{LIST}?sort=due")
    heads = {heading["label"]: heading for heading in page.context["headings"]}
    assert (heads["办理期限"]["sorted"], heads["办理期限"]["url"]) == ("ascending", "?sort=-due")


# Filters


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("channel=visit", {"visited"}),
        ("conduct=loan", {"visited"}),
        ("conduct=null", {"plain"}),
        ("external=A-7", {"visited"}),
        ("external=A", set()),
        ("umbrella=true", {"visited"}),
        ("umbrella=false", {"plain", "late"}),
        ("due=normal", {"visited"}),
        ("due=overdue", {"late"}),
        ("received_before=2020-01-31", {"visited"}),
        ("received_after=2020-02-01", {"plain", "late"}),
        ("registered_after=0001-01-01", {"plain", "visited", "late"}),
        ("registered_before=9999-12-31", {"plain", "visited", "late"}),
        ("registered_before=0001-01-01", set()),
    ],
)
def test_the_filters(office, people, town, make_lead, make_assigned, query, found):
    from leads.models import Conduct

    leads = {
        "plain": make_lead(),
        "visited": make_lead(
            channel=Channel.objects.get(code="visit"),
            conduct=Conduct.objects.get(code="loan"),
            umbrella_suspected=True,
            external_number="A-7",
            received_on=dt.date(2020, 1, 31),
        ),
        "late": make_assigned(),
    }
    Lead.objects.filter(pk=leads["visited"].pk).update(due_on=due.today() + dt.timedelta(days=90))
    Lead.objects.filter(pk=leads["late"].pk).update(due_on=due.today() - dt.timedelta(days=1))
    response = office.get(f"{LIST}?{query}")
    names = {lead.number: name for name, lead in leads.items()}
    assert {names[number] for number in numbers(response)} == found


def test_a_town_leader_is_not_offered_filters_by_words_and_finds_nothing_by_them(
    client_for, people, make_lead
):
    make_lead(umbrella_suspected=True)
    client = client_for(people.town_leader)
    form = client.get(f"{LIST}?more=1").context["filter"].form
    assert {"q", "umbrella"} <= {field.name for field in form.hidden_fields()}
    for query in ("umbrella=true", "umbrella=false", "q=集市"):
        assert numbers(client.get(f"{LIST}?{query}")) == []


def test_the_filter_bar_unfolds(office, people, make_lead):
    def labels(address):
        return [
            field.label for field in office.get(address).context["filter"].form.visible_fields()
        ]

    make_lead()
    first = ["关键词", "状态", "期限", "排序"]
    every = labels(f"{LIST}?more=1")
    assert (labels(LIST), every[:4], len(every)) == (first, first, 20)
    # A condition in force is always shown.
    assert labels(f"{LIST}?place=dong") == [*first, "涉及村居"]
    assert labels(f"{LIST}?place=+&domain=&due=near") == first
    assert 'href="?due=near&amp;more=1"' in text(office.get(f"{LIST}?due=near"))
    assert 'href="?due=near"' in text(office.get(f"{LIST}?due=near&more=1"))
    assert labels(f"{LIST}?place=dong&more=1") == every


def test_what_is_typed_but_not_sent_is_not_the_list_that_one_comes_back_to(office, make_lead):
    lead = make_lead()
    office.get(f"{LIST}?tab=mine")
    office.get(f"{LIST}?q=无此词语&more=1", headers={"hx-request": "true"})
    assert 'href="/leads/?tab=mine"' in text(office.get(f"{LIST}{lead.number}/"))


def test_a_wrong_filter_keeps_what_was_typed_and_says_so_twice(office, make_lead):
    make_lead()
    page = text(office.get(f"{LIST}?received_after=gestern&q=集市"))
    assert page.count("输入一个有效的日期。") == 2
    assert 'value="gestern"' in page
    assert 'value="集市"' in page
    assert "data-error-summary" in page


def test_a_list_page_has_one_primary_button(office, client_for, people, make_lead):
    make_lead()
    assert text(office.get(LIST)).count("btn-primary") == 1
    assert text(client_for(people.town_leader).get(LIST)).count("btn-primary") == 0


# Columns


@pytest.mark.parametrize("who", ["office", "police", "town_leader"])
def test_the_columns_that_were_chosen_stay_chosen(client_for, people, make_assigned, who):
    make_assigned()
    account = getattr(people, who)
    client = client_for(account)
    usual = [heading["label"] for heading in client.get(LIST).context["headings"]]
    response = client.post(
        f"{LIST}columns/", {"columns": ["due", "channel"], "query": "state=assigned&bad=1"}
    )
    assert response["Location"] == f"{LIST}?state=assigned"
    again = client_for(account).get(LIST)
    assert [heading["label"] for heading in again.context["headings"]] == [
        "线索编号",
        "来源",
        "办理期限",
    ]
    client.post(f"{LIST}columns/", {"reset": "1"})
    assert [heading["label"] for heading in client.get(LIST).context["headings"]] == usual
    assert not ListPreference.objects.exists()


def test_columns_of_words_are_not_for_town_leaders(client_for, people, make_lead):
    make_lead()
    client = client_for(people.town_leader)
    assert "title" not in dict(client.get(LIST).context["columns_form"].fields["columns"].choices)
    response = client.post(f"{LIST}columns/", {"columns": ["title", "umbrella"]}, follow=True)
    assert "没有这一列" in text(response)
    services.choose_columns(actor=people.town_leader, chosen=["title", "umbrella", "allegation"])
    assert ListPreference.objects.get().columns == ["number"]


def test_an_unreadable_row_shows_no_words_in_any_column(make_lead, people):
    lead = make_lead(umbrella_suspected=True)
    every = [column for column in columns.COLUMNS if column.on_page]
    prepared = columns.prepare(Lead.objects.all(), every, user=people.town_leader)
    shown = rows_of(prepared, every, people.town_leader)[0]
    hidden = fields.FIELDS.keys() - fields.seen_by(frozenset({fields.Standing.FIGURES})).keys()
    assert lead.title not in shown
    assert shown.count("（内容不可见）") == sum(column.field in hidden for column in every)


@pytest.mark.parametrize("who", ["office", "police", "town_leader"])
def test_every_tab_and_column_set_needs_as_many_queries_for_1000_rows_as_for_10(
    client_for, people, make_many, monkeypatch, who
):
    monkeypatch.setattr("leads.lists.views.page_of.__kwdefaults__", {"size": 100})
    account = getattr(people, who)
    client = client_for(account)
    addresses = [f"{LIST}?tab={tab.code}" for tab in tabs_for(account)]
    addresses += [f"{LIST}?sort=due&place=dong", f"{LIST}?sort=-received&channel=hotline"]
    shown = (["number"], EVERY_COLUMN)
    SavedFilter.objects.create(owner=account, name="甲", query="due=near")

    def queries():
        counts = []
        for chosen in shown:
            services.choose_columns(actor=account, chosen=chosen)
            for address in addresses:
                client.get(address)  # which is then the list that the session remembers
                with CaptureQueriesContext(connection) as captured:
                    assert client.get(address).status_code == 200
                counts.append(len(captured))
        return counts

    make_many(10)
    few = queries()
    make_many(990, start=1000)
    assert client.get(addresses[-3]).context["page"].total == 1000
    many = queries()
    assert many == few
    assert max(many) <= 25


# Saved filters


def test_a_filter_is_saved_opened_shared_renamed_and_deleted(office, client_for, people, make_lead):
    lead = make_lead()
    theirs = make_lead(actor=people.east)
    response = office.post(
        f"{LIST}filters/",
        {"name": "东村待办", "query": "place=dong&tab=todo&before=5&x=1&sort=due&finding="},
    )
    saved = SavedFilter.objects.get()
    assert (saved.owner, saved.name, saved.query) == (
        people.office,
        "东村待办",
        "place=dong&sort=due&tab=todo",
    )
    assert response["Location"] == f"{LIST}?{saved.query}"
    opened = office.get(response["Location"])
    assert set(numbers(opened)) == {lead.number, theirs.number}
    assert '<a class="saved-link active"' in text(opened)
    # Sent to another: that person's tab and that person's rows.
    assert numbers(client_for(people.east).get(response["Location"])) == []
    assert numbers(client_for(people.east).get(f"{LIST}?place=dong")) == [theirs.number]

    office.post(f"{LIST}filters/{saved.pk}/", {"name": "东村"})
    assert SavedFilter.objects.get().name == "东村"
    office.post(f"{LIST}filters/{saved.pk}/delete/")
    assert not SavedFilter.objects.exists()


def test_a_second_click_saves_no_second_filter(office):
    for _ in range(2):
        response = office.post(f"{LIST}filters/", {"name": "甲", "query": "due=near"})
        assert response["Location"] == f"{LIST}?due=near"
    assert SavedFilter.objects.count() == 1


@pytest.mark.parametrize(
    ("name", "query", "words"),
    [
        ("", "due=near", "请填写此项。"),
        ("字" * 31, "due=near", "最多 30 字，现有 31 字。"),
        ("甲", "due=overdue", "已有同名的常用筛选"),
        ("乙", "", "还没有设筛选条件"),
        ("乙", "nothing=known", "还没有设筛选条件"),
        ("乙", "due=never", "筛选条件有误"),
        ("乙", "registered_after=gestern", "筛选条件有误"),
    ],
)
def test_what_cannot_be_saved_says_why_and_keeps_what_was_typed(office, name, query, words):
    office.post(f"{LIST}filters/", {"name": "甲", "query": "due=near"})
    response = office.post(f"{LIST}filters/", {"name": name, "query": query})
    assert response.status_code == 200
    assert words in text(response)
    assert not query.startswith("due") or f'value="{query}"' in text(response)
    assert SavedFilter.objects.count() == 1


def test_there_is_a_limit_to_saved_filters(people, monkeypatch):
    monkeypatch.setattr(services, "MOST_SAVED", 2)
    for name in "甲乙":
        services.save_filter(actor=people.office, name=name, query="due=near")
    with pytest.raises(ValidationError, match="最多保存 2 个"):
        services.save_filter(actor=people.office, name="丙", query="due=near")
    services.save_filter(actor=people.director, name="丙", query="due=near")


def test_a_foreign_saved_filter_is_not_there(office, people):
    foreign = services.save_filter(actor=people.director, name="主任的", query="due=near")
    assert office.post(f"{LIST}filters/{foreign.pk}/", {"name": "乙"}).status_code == 404
    assert office.post(f"{LIST}filters/{foreign.pk}/delete/").status_code == 404
    assert "主任的" not in text(office.get(f"{LIST}filters/"))
    foreign.refresh_from_db()
    assert foreign.name == "主任的"


def test_a_query_is_cleaned_to_what_the_list_knows(people):
    listing = Listing(people.office, QueryDict("sort=due&q=+集市+&q=河道&after=1&tab=x&state="))
    assert QueryDict(listing.query).dict() == {"tab": "x", "q": "河道", "sort": "due"}


# From lead to lead


def test_the_next_lead_is_the_next_in_the_list_as_it_is_filtered_and_sorted(office, make_many):
    made = make_many(6)
    assert "上一条" not in text(office.get(f"{LIST}{made[0].number}/"))
    listed = numbers(office.get(f"{LIST}?place=dong&sort=due"))
    assert len(listed) == 3
    ways = [office.get(f"{LIST}{number}/").context for number in listed]
    assert [(way["previous_url"], way["next_url"]) for way in ways] == [
        ("", f"{LIST}{listed[1]}/"),
        (f"{LIST}{listed[0]}/", f"{LIST}{listed[2]}/"),
        (f"{LIST}{listed[1]}/", ""),
    ]


def test_a_lead_that_has_left_the_list_still_leads_on(office, make_many):
    made = make_many(3)
    office.get(f"{LIST}?tab=todo")
    Lead.objects.filter(pk=made[1].pk).update(state=LeadState.ACCEPTED)
    Lead.objects.filter(pk=made[1].pk).update(state=LeadState.ASSESSED)
    Lead.objects.filter(pk=made[1].pk).update(state=LeadState.ASSIGNED)
    way = office.get(f"{LIST}{made[1].number}/").context
    assert (way["previous_url"], way["next_url"]) == (
        f"{LIST}{made[2].number}/",
        f"{LIST}{made[0].number}/",
    )


def test_the_neighbours_cost_two_queries(office, make_many):
    made = make_many(3)
    address = f"{LIST}{made[1].number}/"

    def queries():
        with CaptureQueriesContext(connection) as captured:
            office.get(address)
        return len(captured)

    before = queries()
    office.get(f"{LIST}?sort=due")
    assert queries() == before + 2

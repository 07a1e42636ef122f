"""Hints at leads that may be the same: what they rest on, and who gets them."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from audit.models import Action, AuditEntry
from departments.models import Domain
from leads import due, services
from leads.duplicates.services import Told, find, similar_to
from leads.models import Channel, Lead

TYPED = "/leads/similar/"
SAND = "夜间有多辆货车在河道里挖采砂石，往镇外运，村民拦阻时被人威胁。"
SAND_AGAIN = "来电称夜间有货车在河道挖采砂石，村民前去拦阻，被人威胁。"
LOAN = "有人以办证为名放贷，逾期后上门堵锁眼泼油漆。"


def text(response):
    return response.content.decode()


def told(town, **changes):
    values = {
        "title": "河道夜间采砂",
        "allegation": SAND_AGAIN,
        "place_id": town.east.pk,
        "domain_id": Domain.objects.get(code="land").pk,
        "received_on": due.today(),
    }
    return Told(**values | changes)


@pytest.fixture
def sand(make_lead, town):
    return make_lead(
        title="河道采砂",
        allegation=SAND,
        place=town.east,
        domain=Domain.objects.get(code="land"),
        received_on=due.today() - dt.timedelta(days=3),
    )


def test_the_same_told_in_other_words_is_found_with_its_reasons(people, town, sand, make_lead):
    make_lead(title="上门讨债", allegation=LOAN, place=town.east)
    (hint,) = find(told(town), user=people.office)
    assert hint.lead == sand
    assert hint.reasons == ["同村", "同领域", "日期相近", "内容相近"]


@pytest.mark.parametrize(
    ("changes", "reasons"),
    [
        ({"place_id": None}, ["同领域", "日期相近", "内容相近"]),
        ({"domain_id": None}, ["同村", "日期相近", "内容相近"]),
        (
            {"received_on": due.today() - dt.timedelta(days=40)},
            ["同村", "同领域", "内容相近"],
        ),
        ({"allegation": LOAN, "title": "上门讨债泼油漆堵锁眼"}, None),
        ({"allegation": "", "title": ""}, None),
        ({"allegation": "", "title": "采砂"}, None),
    ],
)
def test_each_reason_holds_for_itself(people, town, sand, changes, reasons):
    hints = find(told(town, **changes), user=people.office)
    assert [hint.reasons for hint in hints] == ([reasons] if reasons else [])


def test_the_same_number_elsewhere(people, town):
    platform = Channel.objects.create(code="p", name="平台", number_only=True)
    made = [
        services.register(
            actor=people.office,
            submission=uuid.uuid4(),
            channel=platform,
            external_number=number,
        )[0]
        for number in ("PT-1", "PT-1", "PT-2")
    ]
    # Their fixed sentence makes no two of them alike.
    (hint,) = similar_to(made[0], user=people.office)
    assert (hint.lead, hint.reasons[0]) == (made[1], "来源编号相同")
    assert similar_to(made[2], user=people.office) == []


def test_at_most_five_the_likeliest_first(people, town, make_lead, sand):
    for _ in range(6):
        make_lead(title="河道采砂", allegation=SAND, place=town.west, domain=None)
    hints = find(told(town), user=people.office)
    assert len(hints) == 5
    assert hints[0].lead == sand


def test_only_leads_that_the_person_may_read(people, far_people, town, make_lead, make_assigned):
    land = Domain.objects.get(code="land")
    ours = make_lead(title="河道采砂", allegation=SAND, place=town.east, domain=land)
    villages = make_lead(actor=people.east, title="河道采砂", allegation=SAND, domain=land)
    police = make_assigned(title="河道采砂", allegation=SAND)
    named = make_lead(title="河道采砂", allegation=SAND, place=town.east, named_units=[town.office])

    def seen(who):
        return {hint.lead for hint in find(told(town), user=who)}

    assert seen(people.office) == {ours, villages, police}
    assert seen(people.east) == {villages}
    assert seen(people.police) == {police}
    for who in (people.west, people.town_leader, people.sysadmin, far_people.office):
        assert seen(who) == set()
    assert named not in seen(people.director)


def test_the_form_asks_while_one_types(client_for, people, town, sand):
    typed = {"title": "河道夜间采砂", "allegation": SAND_AGAIN, "place": town.east.pk}
    page = text(client_for(people.office).post(TYPED, typed))
    assert sand.number in page
    assert "同村、日期相近、内容相近" in page
    assert sand.number not in text(client_for(people.west).post(TYPED, typed))


@pytest.mark.parametrize(
    "broken",
    [
        {},
        {"place": "x", "domain": "-1", "received_on": "gestern", "title": SAND},
        {"title": "前\x00后" * 10, "allegation": "\x00"},
        {"title": "'\\:*&|!()<->" * 20, "allegation": "' | '' & \\" * 50},
        {"allegation": "😀👨‍👩‍👧‍👦 עברית \u202e Zalgo̷̢ 𠮷野家" * 200},
        {"place": "9" * 30, "external_number": "x" * 100},
    ],
)
def test_odd_input_is_no_crash(client_for, people, sand, broken):
    assert client_for(people.office).post(TYPED, broken).status_code == 200


def test_the_assessment_shows_them(client_for, people, town, sand, make_lead):
    lead = make_lead(title="河道夜间采砂", allegation=SAND_AGAIN, place=town.east)
    client = client_for(people.office)
    assert f"/leads/{lead.number}/similar/" in text(client.get(f"/leads/{lead.number}/"))
    assert sand.number in text(client.get(f"/leads/{lead.number}/similar/"))
    fragment = client.get(f"/leads/{lead.number}/similar/", headers={"HX-Request": "true"})
    assert "<html" not in text(fragment)
    alone = make_lead(title="上门讨债", allegation=LOAN, place=town.west)
    assert "没有发现相似的线索" in text(client.get(f"/leads/{alone.number}/similar/"))


def test_who_assesses_sees_them_beside_the_form_and_may_merge(
    client_for, people, town, sand, make_lead
):
    lead = make_lead(title="河道夜间采砂", allegation=SAND_AGAIN, place=town.east)
    client = client_for(people.office)
    address = f"/leads/{lead.number}/assign/"
    for page in (client.get(address), client.post(address, {"version": lead.version})):
        assert f'hx-get="/leads/{lead.number}/similar/"' in text(page)
        assert SAND_AGAIN in text(page)
    assert AuditEntry.objects.filter(action=Action.LEAD_VIEWED).count() == 2
    fragment = text(client.get(f"/leads/{lead.number}/similar/", headers={"HX-Request": "true"}))
    merge = f"/leads/{lead.number}/merge/?into={sand.number}"
    assert merge in fragment
    assert f'value="{sand.number}"' in text(client.get(merge))


def test_a_form_for_further_units_shows_none(client_for, people, make_assigned):
    lead = make_assigned()
    page = text(client_for(people.office).get(f"/leads/{lead.number}/add-units/"))
    assert "similar" not in page


def test_the_cost_does_not_grow_with_the_number_of_leads(people, town, make_lead, sand):
    def count():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            find(told(town), user=people.office)
        return len(queries)

    before = count()
    for _ in range(20):
        make_lead(title="河道采砂", allegation=SAND, place=town.east)
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE")
        cursor.execute("ANALYZE leads_lead")
    assert count() <= before <= 12
    assert Lead.objects.count() == 21

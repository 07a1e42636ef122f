"""字典与规则: what the director edits, and what is on record of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.core.exceptions import PermissionDenied, ValidationError

from audit.models import Action, AuditEntry
from departments import services as departments
from departments.models import Domain
from leads.documents import services as documents
from leads.documents.texts import DEFAULTS
from leads.models import Channel, PaperTemplate, RoutingRule
from leads.routing import services as routing
from tests.forms import Form
from tests.processes import at_once


@pytest.fixture
def director(people, client_for):
    return client_for(people.director)


def on_record():
    entries = AuditEntry.objects.filter(action=Action.SETTINGS_CHANGED).order_by("pk")
    return [(entry.object_type, entry.object_label, entry.reason) for entry in entries]


def save(client, url, values):
    """Send the page of a setting as one who has just opened it."""
    return client.post(url, values | {"seen": client.get(url).context["form"]["seen"].value()})


def names(model):
    return list(model.objects.values_list("name", flat=True))


def test_an_entry_is_added_renamed_moved_and_switched_off(director, people, make_lead):
    lead = make_lead()
    url = "/leads/setup/dictionaries/channels/"
    director.post(url, {"name": " 网络平台 "})
    assert names(Channel)[-1] == "网络平台"
    hotline = Channel.objects.get(code="hotline")
    save(director, f"{url}{hotline.pk}/", {"name": "热线电话", "is_active": "on"})
    director.post(f"{url}{hotline.pk}/move/", {"down": "1"})
    save(director, f"{url}{hotline.pk}/", {"name": "热线电话"})
    assert names(Channel) == ["来访", "热线电话", "网络平台"]
    assert list(Channel.objects.active().values_list("name", flat=True)) == ["来访", "网络平台"]
    lead.refresh_from_db()
    assert lead.channel.name == "热线电话"
    assert on_record() == [
        ("来源渠道", "网络平台", "新增：网络平台"),
        ("来源渠道", "热线电话", "改名：举报电话 → 热线电话"),
        ("来源渠道", "热线电话", "次序改为第 2 位"),
        ("来源渠道", "热线电话", "不再启用"),
    ]
    # What is switched off can no longer be chosen.
    page = director.get("/leads/new/").content.decode()
    assert "网络平台" in page
    assert "热线电话" not in page


@pytest.mark.parametrize("kind", ["channels", "domains", "conducts", "criteria"])
def test_every_dictionary_has_its_page(director, kind):
    url = f"/leads/setup/dictionaries/{kind}/"
    assert director.get(url).status_code == 200
    assert director.post(url, {"name": "新增的一项"}).status_code == 302
    assert "新增的一项" in director.get(url).content.decode()
    assert director.get("/leads/setup/dictionaries/nothing/").status_code == 404


def test_one_towns_director_reads_but_does_not_change_what_all_towns_share(
    director, people, other_town, make_account
):
    url = "/leads/setup/dictionaries/channels/"
    hotline = Channel.objects.get(code="hotline")
    page = director.get(url)
    assert page.status_code == 200
    assert "由平台内各乡镇共用" in page.content.decode()
    assert "新增一项" not in page.content.decode()
    assert director.post(url, {"name": "网络平台"}).status_code == 403
    assert director.get(f"{url}{hotline.pk}/").status_code == 403
    assert director.post(f"{url}{hotline.pk}/move/", {"down": "1"}).status_code == 403
    with pytest.raises(PermissionDenied):
        departments.add_entry(model=Channel, actor=people.director, name="网络平台")
    assert on_record() == []

    departments.grant(account=people.director, unit=other_town.office, role="director")
    assert director.post(url, {"name": "网络平台"}).status_code == 302
    assert names(Channel)[-1] == "网络平台"


def test_a_taken_name_and_an_empty_one_are_refused_at_the_field(director, people):
    url = "/leads/setup/dictionaries/channels/"
    before = names(Channel)
    for name in ("来访", "  ", "长" * 41):
        response = director.post(url, {"name": name})
        assert response.status_code == 200
        assert response.context["form"].errors["name"]
    assert names(Channel) == before
    assert on_record() == []


def test_a_list_is_never_left_without_a_choice(people):
    first, second = Channel.objects.all()
    departments.edit_entry(entry=first, actor=people.director, name=first.name, is_active=False)
    with pytest.raises(ValidationError, match="至少"):
        departments.edit_entry(
            entry=second, actor=people.director, name=second.name, is_active=False
        )


def test_only_the_director_edits(people):
    channel = Channel.objects.first()
    for actor in (people.office, people.sysadmin, people.police_leader):
        with pytest.raises(PermissionDenied):
            departments.edit_entry(entry=channel, actor=actor, name="别名", is_active=True)
        with pytest.raises(PermissionDenied):
            departments.add_entry(model=Channel, actor=actor, name="别名")
        with pytest.raises(PermissionDenied):
            departments.move_entry(entry=channel, actor=actor, up=False)


def test_a_rule_is_added_tried_changed_and_switched_off(director, people, town):
    market = Domain.objects.get(code="market")
    values = {"domains": market.pk, "units": town.civil.pk, "role": "lead", "reason": "集市先查"}
    director.post("/leads/setup/rules/new/", values | {"is_active": "on"})
    rule = RoutingRule.objects.get()
    tried = f"/leads/setup/rules/?try=1&domain={market.pk}"
    assert [(one.unit, one.why) for one in director.get(tried).context["found"]] == [
        (town.civil, "集市先查")
    ]
    assert director.get("/leads/setup/rules/?try=1").context["found"] == []
    url = f"/leads/setup/rules/{rule.pk}/"
    assert director.get(url).context["form"]["domains"].value() == [market.pk]
    save(director, url, values | {"umbrella": "true", "units": town.land.pk})
    rule.refresh_from_db()
    assert (rule.umbrella, rule.is_active, list(rule.units.all())) == (True, False, [town.land])
    assert director.get(tried).context["found"] == []
    assert on_record() == [
        ("转办规则", "集市先查", "新增：民政办（主办）"),
        (
            "转办规则",
            "集市先查",
            "涉及“保护伞”：不限 → 是；承办单位：民政办 → 国土所；启用：是 → 否",
        ),
    ]


def test_a_rule_without_units_or_reason_is_refused_at_the_field(director):
    response = director.post("/leads/setup/rules/new/", {"role": "lead"})
    assert {"units", "reason"} <= set(response.context["form"].errors)
    assert not RoutingRule.objects.exists()


def test_another_towns_rule_is_not_there(director, people, other_town):
    rule = RoutingRule.objects.create(jurisdiction=other_town.unit, reason="外镇")
    rule.units.add(other_town.police)
    assert director.get(f"/leads/setup/rules/{rule.pk}/").status_code == 404
    assert director.post(f"/leads/setup/rules/{rule.pk}/move/", {"up": "1"}).status_code == 404
    with pytest.raises(PermissionDenied):
        routing.move_rule(rule=rule, actor=people.director, up=True)


def test_rules_change_places(director, people, town):
    first, second = (
        routing.save_rule(
            rule=None,
            town=town.unit,
            actor=people.director,
            units=[town.police],
            role="lead",
            reason=reason,
            place=None,
            umbrella=None,
            from_units=False,
            is_active=True,
        )
        for reason in ("甲", "乙")
    )
    director.post(f"/leads/setup/rules/{second.pk}/move/", {"up": "1"})
    director.post(f"/leads/setup/rules/{second.pk}/move/", {"up": "1"})
    assert list(RoutingRule.objects.of(town.unit)) == [second, first]


def test_a_template_is_edited_and_checked(director, people, town):
    url = "/leads/setup/papers/order/"
    words = DEFAULTS["order"] | {"mark": "演扫黑办交", "issuer": "演示镇扫黑办"}
    assert "{线索编号}" in director.get(url).content.decode()
    bad = save(director, url, words | {"body": "请办理{举报人}反映的线索。"})
    assert "没有名为“举报人”的占位符" in "".join(bad.context["form"].errors["body"])
    assert "请办理{举报人}反映的线索。" in bad.content.decode()
    assert save(director, url, words | {"title": "交办单"}).status_code == 302
    assert PaperTemplate.objects.get(kind="order").title == "交办单"
    assert on_record()[-1][0:2] == ("文书模板", "交办单")
    assert director.get("/leads/setup/papers/nothing/").status_code == 404
    with pytest.raises(PermissionDenied):
        documents.edit_template(
            template=PaperTemplate.objects.get(), actor=people.office, title="改"
        )


def test_a_dictionary_with_a_flag_of_its_own_asks_for_it(director):
    url = "/leads/setup/dictionaries/channels/"
    director.post(url, {"name": "省级平台", "number_only": "on"})
    channel = Channel.objects.get(name="省级平台")
    assert channel.number_only
    assert director.get(f"{url}{channel.pk}/").context["form"]["number_only"].value() is True
    save(director, f"{url}{channel.pk}/", {"name": "省级平台", "is_active": "on"})
    channel.refresh_from_db()
    assert not channel.number_only
    assert on_record()[-1][2] == "不再只登记编号"
    assert "number_only" not in director.get("/leads/setup/dictionaries/domains/").content.decode()


def test_a_page_of_a_setting_without_its_mark_changes_nothing(director):
    hotline = Channel.objects.get(code="hotline")
    url = f"/leads/setup/dictionaries/channels/{hotline.pk}/"
    page = director.post(url, {"name": "热线电话", "is_active": "on"})
    assert "刚刚在别处被修改过" in page.content.decode()
    assert "热线电话" not in names(Channel)


@pytest.mark.parametrize(
    "page", ["dictionaries/channels/{channel}/", "rules/{rule}/", "papers/order/"]
)
def test_of_two_people_at_one_setting_the_slower_is_told(director, people, town, page):
    rule = RoutingRule.objects.create(jurisdiction=town.unit, reason="原来的理由")
    rule.units.add(town.police)
    channel = Channel.objects.get(code="hotline")
    url = "/leads/setup/" + page.format(channel=channel.pk, rule=rule.pk)
    shown = Form(director.get(url).content.decode()).values
    field = next(name for name in ("name", "reason", "title") if name in shown)
    director.post(url, shown | {field: ["先改的"]})

    told = director.post(url, shown | {field: ["后改的"]})
    assert "刚刚在别处被修改过" in told.content.decode()
    assert "先改的" in told.content.decode()
    assert told.context["form"][field].value() == "后改的"
    shown = Form(told.content.decode()).values
    assert director.post(url, shown | {field: ["后改的"]}).status_code == 302
    assert "后改的" in director.get(url).content.decode()


def test_the_page_leads_to_the_deadlines_and_says_what_they_are(director):
    page = director.get("/leads/setup/").content.decode()
    assert 'href="/leads/deadlines/">查看、修改</a>' in page
    assert "双移交：公安机关：3 个工作日，提前 1 个工作日为临期" in page


@pytest.mark.django_db(transaction=True)
def test_many_who_move_rows_at_once_wait_for_each_other(people, dictionaries):
    """All of them lock the rows in one order, whatever order these stand in by then."""
    channels = list(Channel.objects.order_by("position", "pk"))

    def mover(number: int) -> Callable[[], None]:
        def move() -> None:
            for turn in range(6):
                entry = channels[(number + turn) % len(channels)]
                departments.move_entry(entry=entry, actor=people.director, up=number % 2 == 0)

        return move

    at_once([mover(number) for number in range(8)])
    positions = list(Channel.objects.order_by("position").values_list("position", flat=True))
    assert positions == list(range(1, len(channels) + 1))

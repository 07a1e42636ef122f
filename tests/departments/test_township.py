"""The township's file: what the shipped one holds, loading it twice, and files that are wrong."""

from __future__ import annotations

import copy
import json

import pytest
from django.core.management import CommandError, call_command

from departments import township
from departments.models import CalendarDay, Domain, Duty, Unit, UnitKind
from departments.services import add_unit
from departments.township import TownshipError
from leads.models import Channel, Conduct

#: Code and name of every unit that the work plan gives duties to.
UNITS = {
    "shb": "扫黑办",
    "pcs": "派出所",
    "jw": "纪委",
    "zzk": "组织科",
    "hzb": "河长办",
    "xfb": "信访办",
    "mzb": "民政办",
    "nfzx": "农服中心",
    "gts": "国土所",
    "haz": "环安站",
    "wjzx": "卫计中心",
    "fpb": "扶贫办",
    "gmzx": "工贸中心",
    "sfs": "司法所",
    "czs": "财政所",
    "cghw": "城管环卫中心",
    "zzb": "综治办",
}
CHANNELS = ["举报电话", "信箱", "来访", "村居排查", "部门移交", "公安排查", "媒体", "明察暗访"]


@pytest.fixture
def loaded(db) -> None:
    call_command("load_township", verbosity=0)


@pytest.fixture
def document() -> dict:
    """The shipped file, to be spoilt."""
    return json.loads(township.DEMO_FILE.read_text())


def rows() -> list:
    """Everything that loading writes."""
    return [
        list(model.objects.order_by("pk").values())
        for model in (Unit, Duty, Domain, Unit.domains.through, Channel, Conduct, CalendarDay)
    ]


def test_every_unit_of_the_work_plan_is_there_with_duties_and_domains(loaded):
    units = Unit.objects.exclude(kind__in=["district", "town", "village"]).order_by("path")
    assert {unit.code: unit.name for unit in units} == UNITS
    assert all(unit.duties.count() >= 2 for unit in units)
    assert [unit.code for unit in units if not unit.domains.exists()] == ["shb"]
    assert {unit.code: unit.kind for unit in units if unit.kind != UnitKind.DEPARTMENT} == {
        "shb": UnitKind.OFFICE,
        "pcs": UnitKind.POLICE,
        "jw": UnitKind.DISCIPLINE,
    }


def test_each_domain_has_a_unit_that_is_responsible(loaded):
    assert list(Domain.objects.filter(units=None)) == []


def test_villages_report_and_receive_no_leads(loaded):
    town = Unit.objects.get(kind=UnitKind.TOWN)
    villages = Unit.objects.villages_in(town)
    assert villages.count() == 22
    assert all(village.duties.count() == 4 for village in villages)
    assert not villages.filter(reports_weekly=False).exists()
    assert not villages.filter(receives_leads=True).exists()
    assert Unit.objects.reporting_in(town).count() == 16 + 22
    assert Unit.objects.recipients_in(town).count() == 16


def test_the_tree_is_district_town_units(loaded):
    town = Unit.objects.get(code="ysz")
    assert Unit.objects.get_parent(town).kind == UnitKind.DISTRICT
    assert Unit.objects.get_parent(town).jurisdiction is None
    assert Unit.objects.get_children(town).count() == 17 + 22
    assert set(Unit.objects.get_children(town).values_list("jurisdiction", flat=True)) == {town.pk}
    assert Unit.objects.find_problems() == ([], [], [], [], [])


def test_hotlines_and_mailboxes_are_published_and_belong_to_nobody(loaded):
    units = Unit.objects.exclude(kind__in=["district", "town"])
    assert all(unit.hotline.startswith("000-") and unit.mailbox for unit in units)
    assert all(
        "@" not in unit.mailbox or unit.mailbox.endswith("@example.invalid") for unit in units
    )


def test_dictionaries_are_in_the_order_of_the_file(loaded):
    names = list(Channel.objects.values_list("name", flat=True))
    assert names == [*CHANNELS, "上级交办", "12337（仅登记编号）", "公开网页", "其他"]
    assert list(Channel.objects.filter(number_only=True).values_list("code", flat=True)) == [
        "12337"
    ]
    assert Conduct.objects.count() == 15
    assert Conduct.objects.first().code == "political-security"


def test_loading_again_changes_nothing(loaded):
    before = rows()
    call_command("load_township", verbosity=0)
    assert rows() == before


def test_what_the_office_has_edited_stays(loaded, document):
    Unit.objects.filter(code="pcs").update(name="镇派出所", hotline="000-9999", is_active=False)
    Duty.objects.filter(unit__code="mzb", position=1).update(text="改过的职责")
    Duty.objects.filter(unit__code="jw").delete()
    Unit.objects.get(code="gts").domains.clear()
    Domain.objects.filter(code="river").update(name="江河", is_active=False)
    Channel.objects.filter(code="visit").update(name="上门")
    CalendarDay.objects.filter(day="2026-10-10").update(is_workday=False, name="本镇放假")
    before = rows()
    call_command("load_township", verbosity=0)
    assert rows() == before


def test_what_is_missing_is_added(loaded, document):
    document["domains"].append({"code": "tourism", "name": "旅游"})
    document["villages"].append({"code": "xincun", "name": "新村"})
    document["units"].append({"code": "wlz", "name": "文旅站", "domains": ["tourism"]})
    added = township.load(township.check(document))
    assert added == {"行业领域": 1, "单位": 2}
    unit = Unit.objects.get(code="wlz")
    assert (unit.kind, unit.reports_weekly, unit.receives_leads) == ("department", True, True)
    assert [domain.code for domain in unit.domains.all()] == ["tourism"]
    assert Domain.objects.last().code == "tourism"
    assert Unit.objects.get_parent(Unit.objects.get(code="xincun")).code == "ysz"


def test_a_real_town_loads_its_own_file(db, tmp_path, document):
    file = tmp_path / "town.json"
    document["town"] = {"code": "other", "name": "别镇"}
    del document["district"]
    file.write_text(json.dumps(document), encoding="utf-8-sig")
    call_command("load_township", str(file), verbosity=0)
    assert Unit.objects.get(kind=UnitKind.TOWN).name == "别镇"
    assert Unit.objects.filter(kind=UnitKind.DISTRICT).count() == 0


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (lambda d: d.pop("town"), "缺少 town"),
        (lambda d: d.update(town="演示镇"), "town应为一个对象"),
        (lambda d: d.update(units={}), "units应为一个列表"),
        (lambda d: d.update(vilages=[]), "不认识的内容：vilages"),
        (lambda d: d["units"][2].update(code="JW 1"), "units 第 3 项：code 应为小写"),
        (lambda d: d["units"][2].update(code=7), "units 第 3 项：code 应为小写"),
        (lambda d: d["units"][2].pop("name"), "units 第 3 项：name"),
        (lambda d: d["units"][2].update(name="长" * 61), "最多 60 字"),
        (lambda d: d["units"][2].update(kind="village"), "kind 应为"),
        (lambda d: d["units"][2].update(kind=["police"]), "kind 应为"),
        (lambda d: d["units"][2].update(reports_weekly="yes"), "应为 true 或 false"),
        (lambda d: d["units"][2].update(phone="1"), "不认识的内容：phone"),
        (lambda d: d["units"][2].update(domains=["space"]), "纪委的领域不在 domains 中：space"),
        (lambda d: d["units"][2].update(duties=["长" * 301]), "每条最多 300 字"),
        (lambda d: d["villages"][0].update(code="pcs"), "单位代码重复：pcs"),
        (lambda d: d["villages"][0].update(code="ysz"), "单位代码重复：ysz"),
        (lambda d: d["domains"].append({"code": "x", "name": "其他"}), "domains 的名称重复：其他"),
        (lambda d: d["channels"].append({"code": "visit", "name": "x"}), "channels 的代码重复"),
    ],
)
def test_a_wrong_file_is_refused_with_the_place(document, spoil, words):
    spoil(document)
    with pytest.raises(TownshipError, match=words):
        township.check(document)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"{", "不是有效的 JSON：第 1 行"),
        ("{}".encode("utf-16"), "不是 UTF-8 编码"),
        (b"[]", "文件应为一个对象"),
        (None, "无法读取文件"),
    ],
)
def test_a_damaged_file_is_a_message_not_a_traceback(db, tmp_path, content, words):
    file = tmp_path / "town.json"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError, match=words):
        call_command("load_township", str(file), verbosity=0)
    assert not Unit.objects.exists()


def test_a_code_that_is_something_else_already_adds_nothing(loaded, document):
    far = add_unit(parent=None, code="far", name="远镇", kind=UnitKind.TOWN)
    add_unit(parent=far, code="far-pcs", name="远派出所", kind=UnitKind.POLICE)
    wrong = copy.deepcopy(document)
    wrong["units"].insert(0, {"code": "wlz", "name": "文旅站"})
    wrong["units"].append({"code": "far-pcs", "name": "派出所", "kind": "police"})
    with pytest.raises(TownshipError, match="far-pcs 已由“远派出所”使用"):
        township.load(township.check(wrong))
    assert not Unit.objects.filter(code="wlz").exists()


def test_a_name_that_another_code_has_is_refused(loaded, document):
    Channel.objects.filter(code="visit").update(code="lf")
    with pytest.raises(CommandError, match="“来访”已经存在，但代码不是 visit"):
        call_command("load_township", verbosity=0)

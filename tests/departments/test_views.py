"""The directory of units."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from departments.models import Domain, Duty, UnitKind


def text(response):
    return response.content.decode()


@pytest.fixture
def office(client_for, people):
    return client_for(people.office)


def test_the_directory_shows_every_unit_of_the_town_in_two_groups(office, town):
    town.police.domains.add(*Domain.objects.all())
    groups = office.get("/units/").context["groups"]
    assert [(label, [unit.name for unit in units]) for label, units in groups] == [
        ("扫黑办与责任单位", ["扫黑办", "派出所", "纪委", "民政办", "国土所"]),
        ("村（居）", ["东村", "西村"]),
    ]
    page = text(office.get("/units/"))
    assert "市场经营、征地拆迁" in page
    assert 'href="/units/pcs/"' in page
    assert 'href="/units/dong/"' in page


def test_units_out_of_use_are_left_out_and_still_have_their_page(office, town):
    type(town.land).objects.filter(pk=town.land.pk).update(is_active=False)
    assert "国土所" not in text(office.get("/units/"))
    page = text(office.get("/units/gts/"))
    assert "国土所" in page
    assert "已停用" in page


def test_a_unit_shows_its_duties_domains_and_hotline(office, town):
    town.police.domains.add(Domain.objects.get(code="land"))
    type(town.police).objects.filter(pk=town.police.pk).update(
        hotline="0000-1234", mailbox="town@example.invalid"
    )
    for place, words in enumerate(["第二项职责", "第一项职责"]):
        Duty.objects.create(unit=town.police, text=words, position=9 - place)
    page = text(office.get("/units/pcs/"))
    for words in ("征地拆迁", "0000-1234", "town@example.invalid", "公安机关"):
        assert words in page
    assert page.index("第一项职责") < page.index("第二项职责")


def test_a_unit_without_duties_says_so(office):
    assert "还没有录入职责" in text(office.get("/units/pcs/"))


def test_another_towns_units_are_not_there(office, other_town):
    assert "far" not in text(office.get("/units/"))
    assert office.get("/units/far-pcs/").status_code == 404
    assert office.get("/units/far/").status_code == 404
    assert office.get("/units/nowhere/").status_code == 404


def test_the_directory_needs_as_many_queries_for_200_units_as_for_10(office, town):
    def queries():
        with CaptureQueriesContext(connection) as captured:
            office.get("/units/")
        return len(captured)

    queries()
    few = queries()
    for number in range(100):
        town._add(f"d{number}", f"部门{number}", UnitKind.DEPARTMENT).domains.add(
            Domain.objects.first()
        )
        town._add(f"v{number}", f"村{number}", UnitKind.VILLAGE)
    page = office.get("/units/")
    assert sum(len(units) for _, units in page.context["groups"]) == 207
    assert queries() == few
    assert few <= 25

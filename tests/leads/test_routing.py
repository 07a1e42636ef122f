"""The routing table: what it suggests for every lead there can be, and who edits it."""

from __future__ import annotations

import csv
from itertools import product
from pathlib import Path

import pytest
from django.core.management import call_command

from departments.models import Domain, Unit
from leads.models import Conduct
from leads.routing.suggestions import Facts, Table

#: One row per domain, origin and suspicion; one column per conduct; who leads stands first.
EXPECTED = Path(__file__).with_name("routing.csv")
ORIGINS = {"扫黑办登记": False, "单位自行登记": True}
UMBRELLA = {"否": False, "是": True}


def words(suggestions: list) -> str:
    """派出所、纪委；协办：民政办"""
    leading = "、".join(one.unit.name for one in suggestions if one.role == "lead")
    assisting = "、".join(one.unit.name for one in suggestions if one.role == "assist")
    return leading + (f"；协办：{assisting}" if assisting else "")


@pytest.fixture
def township(db) -> Unit:
    call_command("load_township", verbosity=0)
    return Unit.objects.get(code="ysz")


def table(town: Unit) -> list[list[str]]:
    """What the table says now, in the shape of the file."""
    routes, conducts = Table.read(town), list(Conduct.objects.all())
    rows = [["保护伞", "登记", "行业领域", *(conduct.name for conduct in conducts)]]
    for (suspected, umbrella), (origin, from_units), domain in product(
        UMBRELLA.items(), ORIGINS.items(), Domain.objects.all()
    ):
        cells = [
            words(
                routes.suggest(
                    Facts(
                        domain=domain.pk,
                        conduct=conduct.pk,
                        umbrella=umbrella,
                        from_units=from_units,
                    )
                )
            )
            for conduct in conducts
        ]
        rows.append([suspected, origin, domain.name, *cells])
    return rows


def test_every_combination_goes_where_the_file_says(township):
    with EXPECTED.open(encoding="utf-8-sig", newline="") as file:
        expected = list(csv.reader(file))
    found = table(township)
    assert len(expected) == 1 + 2 * 2 * 27
    assert {len(row) for row in expected} == {3 + 15}
    wrong = [
        f"{' '.join(row[:3])} {name}: {cell} instead of {other}"
        for row, wanted in zip(found, expected, strict=True)
        for name, cell, other in zip(found[0], row, wanted, strict=True)
        if cell != other
    ]
    assert wrong == []

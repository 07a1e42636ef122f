"""The shipped township, and what seeding leaves in it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

import pytest
from django.core.management import call_command

from departments.models import Unit, UnitKind

#: A Tuesday; the weeks before it hold a long holiday and its make-up days.
TODAY = dt.date(2025, 10, 21)


@pytest.fixture
def township(db) -> Unit:
    call_command("load_township", verbosity=0)
    return Unit.objects.get(kind=UnitKind.TOWN)


@pytest.fixture
def seed(township: Unit, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    monkeypatch.setenv("DEMO_PASSWORD", "demo-password")

    def run(**options: object) -> None:
        values = {"leads": 150, "weeks": 8, "seed": 3, "today": TODAY, "verbosity": 0} | options
        call_command("seed_demo", **values)

    return run


@pytest.fixture
def seeded(seed: Callable[..., None]) -> None:
    seed()

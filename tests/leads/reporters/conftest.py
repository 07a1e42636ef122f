"""A lead whose reporter gave a name."""

from __future__ import annotations

import pytest

from leads.reporters.identity import Identity

REPORTER = Identity(
    name="金丝雀甲", phone="13800004711", id_number="11010519491231002X", address="某巷七号"
)


@pytest.fixture
def reporter() -> Identity:
    return REPORTER


@pytest.fixture
def named(make_lead):
    return make_lead(reporter_kind="named", reporters=[REPORTER])

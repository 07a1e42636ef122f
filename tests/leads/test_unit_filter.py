"""The filter by unit tells nobody of parts that they do not see."""

from __future__ import annotations

import pytest


def found(client, unit):
    page = client.get(f"/leads/?unit={unit.code}").context["page"]
    return [row.number for row in page.rows]


@pytest.mark.parametrize("who", ["police", "police_leader"])
def test_a_unit_cannot_ask_which_others_have_its_leads(
    who, client_for, people, town, make_assigned
):
    lead = make_assigned(town.police, town.discipline)
    client = client_for(getattr(people, who))
    assert found(client, town.police) == [lead.number]
    assert found(client, town.discipline) == []
    assert found(client_for(people.office), town.discipline) == [lead.number]


def test_who_sees_no_part_is_not_told_that_there_is_none(client_for, people, make_assigned):
    make_assigned(actor=people.east)
    page = client_for(people.east).get("/leads/").content.decode()
    assert "未转办" not in page

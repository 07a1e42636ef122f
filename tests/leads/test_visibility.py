"""Who sees which lead, and who reads its words."""

import pytest

from departments.models import Account
from leads.models import Lead


def seen_by(user):
    return set(Lead.objects.visible_to(user).values_list("number", flat=True))


def test_the_office_sees_its_town_and_no_other(people, far_people, make_lead):
    lead = make_lead()
    assert seen_by(people.office) == seen_by(people.director) == {lead.number}
    assert seen_by(far_people.office) == set()


def test_a_unit_sees_what_it_was_assigned(people, make_assigned, make_lead):
    make_lead()
    assigned = make_assigned()
    assert seen_by(people.police) == seen_by(people.police_leader) == {assigned.number}
    assert seen_by(people.civil) == set()


def test_a_village_sees_what_it_logged(people, make_lead):
    lead = make_lead(actor=people.east)
    make_lead()
    assert seen_by(people.east) == {lead.number}
    assert seen_by(people.west) == set()


@pytest.mark.parametrize("name", ["custodian", "sysadmin", "secadmin", "auditor"])
def test_administrators_and_custodians_see_none(people, make_lead, name):
    make_lead()
    assert seen_by(getattr(people, name)) == set()


def test_a_named_unit_does_not_see_the_lead_whatever_its_role(town, people, make_lead):
    make_lead(actor=people.east, named_units=[town.east])
    assert seen_by(people.east) == set()
    make_lead(named_units=[town.office])
    assert Lead.objects.visible_to(people.office).count() == 1


def test_leaders_see_that_a_lead_exists_and_read_no_words(people, make_lead):
    lead = make_lead()
    assert seen_by(people.town_leader) == {lead.number}
    assert not Lead.objects.readable_by(people.town_leader).exists()


def test_waiting_follows_the_lead(people, make_lead, make_assigned):
    registered, assigned = make_lead(), make_assigned()
    assert set(Lead.objects.waiting_for(people.office)) == {registered}
    assert set(Lead.objects.waiting_for(people.police)) == {assigned}
    assert set(Lead.objects.handled_by(people.office)) == {assigned}


def test_a_person_of_several_units_sees_the_leads_of_each(
    town, people, make_account, make_assigned
):
    from departments.services import grant

    both = make_account("both", town.civil, "liaison")
    grant(account=both, unit=town.land, role="liaison")
    first, second = make_assigned(town.civil), make_assigned(town.land)
    assert seen_by(both) == {first.number, second.number}


def test_a_unit_sees_its_own_part_of_a_shared_lead(town, people, make_assigned):
    from leads.models import Assignment

    lead = make_assigned(town.police, town.civil)
    units = Assignment.objects.visible_to(people.police).values_list("unit", flat=True)
    assert list(units) == [town.police.pk]
    assert Assignment.objects.visible_to(people.office).filter(lead=lead).count() == 2


def test_anothers_token_makes_and_tells_nothing(people, make_lead):
    from django.core.exceptions import PermissionDenied

    from leads.models import Channel
    from leads.services import register

    lead = make_lead()
    with pytest.raises(PermissionDenied):
        register(
            actor=people.east,
            submission=lead.submission,
            channel=Channel.objects.get(code="visit"),
            title="另一人",
            allegation="另一人的提交。",
        )


def test_a_town_role_takes_nothing_from_a_unit_role(
    town, other_town, people, make_account, make_lead
):
    """Liaison in one town, office in another: what the unit logged stays in sight."""
    from departments.services import grant

    both = make_account("both", town.east, "liaison")
    lead = make_lead(actor=both)
    grant(account=both, unit=other_town.office, role="office")
    both = type(both).objects.get(pk=both.pk)
    assert seen_by(both) == {lead.number}
    assert Lead.objects.readable_by(both).count() == 1


def test_a_unit_learns_nothing_of_the_other_units_of_a_shared_lead(
    town, people, client_for, make_assigned
):
    lead = make_assigned(town.police, town.civil)
    url = f"/leads/{lead.number}/"
    page = client_for(people.police).get(url).content.decode()
    assert "派出所" in page
    assert "民政办" not in page
    office = client_for(people.office).get(url).content.decode()
    assert "民政办" in office


def test_the_detail_page_asks_as_much_for_four_units_as_for_one(
    town, people, make_account, client_for, make_assigned
):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from leads import services
    from tests.leads.test_services import report

    land = make_account("leader.gts", town.land, "leader")
    one = make_assigned(town.police)
    four = make_assigned(town.police, town.civil, town.land, town.discipline)
    by_unit = {
        town.police: people.police_leader,
        town.civil: people.civil_leader,
        town.land: land,
        town.discipline: people.discipline_leader,
    }
    for lead in (one, four):
        for assignment in lead.assignments.all():
            services.sign(assignment=assignment, actor=by_unit[assignment.unit])
            report(assignment, by_unit[assignment.unit])
    office = client_for(people.office)
    counts = []
    for lead in (one, four):
        with CaptureQueriesContext(connection) as asked:
            office.get(f"/leads/{lead.number}/")
        counts.append(len(asked))
    assert counts[0] == counts[1] <= 25


def test_a_unit_with_many_leads_sees_what_it_would_see_with_few(
    town, people, make_lead, make_assigned, monkeypatch
):
    make_lead()
    make_assigned(town.police)
    make_assigned(town.civil)
    make_assigned(town.police, town.civil)
    make_lead(actor=people.police)
    make_lead(actor=people.police, named_units=[town.police])

    def seen(person):
        fresh = Account.objects.get(pk=person.pk)
        return list(Lead.objects.visible_to(fresh).values_list("pk", flat=True))

    for person in (people.police, people.civil, people.west):
        few = seen(person)
        monkeypatch.setattr("leads.querysets.LISTED", -1)
        assert seen(person) == few
        monkeypatch.undo()
    assert len(seen(people.police)) == 3

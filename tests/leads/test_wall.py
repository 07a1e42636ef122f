"""The second wall: what a query that forgot `visible_to` is shown."""

from contextlib import nullcontext

import pytest
from django.db import connection, transaction

from departments.acting import as_person, as_system
from departments.models import Account
from leads import wall
from leads.conflicts import services as conflicts
from leads.hanging import hanging
from leads.models import Lead, LeadEvent, Subject
from leads.querysets import LeadQuerySet


def shown(user: Account, model: type = Lead) -> set[int]:
    with as_person(user):
        return set(model.objects.values_list("pk", flat=True))


def test_a_forgotten_filter_shows_the_own_towns_leads_alone(people, far_people, make_lead):
    lead = make_lead()
    assert shown(people.office) == shown(people.director) == shown(people.town_leader) == {lead.pk}
    assert shown(far_people.office) == shown(far_people.director) == set()


def test_a_unit_is_shown_what_it_was_assigned_or_logged(town, people, make_assigned, make_lead):
    assigned = make_assigned(town.police)
    logged = make_lead(actor=people.east)
    assert shown(people.police) == {assigned.pk}
    assert shown(people.east) == {logged.pk}
    assert shown(people.civil) == set()


@pytest.mark.parametrize("who", ["sysadmin", "secadmin", "auditor"])
def test_administrators_are_shown_none(people, make_lead, who):
    make_lead()
    assert shown(getattr(people, who)) == set()


def test_nobody_and_who_was_disabled_are_shown_none(people, make_lead):
    from django.contrib.auth.models import AnonymousUser

    make_lead()
    assert shown(AnonymousUser()) == set()
    people.office.is_active = False
    assert shown(people.office) == set()


def test_a_connection_that_was_told_nothing_shows_none(make_lead):
    make_lead()
    with connection.cursor() as cursor:
        for name in ("account", "towns", "units", "places"):
            cursor.execute("SELECT set_config(%s, '', false)", [f"portal.{name}"])
        cursor.execute("SELECT count(*) FROM leads_lead")
        assert cursor.fetchone() == (0,)
    connection._told = None


def test_a_conflict_hides_from_its_person_and_its_unit(town, people, make_assigned, make_lead):
    named = make_lead(actor=people.east, named_units=[town.east])
    assert named.pk not in shown(people.east)
    recused = make_assigned(town.police)
    conflicts.recuse(lead=recused, actor=people.police, reason="亲属。")
    assert recused.pk not in shown(people.police)
    assert recused.pk in shown(people.police_leader)
    person = make_assigned(town.civil)
    Subject.objects.create(lead=person, name=people.civil.full_name)
    conflicts.derive(person)
    assert person.pk not in shown(people.civil)


def test_what_belongs_to_a_lead_is_shown_with_it(people, far_people, make_lead):
    lead = make_lead(subjects=[Subject(name="某甲")])
    for model in (Subject, LeadEvent, Lead.named_units.through):
        assert model in wall.behind()
    assert shown(people.office, Subject) == set(lead.subjects.values_list("pk", flat=True)) != set()
    assert shown(far_people.office, Subject) == set()
    assert shown(far_people.office, LeadEvent) == set()


def test_a_hidden_row_cannot_be_changed_either(people, far_people, make_lead):
    lead = make_lead()
    with as_person(far_people.office):
        assert Lead.objects.filter(pk=lead.pk).update(title="改") == 0
    assert Lead.objects.get(pk=lead.pk).title != "改"


def undone(acting) -> None:
    with transaction.atomic(), acting:
        assert Lead.objects.exists()
        raise ZeroDivisionError


def test_what_was_told_in_a_transaction_that_is_undone_is_told_again(people, far_people, make_lead):
    lead = make_lead()
    with as_person(far_people.office):
        assert not Lead.objects.exists()
        with pytest.raises(ZeroDivisionError):
            undone(as_system())
        assert not Lead.objects.exists()
        with as_person(people.office):
            with pytest.raises(ZeroDivisionError):
                undone(nullcontext())
            assert Lead.objects.get() == lead


def test_every_table_behind_the_wall_has_its_policy_and_every_model_is_on_a_side(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tablename FROM pg_policies JOIN pg_class ON oid = tablename::regclass "
            "WHERE policyname = 'need_to_know' AND relrowsecurity"
        )
        tables = {row[0] for row in cursor.fetchall()}
    assert tables == {model._meta.db_table for model in wall.behind()}
    outside = {model.__name__ for model in hanging() if model not in wall.behind()}
    assert set(wall.OUTSIDE) == outside


def test_what_reads_past_the_policies_is_called_by_the_portal_alone(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT oid::regprocedure::text, has_function_privilege('public', oid, 'EXECUTE') "
            "FROM pg_proc WHERE prosecdef AND starts_with(proname, 'portal_')"
        )
        functions = dict(cursor.fetchall())
    assert len(functions) >= len(wall.PAST)
    assert not any(functions.values()), functions


def test_the_search_passes_no_key_that_is_not_shown(people, far_people, make_lead):
    make_lead(title="金丝雀市场收费")
    with as_person(far_people.office):
        assert not Lead.objects.containing("金丝雀").exists()
    with as_person(people.office):
        assert Lead.objects.containing("金丝雀").count() == 1


def test_a_view_that_forgets_shows_nothing_of_others(people, make_lead, client_for, monkeypatch):
    lead = make_lead()
    monkeypatch.setattr(LeadQuerySet, "_of", lambda self, user, standings: self)
    assert lead.number in client_for(people.office).get("/leads/").content.decode()
    assert lead.number not in client_for(people.civil).get("/leads/").content.decode()

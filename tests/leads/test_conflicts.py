"""From whom a lead is kept: units and people that it names, and those who declare it."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext

from audit.machine import Conflict
from departments.models import Domain
from departments.roles import Role
from departments.services import grant, rename
from leads import due, services
from leads.conflicts import services as conflicts
from leads.models import Assignment, Channel, Conduct, ConflictOfInterest, Lead, LeadEvent, Subject
from messaging.models import Message
from reporting.periods import services as periods
from reporting.statistics import figures
from reporting.statistics.services import roll_up, roll_up_moved
from reporting.weekly import prefill


@pytest.fixture
def naming(make_lead):
    """A lead that names people, by their names."""

    def make(*names, **fields):
        return make_lead(subjects=[Subject(name=name) for name in names], **fields)

    return make


def seen_by(user):
    user = type(user).objects.get(pk=user.pk)  # as the next request reads it
    return set(Lead.objects.visible_to(user))


def assign(lead, actor, *units, **fields):
    lead = Lead.objects.get(pk=lead.pk)
    return services.assign(
        lead=lead,
        actor=actor,
        units=units,
        due_on=due.today(),
        expected_version=lead.version,
        domain=Domain.objects.get(code="market"),
        conduct=Conduct.objects.get(code="extortion"),
        **fields,
    )


def read(user):
    return type(user).objects.get(pk=user.pk)


def the_unit_named(town, people, naming):
    return naming(named_units=[town.civil])


def a_member_named(town, people, naming):
    people.civil.full_name = "李明"
    people.civil.save()
    return naming("李　明")


def a_leader_named(town, people, naming, make_account):
    make_account("leader.mzb", town.civil, Role.LEADER, full_name="王 芳")
    return naming("王芳")


def joined_later(town, people, naming, make_account):
    joiner = make_account("joiner", town.land, Role.LIAISON, full_name="赵强")
    lead = naming("赵强")
    grant(account=joiner, unit=town.civil, role=Role.LIAISON)
    return lead


def given_an_account_later(town, people, naming, make_account):
    lead = naming("孙丽")
    make_account("new.mzb", town.civil, Role.LEADER, full_name="孙丽")
    return lead


def renamed_later(town, people, naming):
    lead = naming("周 婷")
    rename(account=people.civil, full_name="周婷")
    return lead


WAYS = [
    the_unit_named,
    a_member_named,
    a_leader_named,
    joined_later,
    given_an_account_later,
    renamed_later,
]


@pytest.fixture(params=WAYS, ids=lambda way: way.__name__)
def barred_lead(request, town, people, naming, make_account):
    """A lead that must be kept from the civil affairs unit, for one reason after the other."""
    way = request.param
    names = way.__code__.co_varnames[: way.__code__.co_argcount]
    given = {"town": town, "people": people, "naming": naming, "make_account": make_account}
    return way(**{name: given[name] for name in names})


def test_a_barred_unit_cannot_be_assigned_by_service(town, people, barred_lead):
    with pytest.raises(ValidationError, match="须回避"):
        assign(barred_lead, people.office, town.civil)
    with pytest.raises(ValidationError, match="须回避"):
        assign(barred_lead, people.office, town.police, town.civil)
    assert Assignment.objects.count() == 0
    assert Lead.objects.get(pk=barred_lead.pk).state == "registered"


def test_nor_by_a_forged_form(town, people, client_for, barred_lead):
    client = client_for(people.office)
    url = f"/leads/{barred_lead.number}/assign/"
    page = client.get(url).content.decode()
    assert f'name="units" value="{town.civil.pk}"' not in page
    assert f'name="units" value="{town.police.pk}"' in page
    assert "须回避、不能选择：民政办" in page
    for forged in ({"units": town.civil.pk}, {"units": town.police.pk, "lead_unit": town.civil.pk}):
        values = {
            "version": barred_lead.version,
            "domain": Domain.objects.get(code="market").pk,
            "conduct": Conduct.objects.get(code="extortion").pk,
            "secrecy": "normal",
            "due_on": due.today().isoformat(),
        } | forged
        response = client.post(url, values)
        assert response.status_code == 200
        assert "data-error-summary" in response.content.decode()
    assert Assignment.objects.count() == 0


def test_nor_by_sql(town, people, barred_lead):
    with pytest.raises(DatabaseError, match="kept from this unit"), transaction.atomic():
        Assignment.objects.create(
            lead=barred_lead, unit=town.civil, due_on=due.today(), assigned_by=people.office
        )
    free = Assignment.objects.create(
        lead=barred_lead, unit=town.police, due_on=due.today(), assigned_by=people.office
    )
    with pytest.raises(DatabaseError, match="kept from this unit"), transaction.atomic():
        Assignment.objects.filter(pk=free.pk).update(unit=town.civil)


def test_a_barred_unit_sees_nothing_of_what_it_logged_itself(town, people, naming, client_for):
    lead = naming("李明", actor=people.civil)
    assert seen_by(people.civil) == {lead}
    rename(account=people.civil, full_name="李明")
    assert seen_by(people.civil) == set()
    client = client_for(people.civil)
    foreign = client.get("/leads/TOWN-1999-00001/")
    for page in ("", "assign/", "recuse/", "close/"):
        response = client.get(f"/leads/{lead.number}/{page}")
        assert response.status_code == 404
        assert response.content == foreign.content
    assert lead.number not in client.get("/leads/").content.decode()
    assert client.get("/leads/?q=市场").content.decode().count(lead.title) == 0


def test_a_unit_that_has_the_lead_loses_sight_of_it_and_the_office_is_told(
    town, people, make_assigned, client_for
):
    lead = make_assigned(town.civil)
    task = lead.assignments.get()
    services.sign(assignment=task, actor=people.civil)
    Message.objects.all().delete()
    Subject.objects.create(lead=lead, name="李明")
    with transaction.atomic():
        conflicts.derive(lead)
    assert seen_by(people.civil) == {lead}
    rename(account=people.civil, full_name="李明")
    assert seen_by(people.civil) == set()
    client = client_for(people.civil)
    assert client.get(f"/leads/assignments/{task.pk}/feedback/").status_code == 404
    assert client.get(f"/leads/papers/{task.paper.pk}/").status_code == 404
    told = Message.objects.values_list("recipient__username", "kind")
    assert set(told) == {("office", "lead_conflict"), ("director", "lead_conflict")}
    assert Message.objects.filter(title__contains="李明").count() == 0


def test_a_barred_person_is_told_nothing(town, people, make_assigned):
    lead = make_assigned(town.civil)
    task = lead.assignments.get()
    services.sign(assignment=task, actor=people.civil)
    ConflictOfInterest.objects.create(lead=lead, account=people.office, why="named_person")
    Message.objects.all().delete()
    task.refresh_from_db()
    services.report_and_sign(
        assignment=task,
        actor=people.civil_leader,
        expected_version=task.version,
        first_verifier="甲",
        second_verifier="乙",
        verified_facts="属实。",
        basis="笔录。",
        opinion="建议立案。",
        finding="proven",
    )
    assert list(Message.objects.values_list("recipient__username", flat=True)) == ["director"]


@pytest.mark.parametrize("name", ["office", "town_leader", "police"])
def test_the_person_named_never_sees_it_whatever_the_role(town, people, naming, name, client_for):
    named = getattr(people, name)
    lead = naming(named.full_name)
    assert seen_by(named) == set()
    assert not Lead.objects.waiting_for(read(named)).exists()
    assert client_for(named).get(f"/leads/{lead.number}/").status_code == 404
    if name != "police":  # an office worker or a town leader bars nobody but himself
        assert seen_by(people.director) == {lead}


def test_another_towns_namesake_bars_nobody(town, people, far_people, naming):
    rename(account=far_people.civil, full_name="李明")
    lead = naming("李明")
    assert not lead.conflicts.exists()


def test_no_count_tells_a_barred_person_of_the_lead(town, people, naming):
    period, _ = periods.open_period(jurisdiction=town.unit, day=due.today())
    naming("无名氏")
    naming(people.office.full_name)
    roll_up(period)

    def counted(user):
        counts, _ = figures.counted(read(user), period)
        return {str(key): value for (_, key), value in counts.items()}

    assert counted(people.director)["open"] == 2
    assert counted(people.office)["open"] == 1
    assert counted(people.office)["registered"] == 1
    # Nor does what is logged before the next count.
    before = {who: counted(who) for who in (people.office, people.director)}
    naming(people.office.full_name)
    naming("无名氏")
    assert {who: counted(who) for who in before} == before
    assert roll_up_moved(period)
    assert (counted(people.director)["open"], counted(people.office)["open"]) == (4, 2)
    assert seen_by(people.office) == set(Lead.objects.exclude(subjects__name="办公室甲"))
    # Who is named from now on, by a name that has become theirs.
    rename(account=people.director, full_name="无名氏")
    assert roll_up_moved(period)
    assert counted(people.director)["open"] == 2


def test_the_weekly_figures_leave_a_barred_lead_out(town, people, naming):
    period, _ = periods.open_period(jurisdiction=town.unit, day=due.today())
    naming("无名氏", actor=people.east)
    naming(people.east_leader.full_name, actor=people.east)
    assert prefill.figures(unit=town.east, period=period)["found"] == 1


def test_what_was_declared_is_not_deleted_and_what_follows_from_a_name_is(people, naming):
    lead = naming(people.office.full_name)
    ConflictOfInterest.objects.create(
        lead=lead, account=people.director, why="recused", reason="亲属。"
    )
    declared, derived = lead.conflicts.get(why="recused"), lead.conflicts.get(why="named_person")
    with pytest.raises(DatabaseError), transaction.atomic():
        declared.delete()
    derived.delete()
    assert list(lead.conflicts.all()) == [declared]


def test_the_director_lifts_a_namesake_with_a_reason(town, people, naming, client_for):
    rename(account=people.civil, full_name="李明")
    lead = naming("李明")
    conflict = lead.conflicts.get()
    with pytest.raises(PermissionDenied):
        conflicts.lift(conflict=conflict, actor=people.office, reason="同名。")
    with pytest.raises(ValidationError, match="理由"):
        conflicts.lift(conflict=conflict, actor=people.director, reason="  ")
    page = client_for(people.director).get(f"/leads/{lead.number}/").content.decode()
    assert "与被反映人同名" in page
    assert "不是同一人" in page
    url = f"/leads/conflicts/{conflict.pk}/lift/"
    values = {"version": lead.version, "note": "身份不同，系同名。"}
    assert client_for(people.director).post(url, values).status_code == 302
    conflict.refresh_from_db()
    assert (conflict.lifted_by, conflict.lifted_reason) == (people.director, "身份不同，系同名。")
    assert lead.events.get(verb="lift").note == "李明（与被反映人同名）：身份不同，系同名。"
    assign(lead, people.office, town.civil)
    assert seen_by(people.civil) == {lead}
    with pytest.raises(Conflict, match="已由他人解除"):
        conflicts.lift(conflict=conflict, actor=people.director, reason="再次。")
    # It stays lifted when the names are read again.
    with transaction.atomic():
        conflicts.derive(lead)
    assert seen_by(people.civil) == {lead}
    # A unit reads nothing of it.
    assert "同名" not in client_for(people.civil).get(f"/leads/{lead.number}/").content.decode()


def test_a_named_unit_is_not_lifted(town, people, naming):
    conflict = naming(named_units=[town.civil]).conflicts.get()
    with pytest.raises(PermissionDenied):
        conflicts.lift(conflict=conflict, actor=people.director, reason="误填。")
    with pytest.raises(DatabaseError), transaction.atomic():
        ConflictOfInterest.objects.filter(pk=conflict.pk).update(
            lifted_at=dt.datetime.now(dt.UTC), lifted_by=people.director, lifted_reason="误填。"
        )


def test_a_director_does_not_lift_their_own(town, people, naming, client_for):
    lead = naming(people.director.full_name)
    conflict = lead.conflicts.get()
    with pytest.raises(PermissionDenied):
        conflicts.lift(conflict=conflict, actor=read(people.director), reason="不是我。")
    url = f"/leads/conflicts/{conflict.pk}/lift/"
    assert client_for(people.director).get(url).status_code == 404


def test_what_a_lead_no_longer_names_bars_no_longer(town, people, naming):
    rename(account=people.civil, full_name="李明")
    lead = naming("李明", named_units=[town.land])
    assert lead.conflicts.count() == 2
    lead.subjects.all().delete()
    lead.named_units.clear()
    with transaction.atomic():
        conflicts.derive(lead)
    assert lead.conflicts.count() == 0


def test_a_liaison_recuses_and_the_unit_goes_on(town, people, make_assigned, client_for):
    lead = make_assigned(town.police)
    Message.objects.all().delete()
    client = client_for(people.police)
    url = f"/leads/{lead.number}/recuse/"
    assert "data-error-summary" in client.post(url, {"version": 0, "note": ""}).content.decode()
    response = client.post(url, {"version": lead.version, "note": "与反映的经营者是亲属。"})
    assert response["Location"] == "/leads/"
    assert seen_by(people.police) == set()
    assert seen_by(people.police_leader) == {lead}
    assert client.get(f"/leads/{lead.number}/").status_code == 404
    event = lead.events.get(verb="recuse")
    assert (event.actor, event.note) == (people.police, "与反映的经营者是亲属。")
    assert event.assignment == lead.assignments.get()
    told = Message.objects.values_list("recipient__username", "kind")
    assert set(told) == {("office", "lead_recused"), ("director", "lead_recused")}
    # Whoever stands in for them signs.
    task = services.sign(assignment=lead.assignments.get(), actor=people.police_leader)
    assert task.signed_by == people.police_leader
    with pytest.raises(PermissionDenied):
        conflicts.recuse(lead=lead, actor=read(people.police), reason="再次。")


def test_an_office_worker_recuses_and_no_unit_reads_of_it(town, people, make_assigned, client_for):
    lead = make_assigned(town.police)
    conflicts.recuse(lead=lead, actor=people.office, reason="与被反映人是同学。")
    assert seen_by(people.office) == set()
    assert seen_by(people.director) == {lead}
    with pytest.raises(PermissionDenied):
        conflicts.recuse(lead=lead, actor=read(people.office), reason="再次。")
    assert "同学" not in client_for(people.police).get(f"/leads/{lead.number}/").content.decode()
    assert "同学" in client_for(people.director).get(f"/leads/{lead.number}/").content.decode()


def test_two_recusals_at_once_make_one_row(people, make_assigned):
    lead = make_assigned()
    conflicts.recuse(lead=lead, actor=people.police, reason="亲属。")
    with pytest.raises(DatabaseError), transaction.atomic():
        ConflictOfInterest.objects.create(
            lead=lead, account=people.police, why="recused", reason="亲属。"
        )


@pytest.mark.parametrize("how", ["the office named", "the director named"])
def test_a_lead_about_the_office_goes_on_by_paper(town, people, naming, client_for, how):
    Message.objects.all().delete()
    if how == "the office named":
        lead = naming(named_units=[town.office], actor=people.east)
    else:
        lead = naming(people.director.full_name, actor=people.east)
    assert seen_by(people.office) == seen_by(people.director) == set()
    assert seen_by(people.east) == {lead}
    told = Message.objects.values_list("recipient__username", "kind")
    assert set(told) == {("town", "lead_on_paper"), ("liaison.jw", "lead_on_paper")}
    assert not Message.objects.exclude(url="").exists()
    with pytest.raises(PermissionDenied):
        assign(lead, read(people.director), town.police)


def test_who_logs_it_is_told_where_it_goes(town, people, client_for):
    import uuid

    client = client_for(people.office)
    values = {
        "submission": uuid.uuid4(),
        "channel": Channel.objects.get(code="hotline").pk,
        "reporter_kind": "anonymous",
        "received_on": due.today().isoformat(),
        "title": "反映扫黑办人员通风报信",
        "allegation": "反映人称有人通风报信。",
        "named_units": [town.office.pk],
    }
    page = client.post("/leads/new/", values, follow=True).content.decode()
    assert "已登记" in page
    assert "扫黑办整体回避" in page
    assert "直接交镇领导或纪委" in page
    assert seen_by(people.office) == set()


def test_the_list_asks_as_much_with_conflicts_as_without(town, people, naming, client_for):
    naming("无名氏")
    office = client_for(people.office)
    office.get("/leads/")
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as asked:
            office.get("/leads/")
        counts.append(len(asked))
        for number in range(5):
            naming(people.civil.full_name, title=f"线索{number}")
            naming(people.office.full_name, title=f"线索{number}")
    assert counts[0] == counts[1] <= 25


def test_a_recusal_stands_in_the_timeline_for_good(people, make_assigned):
    lead = make_assigned()
    conflicts.recuse(lead=lead, actor=people.police, reason="亲属。")
    with pytest.raises(DatabaseError), transaction.atomic():
        LeadEvent.objects.filter(verb="recuse").delete()


def test_whom_a_merged_lead_names_the_other_is_kept_from_too(town, people, naming, make_assigned):
    rename(account=people.civil, full_name="李明")
    lead, into = naming("李明"), make_assigned(town.police)
    services.merge(
        lead=lead, into=into, actor=people.office, note="同一件事。", expected_version=lead.version
    )
    assert seen_by(people.civil) == set()
    into.refresh_from_db()
    with pytest.raises(ValidationError, match="须回避"):
        services.add_units(
            lead=into,
            actor=people.office,
            units=[town.civil],
            due_on=due.today(),
            expected_version=into.version,
        )


def test_a_lead_is_not_merged_into_one_that_a_barred_unit_has(town, people, naming, make_assigned):
    rename(account=people.civil, full_name="李明")
    lead, into = naming("李明"), make_assigned(town.civil)
    with pytest.raises(ValidationError, match="民政办须回避"):
        services.merge(
            lead=lead, into=into, actor=people.office, note="同。", expected_version=lead.version
        )


def test_a_matter_split_off_is_kept_from_the_same_people(town, people, naming):
    import uuid

    rename(account=people.civil, full_name="李明")
    lead = naming("李明")
    made, _ = services.split(
        lead=lead,
        actor=people.office,
        submission=uuid.uuid4(),
        title="另一件事",
        allegation="另一件事。",
    )
    assert made.barred.units == {town.civil.pk}

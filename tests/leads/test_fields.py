"""The table of who sees which field: one answer in Python and in queries, and its document."""

import re
import uuid
from pathlib import Path

import pytest
from django.conf import settings
from django.utils import timezone

from departments.models import Account
from leads import due, fields, standing
from leads.circle import services as circle
from leads.circle.models import Access
from leads.codes import services as codes
from leads.codes.models import QueryCode, Supplement
from leads.codes.states import Way
from leads.conflicts import services as conflicts
from leads.lists import columns
from leads.models import Lead, Reward, RewardTier
from leads.states import Secrecy
from tests.owner import ignoring


def test_the_document_is_current():
    written = (settings.BASE_DIR / "docs" / "fields.md").read_text(encoding="utf-8")
    assert written == fields.document()


def test_a_search_asks_for_fields_that_are_seen_together():
    cells = [fields.FIELDS[name] for name in ("title", "allegation", "place_detail")]
    assert cells[0] == cells[1] == cells[2]


def test_pages_and_columns_ask_the_table_for_what_it_has():
    asked = {column.field for column in columns.COLUMNS}
    for path in (Path(settings.BASE_DIR) / "templates" / "leads").glob("*.html"):
        asked |= set(re.findall(r"\bseen\.(\w+)", path.read_text(encoding="utf-8")))
    assert asked <= set(fields.FIELDS)


@pytest.fixture
def leads(town, people, make_lead, make_assigned):
    """Leads to which people stand in every way there is."""
    made = [make_lead(), make_lead(actor=people.east), make_assigned(), make_assigned(town.civil)]
    limited = make_assigned(town.police, actor=people.east)
    made.append(
        circle.set_circle(
            lead=limited,
            actor=people.director,
            secrecy=Secrecy.LIMITED,
            expected_version=limited.version,
        )
    )
    narrow = make_lead(actor=people.office)
    Lead.objects.filter(pk=narrow.pk).update(secrecy=Secrecy.LIMITED)
    made.append(narrow)
    made.append(make_lead(named_units=[town.east], actor=people.east))
    faded = [make_assigned(), make_lead(actor=people.east), make_lead(actor=people.office)]
    keys = [lead.pk for lead in faded]
    closed = {"finding": "disproven", "disposition": "no_action", "closed_at": timezone.now()}
    with ignoring("leads.Lead:lead_states"):
        Lead.objects.filter(pk__in=keys).update(
            state="closed", restricted_at=timezone.now(), **closed
        )
    Lead.objects.filter(pk=faded[2].pk).update(secrecy=Secrecy.LIMITED)
    return [*made, *faded]


def test_python_and_queries_give_the_same_answer(town, people, far_people, leads, make_account):
    from departments.services import grant

    both = make_account("both", town.east, "leader")
    grant(account=both, unit=town.office, role="office")
    leading = make_account("leading", town.unit, "town_leader")
    grant(account=leading, unit=town.police, role="liaison")
    for who, lead in ((both, leads[4]), (people.office, leads[4])):
        circle.look_urgently(lead=lead, actor=Account.objects.get(pk=who.pk), reason="警情")
    Access.objects.create(lead=leads[5], account=both, kind="handler", given_by=people.director)
    Access.objects.create(lead=leads[7], account=both, kind="handler", given_by=people.director)
    conflicts.recuse(lead=leads[2], actor=people.office, reason="亲属。")
    everyone = [*people.everyone(), both, leading, far_people.office, far_people.police]
    keys = [lead.pk for lead in leads]
    found = set()
    for account in everyone:
        user = Account.objects.get(pk=account.pk)
        seen = {
            (name, whole): set(
                Lead.objects.showing(name, user, whole=whole).values_list("pk", flat=True)
            )
            for name in fields.FIELDS
            for whole in (False, True)
        }
        rows = {row.pk: row for row in Lead.objects.visible_to(user).with_standing(user)}
        for lead in Lead.objects.filter(pk__in=keys):
            fields_seen = lead.seen_by(user)
            found |= lead.standings(user)
            if lead.pk in rows:
                listed = fields.seen_by(lead.standings(user), faded=lead.is_restricted)
                assert rows[lead.pk].seen_among(user) == listed
            for name in fields.FIELDS:
                assert (lead.pk in seen[name, False]) == (name in fields_seen), (user, name)
                whole = fields_seen.get(name) is fields.Sees.ALL
                assert (lead.pk in seen[name, True]) == whole, (user, name)
    assert found == set(fields.Standing)


def test_what_reporters_add_and_hold_and_are_paid_goes_by_the_table(
    town, people, far_people, leads, make_account
):
    """Codes, additions and rewards are read as the columns say, of every kind of lead."""
    tier = RewardTier.objects.create(jurisdiction=town.unit, name="一般", low=1, high=9)
    rows: dict[str, dict[int, int]] = {name: {} for name in ("codes", "rewards", "kept", "shared")}
    for lead in leads:
        Lead.objects.filter(pk=lead.pk).update(reporter_kind="anonymous")
        lead.refresh_from_db()
        code, _ = codes.issue(lead=lead, actor=people.director, secret=f"secret {lead.pk}")
        rows["codes"][code.pk] = lead.pk
        rows["rewards"][_rewarded(lead, tier, people.office).pk] = lead.pk
        for name in ("kept", "shared"):
            added, _ = codes.supplement(
                lead=lead, actor=people.office, submission=uuid.uuid4(), way=Way.PHONE, text=name
            )
            rows[name][added.pk] = lead.pk
            if name == "shared":
                codes.read_supplement(supplement=added, actor=people.director, share=True)
    outside = make_account("outside", town.office, "office")
    urgent = make_account("urgent", town.office, "office")
    granted = make_account("granted", town.unit, "town_leader")
    circle.look_urgently(lead=leads[5], actor=urgent, reason="警情")
    circle.grant_reading(
        lead=leads[5], actor=people.director, account=granted, reason="协调", ends_on=due.today()
    )
    conflicts.recuse(lead=leads[2], actor=people.office, reason="亲属。")
    found = set()
    for account in [*people.everyone(), outside, urgent, granted, far_people.director]:
        user = Account.objects.get(pk=account.pk)
        got = {
            "codes": QueryCode.objects.visible_to(user),
            "rewards": Reward.objects.visible_to(user),
            "kept": Supplement.objects.visible_to(user).filter(text="kept"),
            "shared": Supplement.objects.visible_to(user).filter(text="shared"),
        }
        for lead in Lead.objects.filter(pk__in=[lead.pk for lead in leads]):
            seen = lead.seen_by(user)
            granted_ = {name for name in ("codes", "rewards") if name in seen}
            granted_ |= {"shared"} if "supplements" in seen else set()
            granted_ |= {"kept"} if seen.get("supplements") is fields.Sees.ALL else set()
            read = {name for name, rows_ in got.items() if rows_.filter(lead=lead).exists()}
            assert read == granted_, (account.username, lead.pk)
            found.add(frozenset(read))
    # The office, who reads with it for a while, leaders, units, and who logged it or is nobody.
    assert found == {
        frozenset(rows),
        frozenset({"rewards", "shared"}),
        frozenset({"rewards"}),
        frozenset({"shared"}),
        frozenset(),
    }


def _rewarded(lead, tier, actor):
    return Reward.objects.create(
        number=f"JL-{lead.pk}",
        lead=lead,
        beneficiary=lead,
        tier=tier,
        tier_name=tier.name,
        low=1,
        high=9,
        amount=5,
        basis="按奖励办法。",
        proposed_by=actor,
    )


def test_a_list_of_rows_asks_nothing_more(people, leads, django_assert_num_queries):
    for account in (people.office, people.town_leader, people.police, people.east):
        user = Account.objects.get(pk=account.pk)
        list(Lead.objects.visible_to(user))  # what is asked once per request
        with django_assert_num_queries(1):
            for row in Lead.objects.visible_to(user).with_standing(user):
                assert row.seen_among(user)


def test_nobody_else_stands_to_a_lead(people, far_people, leads):
    others = [people.custodian, people.sysadmin, people.secadmin, people.auditor]
    for account in [*others, far_people.director, far_people.town_leader]:
        for lead in leads:
            assert standing.of(account, lead) == frozenset()

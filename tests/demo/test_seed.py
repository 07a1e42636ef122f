"""Demo data: the same every time, true to the rules of the portal, and marked as invented."""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.db.models import F, Q
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from audit.machine import Machine
from demo import clock, disposals
from departments.models import Account, Membership, Unit, UnitKind
from departments.roles import OFFICE_ROLES, Role
from leads import number_only, services
from leads.disposals.blockers import blockers_of
from leads.disposals.models import DisposalBatch, LegalHold
from leads.disposals.querysets import due_in
from leads.machine import ASSIGNMENT, LEAD
from leads.models import Assignment, Channel, Feedback, Lead, LeadEvent, NumberSeries
from leads.states import ENDED, VOID, AssignmentState, LeadState
from reporting.attachments.models import ReportFile
from reporting.bulletins.content import corrected_since
from reporting.bulletins.models import Bulletin
from reporting.bulletins.querysets import addressees
from reporting.corrections.machine import CORRECTION
from reporting.corrections.models import EarlierVersion, WeeklyCorrection
from reporting.periods import week
from reporting.periods.models import ReportExpectation, ReportPeriod
from reporting.statistics.models import Tally
from reporting.weekly import form as definition
from reporting.weekly import prefill
from reporting.weekly.machine import WEEKLY
from reporting.weekly.models import WeeklyReport, WeeklyReportEvent
from reporting.weekly.states import FILED, WeeklyState
from tests.demo.conftest import TODAY

MARK = "【演示】"


def contents() -> list[list[tuple]]:
    """All that a person could see of the demo, without the keys that the database gives."""
    event = ("at", "actor__username", "actor_name", "unit_name", "verb", "from_state", "to_state")
    lead = [field.name for field in Lead._meta.concrete_fields if not field.is_relation]
    lead.remove("id")
    codes = ("channel__code", "place__code", "domain__code", "conduct__code", "named_units__code")
    report = [
        field.name
        for field in WeeklyReport._meta.concrete_fields
        if not field.is_relation and field.name not in ("id", "signature", "corrects")
    ]
    querysets = [
        Lead.objects.order_by("pk").values_list(*lead, *codes, "registered_by__username"),
        Assignment.objects.order_by("pk").values_list(
            "lead__number", "unit__code", "state", "due_on", "assigned_at", "reported_at", "version"
        ),
        Feedback.objects.order_by("pk").values_list("assignment__lead__number", "at", "finding"),
        LeadEvent.objects.order_by("pk").values_list("lead__number", *event, "note"),
        ReportPeriod.objects.order_by("starts_on").values_list(
            "starts_on", "due_at", "opened_at", "closed_at"
        ),
        WeeklyReport.objects.order_by("pk").values_list("period__starts_on", "unit__code", *report),
        WeeklyReportEvent.objects.order_by("pk").values_list("report__unit__code", *event),
        Account.objects.order_by("username").values_list("username", "full_name", "email"),
    ]
    return [list(queryset) for queryset in querysets]


def contents_of(seed, **options) -> list[list[tuple]]:
    """What seeding makes; afterwards it is as if it had not been."""
    with transaction.atomic():
        seed(**options)
        found = contents()
        transaction.set_rollback(True)
    assert not Lead.objects.exists()
    return found


def test_the_same_arguments_give_the_same_contents(seed):
    first = contents_of(seed)
    assert [len(rows) > 0 for rows in first] == [True] * 8
    assert contents_of(seed) == first
    other = contents_of(lambda: seed(seed=4))
    assert other[0] != first[0]
    assert other[-1] == first[-1]  # accounts do not depend on it


def test_counts_are_as_asked(seeded):
    assert Lead.objects.count() == 150
    assert ReportPeriod.objects.count() == 8 + 1
    assert ReportExpectation.objects.count() == 9 * (16 + 22)
    assert LeadEvent.objects.filter(verb="register").count() == 150


@pytest.mark.parametrize("count", [0, 1, 7])
def test_small_amounts_work_too(seed, count):
    seed(leads=count, weeks=1)
    assert Lead.objects.count() == count
    assert ReportPeriod.objects.count() == 2


def test_every_batch_is_written_to_the_end(seed, monkeypatch):
    monkeypatch.setattr("demo.leads.BATCH", 10)
    seed(leads=30, weeks=2)
    assert Lead.objects.count() == 30
    numbers = Lead.objects.order_by("pk").values_list("number", flat=True)
    assert [int(number[-5:]) for number in numbers] == list(range(1, 31))


# Leads


def walk(machine: Machine, state: str, events: list) -> str:
    """Where `events` lead from `state`; fails at a step that the machine does not know."""
    for event in events:
        assert event.from_state == state, f"{event} starts elsewhere"
        found = machine.find(event.verb, state)
        assert found, f"{event} is not a step from {state}"
        assert found.target == event.to_state
        assert event.note.strip() or not found.needs_note
        state = event.to_state
    return state


#: Merging takes two leads about one matter, which the demo does not invent.
SHOWN = set(LeadState.values) - {LeadState.MERGED}
ENDING = {"propose_closing", "close", "archive"}


def test_every_state_is_there_some_late_some_major(seeded):
    states = Counter(Lead.objects.values_list("state", flat=True))
    assert set(states) == SHOWN
    held = set(Assignment.objects.values_list("state", flat=True))
    assert held == set(AssignmentState.values) - {AssignmentState.WITHDRAWN}
    assert Lead.objects.overdue(TODAY).count() >= 3
    assert Lead.objects.near_due(TODAY).count() >= 1
    assert 2 <= Lead.objects.filter(is_major=True).count() <= 30


def test_the_try_outs_own_amount_shows_every_state_whatever_the_seed(seed):
    for number in (1, 2):
        seed(leads=120, seed=number)
    assert set(Lead.objects.values_list("state", flat=True)) == SHOWN


def test_each_timeline_leads_to_the_state_that_its_lead_is_in(seeded):
    for lead in Lead.objects.prefetch_related("events", "assignments"):
        events = list(lead.events.all())
        own = [event for event in events if event.assignment_id is None and event.actor_id]
        own = [event for event in own if event.verb != "hold"]  # moves nothing
        assert (own[0].verb, own[0].to_state, own[0].at) == (
            "register",
            LeadState.REGISTERED,
            lead.registered_at,
        )
        ending = [event for event in own if event.verb in ENDING]
        state = walk(LEAD, LeadState.REGISTERED, [e for e in own[1:] if e not in ending])
        assignments = list(lead.assignments.all())
        for assignment in assignments:
            steps = [event for event in events if event.assignment_id == assignment.pk]
            reached = walk(ASSIGNMENT, AssignmentState.PENDING, steps)
            closed = lead.closed_at is not None and reached == AssignmentState.REPORTED
            assert assignment.state == (AssignmentState.ACCEPTED if closed else reached)
            assert assignment.version == len(steps) + closed
            reports = [event.at for event in steps if event.verb == "report"]
            written = list(assignment.feedback.select_related("signature"))
            assert [row.at for row in written] == reports
            signatures = [event.at for event in steps if event.verb == "sign_off"]
            assert [row.signature.at for row in written if row.is_signed] == signatures
            assert all(row.signature.holds for row in written if row.is_signed)
            assert assignment.reported_at == (signatures[-1] if signatures else None)
            signed = [event.at for event in steps if event.verb == "sign"]
            assert [assignment.signed_at] == (signed or [None])
        if ending:
            assert walk(LEAD, LeadState.REPORTED_BACK, ending) == lead.state
            closing = [(event.at, event.note) for event in ending if event.verb == "close"]
            assert closing == ([(lead.closed_at, lead.closing_words)] if lead.closed_at else [])
        elif state == LeadState.ASSIGNED:
            assert lead.state == followed(assignments)
        else:
            assert (lead.state, assignments) == (state, [])


def followed(assignments: list[Assignment]) -> str:
    """The state of a lead that follows its assignments."""
    states = {item.state for item in assignments if item.state not in VOID}
    if states == {AssignmentState.PENDING}:
        return LeadState.ASSIGNED
    return LeadState.REPORTED_BACK if states == {AssignmentState.REPORTED} else LeadState.VERIFYING


def test_times_run_forward_in_office_hours_and_end_before_today(seeded):
    for lead in Lead.objects.prefetch_related("events"):
        times = [event.at for event in lead.events.all()]
        assert times == sorted(times)
        assert times[-1] < clock.Clock(TODAY, 8).now
        by_hand = [event.at for event in lead.events.all() if event.actor_id]
        assert lead.received_on <= timezone.localdate(lead.registered_at)
        assert all(
            dt.time(8, 30) <= timezone.localtime(at).time() < dt.time(17, 31) for at in by_hand
        )
    registered = Lead.objects.order_by("pk").values_list("registered_at", flat=True)
    assert list(registered) == sorted(registered)
    first_day = TODAY - dt.timedelta(weeks=8)
    assert sum(timezone.localdate(at) < first_day for at in registered) == disposals.OLD


def test_old_leads_wait_for_their_disposal_and_one_is_held(seeded):
    batch = DisposalBatch.objects.get()
    assert (batch.state, batch.items.to_dispose().count()) == ("reviewed", disposals.OLD - 2)
    assert batch.items.filter(decision="keep").count() == 1
    held = LegalHold.objects.get().lead
    assert list(due_in(held.jurisdiction_id, TODAY)) == [held]
    assert blockers_of(batch.items.values_list("lead_key", flat=True)) == {
        item.lead_key: [] for item in batch.items.all()
    }


def test_who_acts_holds_the_role_for_it(seeded):
    office = set(Account.objects.filter(memberships__role__in=OFFICE_ROLES))
    for event in LeadEvent.objects.select_related("actor", "assignment__unit", "lead"):
        if event.verb == "restrict":
            assert (event.actor, event.actor_name, event.unit_name) == (None, "平台自动", "")
            continue
        if event.verb in ("sign", "report", "refuse"):
            assert event.actor.unit_ids() == {event.assignment.unit_id}
        elif event.verb == "sign_off":
            assert event.actor.unit_ids(Role.LEADER) == {event.assignment.unit_id}
        elif event.verb == "close":
            assert event.actor.has_role(Role.DIRECTOR)
        elif event.verb == "register":
            assert event.actor.unit_ids() == {event.lead.registered_unit_id}
        else:
            assert event.actor in office
        assert event.unit_name == event.actor.main_unit.name
        assert event.actor_name == event.actor.full_name


def test_leads_keep_the_rules_of_assigning(seed):
    seed(leads=400)
    assert not Assignment.objects.filter(unit__receives_leads=False).exists()
    naming = Lead.objects.exclude(named_units=None)
    assert naming.count() >= 5
    assert not naming.filter(assignments__unit=F("named_units")).exists()
    assert not naming.filter(registered_unit=F("named_units")).exists()
    umbrella = Lead.objects.filter(umbrella_suspected=True, state=LeadState.CLOSED)
    assert umbrella.exists()
    for lead in umbrella:
        assert lead.assignments.filter(unit__kind=UnitKind.DISCIPLINE).count() == 1
    unsettled = ["registered", "accepted", "declined", "referred"]
    assessed = Lead.objects.exclude(state__in=unsettled)
    assert not assessed.filter(Q(domain=None) | Q(conduct=None)).exists()
    assert not Lead.objects.filter(state=LeadState.CLOSED, due_on=None).exists()


def test_rows_are_what_the_models_accept(seeded):
    for lead in Lead.objects.all():
        lead.full_clean(exclude=["search"])
    for written in Feedback.objects.all():
        written.full_clean()
        assert written.first_verifier != written.second_verifier


def test_a_demo_lead_goes_on_through_the_services(seeded):
    director = Account.objects.get(username="director")
    lead = Lead.objects.filter(state=LeadState.REPORTED_BACK, umbrella_suspected=False).first()
    closed = services.close(
        lead=lead,
        actor=director,
        finding="proven",
        disposition="administrative",
        closing_words="办结。",
        expected_version=lead.version,
    )
    assert closed.state == LeadState.CLOSED


def test_words_can_be_found_common_ones_and_rare_ones(seed):
    seed(leads=400)
    found = {
        word: Lead.objects.containing(word).count() for word in ("收取", "强揽", "采砂", "放贷")
    }
    assert all(found.values())
    assert found["收取"] > 4 * found["采砂"]
    told = Lead.objects.filter(channel__number_only=False)
    assert told.values("allegation").distinct().count() > 0.97 * told.count()


# Numbers


def test_numbers_go_on_from_those_before_and_to_those_after(seed, township, monkeypatch):
    NumberSeries.objects.create(jurisdiction=township, year=2025, last=41)
    seed(leads=20, weeks=2)
    numbers = list(Lead.objects.order_by("pk").values_list("number", flat=True))
    assert numbers == [f"YSZ-2025-{value:05d}" for value in range(42, 62)]
    monkeypatch.setattr("leads.due.today", lambda: TODAY)
    lead, _ = services.register(
        actor=Account.objects.get(username="office"),
        submission="7b0c1b0e-0000-4000-8000-000000000001",
        channel=Channel.objects.get(code="hotline"),
        received_on=TODAY,
        title="新登记",
        allegation="新登记的线索。",
    )
    assert lead.number == "YSZ-2025-00062"


def test_each_year_has_its_own_numbers(seed, township):
    seed(leads=40, today=dt.date(2025, 1, 15), weeks=4)
    last = dict(NumberSeries.objects.values_list("year", "last"))
    assert set(last) == {2024, 2025}
    assert sum(last.values()) == 40
    for lead in Lead.objects.all():
        assert lead.number.split("-")[1] == str(timezone.localdate(lead.registered_at).year)


def test_seeding_twice_adds_to_what_is_there(seed):
    seed(leads=20, weeks=2)
    reports = WeeklyReport.objects.count()
    seed(leads=20, weeks=2)
    assert Lead.objects.count() == 40
    assert WeeklyReport.objects.filter(period__ends_on__lt=TODAY).count() <= reports + 2 * 38
    assert NumberSeries.objects.get().last == 40


# Weekly reports


def test_past_weeks_are_mostly_received_and_the_current_one_is_half_done(seeded):
    past = WeeklyReport.objects.filter(period__ends_on__lt=TODAY)
    owed = ReportExpectation.objects.filter(period__ends_on__lt=TODAY).count()
    assert owed * 0.75 < past.filter(state=WeeklyState.RECEIVED).count() < owed
    assert past.count() < owed
    assert 1 <= past.filter(signed_at__gt=F("period__due_at")).count() < owed / 4
    current = WeeklyReport.objects.filter(period__ends_on__gte=TODAY)
    assert set(current.values_list("state", flat=True)) == set(WeeklyState.values)
    assert 8 <= 38 - current.count() <= 20
    missing = ReportExpectation.objects.filter(
        period__ends_on__gte=TODAY, unit__kind=UnitKind.VILLAGE
    ).exclude(unit__in=current.values("unit"))
    assert missing.count() >= 3


def test_weeks_are_closed_when_their_time_is_over(seeded):
    for period in ReportPeriod.objects.all():
        assert period.is_open == (period.closes_at > clock.Clock(TODAY, 8).now)
        assert period.opened_at == week.at_hour(period.starts_on, 0)
    # The holiday's Friday is off: due on the last working day before it.
    golden = ReportPeriod.objects.get(ends_on="2025-10-03")
    assert timezone.localdate(golden.due_at) == dt.date(2025, 9, 30)


def test_signatures_hold_and_contents_are_complete(seeded):
    reports = list(WeeklyReport.objects.select_related("period"))
    filed = [report for report in reports if report.is_filed]
    assert len(filed) > 200
    for report in filed:
        assert report.signature_holds
        assert definition.problems(report.form, report.content, complete=True, counted={}) == {}
        if report.signed_by.has_role(Role.LEADER):
            assert report.signed_by.unit_ids() == {report.unit_id}
        else:
            assert report.corrections.accepted().get(by_office=True).signed_by == report.signed_by
    assert {report.signature for report in reports if not report.is_filed} == {""}


def test_some_reports_say_zero_and_no_unit_that_has_something_does(seeded):
    zero = WeeklyReport.objects.filter(is_zero=True)
    assert zero.filter(state__in=FILED).count() >= 5
    assert {sum(report.figures.values()) for report in zero} == {0}
    assert WeeklyReport.objects.filter(is_zero=False).exists()


def test_report_timelines_lead_to_their_states(seeded):
    for report in WeeklyReport.objects.prefetch_related("events"):
        first, *rest = report.events.all()
        assert (first.verb, first.to_state, first.at) == ("start", "draft", report.created_at)
        moves = [event for event in rest if event.from_state != event.to_state]
        assert walk(WEEKLY, WeeklyState.DRAFT, moves) == report.state
        verbs = [event.verb for event in rest]
        assert ("correct" in verbs) == report.is_corrected
        assert report.version == len(rest) - verbs.count("scan") + 1  # a scan changes nothing
        times = [event.at for event in (first, *rest)]
        assert times == sorted(times)
        assert times[-1] < clock.Clock(TODAY, 8).now
        assert timezone.localdate(times[0]) >= report.period.starts_on
        signed = [event for event in rest if event.verb == "sign"]
        if report.is_filed:
            assert signed[-1].at == report.filed_at
            assert rest[-1].signature == report.signature
        assert {event.signature for event in rest if event.verb in ("submit", "return")} <= {""}


def test_some_reports_have_files_signed_with_them_and_a_stamped_scan(seeded, seed):
    files = ReportFile.objects.select_related("report__unit", "file", "added_by")
    kinds = Counter((one.report.state, one.kind) for one in files)
    assert kinds == {
        ("received", "attachment"): 4,
        ("received", "scan"): 2,
        ("draft", "attachment"): 2,
    }
    for one in files:
        assert one.file.is_kept
        assert one.file.preview in ("image", "pdf")
        assert one.report.unit_id in one.added_by.unit_ids()
        assert not one.is_outdated
    for report in {one.report for one in files}:
        assert len(report.attached()) == 2
        assert report.signature_holds == report.is_filed
    seed(leads=0)
    assert ReportFile.objects.count() == 8


def test_the_form_changed_on_the_way_and_villages_are_no_longer_asked_about_cases(seeded):
    first = week.starts_on(TODAY) - dt.timedelta(weeks=3)
    reports = WeeklyReport.objects.select_related("period", "unit")
    assert set(reports.values_list("form_version", flat=True)) == {1, 2}
    for report in reports:
        version_2 = report.period.starts_on >= first
        assert report.form_version == (2 if version_2 else 1)
        is_asked = not version_2 or report.unit.kind != UnitKind.VILLAGE
        assert ("proven" in report.figures) == is_asked
        assert ("v2_1" in report.figures) == version_2
    assert max(report.figures.get("v2_1", 0) for report in reports) > 0


def test_figures_are_those_that_the_portal_would_prefill(seed):
    """Asked of each unit and week anew; what is in hand, only of now."""
    seed(leads=300, weeks=4)
    for report in WeeklyReport.objects.select_related("period", "unit"):
        known = report.form.offered(prefill.figures(unit=report.unit, period=report.period))
        if report.period.ends_on < TODAY:
            del known["in_hand"]
        assert {code: report.figures[code] for code in known} == known, report


def test_the_first_page_has_its_figures_at_once(seeded):
    current = ReportPeriod.objects.latest("starts_on")
    assert Tally.objects.filter(period=current, measure="lead_week", key="open").get().count == (
        Lead.objects.exclude(state__in=ENDED).count()
    )


def test_a_week_that_has_just_begun_is_early_birds_only(seed):
    saturday = dt.date(2025, 10, 18)
    seed(leads=20, weeks=2, today=saturday)
    current = WeeklyReportEvent.objects.filter(report__period__starts_on=saturday)
    assert current.exists()
    latest = current.order_by("at").last().at
    assert timezone.localdate(latest) == saturday
    assert latest < clock.Clock(saturday, 2).now


def test_two_bulletins_are_issued_and_one_is_drafted(seeded, seed):
    told = Bulletin.objects.order_by("period__starts_on")
    assert [one.state for one in told] == ["issued", "issued", "draft"]
    assert [one.serial for one in told] == [1, 2, None]
    for one in told.issued():
        assert one.hash_holds
        assert 0 < one.reads.count() < addressees(one).count()
        assert not one.is_early
        assert one.named
    seed(leads=0)
    assert Bulletin.objects.count() == 3


def test_corrections_are_in_effect_or_on_their_way_and_every_signature_holds(seeded, seed):
    made = WeeklyCorrection.objects.order_by("pk").select_related("report__period")
    assert [(one.state, one.by_office) for one in made] == [
        ("received", False),
        ("received", True),
        ("signed", False),
        ("awaiting_signature", False),
    ]
    for one in made:
        assert walk(CORRECTION, "draft", list(one.events.all()[1:])) == one.state
        assert one.signature_holds == (one.signed_at is not None)
        last = one.events.last()
        assert last.at < clock.Clock(TODAY, 8).now
        content, said = one.content, (getattr(one, "replaced", one.report)).content
        assert content.figures != said.figures
        form = one.report.form
        assert definition.problems(form, content, complete=True, counted={}) == {}
    for earlier in EarlierVersion.objects.all():
        assert earlier.signature_holds
    told = Bulletin.objects.filter(period__in=[one.report.period for one in made[:2]])
    assert any(corrected_since(one) for one in told)
    seed(leads=0)
    assert WeeklyCorrection.objects.count() == 4


# Nobody


def test_everything_is_marked_as_demo(seeded):
    assert not Lead.objects.exclude(title__startswith=MARK).exists()
    assert not Lead.objects.exclude(allegation__contains="演示数据").exists()
    assert not Feedback.objects.exclude(verified_facts__startswith=MARK).exists()
    assert not WeeklyReport.objects.exclude(
        Q(is_zero=True) | Q(texts__progress__startswith=MARK)
    ).exists()
    assert not Account.objects.exclude(full_name__startswith="演示·").exists()
    assert not Account.objects.exclude(email__endswith="@example.invalid").exists()


def test_no_text_holds_what_looks_like_a_phone_or_identity_number(seed):
    seed(leads=400)
    words = [
        *(str(model_to_dict(lead)) for lead in Lead.objects.defer("search")),
        *(str(model_to_dict(row)) for row in Feedback.objects.all()),
        *LeadEvent.objects.values_list("note", flat=True),
        *(str(report.texts) for report in WeeklyReport.objects.all()),
        *Unit.objects.values_list("hotline", flat=True),
    ]
    assert len(words) > 1000
    assert [text for text in words if re.search(r"1[3-9]\d{9}|\d{15}|\d{17}[\dXx]", text)] == []
    assert not Unit.objects.filter(hotline__regex=r"\d{7}").exists()


def test_national_platform_leads_are_a_number_and_nothing_else(seed):
    seed(leads=400)
    linked = Lead.objects.filter(channel__code="12337")
    assert linked.exists()
    assert set(linked.values_list("allegation", "place", "place_detail")) == {
        (f"{number_only.ALLEGATION}（演示数据，内容虚构）", None, "")
    }
    assert all(lead.title == f"{MARK}平台线索 {lead.external_number}" for lead in linked)


# Accounts


def test_every_part_can_be_played(seeded):
    office = {"office": Role.OFFICE, "director": Role.DIRECTOR, "custodian": Role.CUSTODIAN}
    town = {
        "town": Role.TOWN_LEADER,
        "sysadmin": Role.SYSTEM_ADMIN,
        "secadmin": Role.SECURITY_ADMIN,
        "auditor": Role.AUDITOR,
    }
    held = set(Membership.objects.values_list("account__username", "unit__code", "role"))
    wanted = {(name, "shb", role) for name, role in office.items()}
    wanted |= {(name, "ysz", role) for name, role in town.items()}
    for unit in Unit.objects.filter(reports_weekly=True):
        wanted |= {(f"{role}.{unit.code}", unit.code, role) for role in (Role.LIAISON, Role.LEADER)}
    assert held == wanted
    assert len(held) == 7 + 2 * (16 + 22)


@pytest.mark.parametrize("username", ["office", "auditor", "liaison.pcs", "leader.qingxi"])
def test_the_password_of_the_environment_signs_everyone_in(seeded, username):
    assert Client().login(username=username, password="demo-password")


def test_a_password_is_invented_and_printed_once(township, monkeypatch):
    monkeypatch.delenv("DEMO_PASSWORD", raising=False)
    first, second = StringIO(), StringIO()
    call_command("seed_demo", leads=0, weeks=1, stdout=first)
    call_command("seed_demo", leads=0, weeks=1, stdout=second)
    password = re.search("口令：(.*)", first.getvalue())[1]
    assert len(password) >= 12
    assert "口令" not in second.getvalue()
    assert Client().login(username="town", password=password)


def test_another_password_of_the_environment_replaces_the_old(seed, monkeypatch):
    seed(leads=0, weeks=1)
    monkeypatch.setenv("DEMO_PASSWORD", "another-password")
    call_command("seed_demo", if_empty=True, verbosity=0)
    assert Client().login(username="liaison.jw", password="another-password")
    assert not Client().login(username="liaison.jw", password="demo-password")


def test_if_empty_makes_sure_of_accounts_and_leaves_the_rest(seeded, seed):
    Account.objects.get(username="custodian").memberships.all().delete()
    Account.objects.filter(username="custodian").delete()
    before = contents()[:-1]
    seed(if_empty=True)
    assert contents()[:-1] == before
    assert Account.objects.get(username="custodian").has_role(Role.CUSTODIAN)
    assert Client().login(username="custodian", password="demo-password")


def test_if_empty_fills_an_empty_portal(seed):
    seed(if_empty=True, leads=5, weeks=1)
    assert Lead.objects.count() == 5


# Refusals


def test_it_refuses_where_demo_data_does_not_belong(seed, settings):
    settings.PORTAL_DEMO = False
    with pytest.raises(CommandError, match="不是试用或测试环境"):
        seed()
    assert not Account.objects.exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"leads": -1}, "不能小于 0"),
        ({"weeks": 0}, "1 到 520"),
        ({"weeks": 521}, "1 到 520"),
        ({"today": dt.date(2999, 1, 1)}, "不能晚于今天"),
    ],
)
def test_wrong_arguments_are_named(seed, options, words):
    with pytest.raises(CommandError, match=words):
        seed(**options)


def test_a_wrong_day_is_named(township):
    with pytest.raises(CommandError, match="2026-11-24 的样子"):
        call_command("seed_demo", "--today", "yesterday")


def test_without_a_town_it_says_what_to_do_first(db):
    with pytest.raises(CommandError, match="load_township"):
        call_command("seed_demo", verbosity=0)


def test_a_failure_leaves_nothing_behind(seed, monkeypatch):
    monkeypatch.setattr("demo.reports.Desk.make", lambda *args: 1 / 0)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        seed()
    assert not Lead.objects.exists()
    assert not NumberSeries.objects.exists()
    assert not Account.objects.exists()


def test_the_runtime_role_is_enough(seeded, settings):
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone()[0] == settings.RUNTIME_ROLE

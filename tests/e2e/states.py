"""States that the demo leaves out, for who wants to press every button: made inside the portal.

    make(role) -> paths of the pages that have the buttons, and the states that could not be made

What a role may do depends on what others have done before; here they have just done it. Each state
is made on its own: one that cannot be made on this day is left out.
"""

from __future__ import annotations

import datetime as dt
import io
import uuid
from collections.abc import Callable
from dataclasses import replace

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from openpyxl import Workbook

from departments.models import Account
from jobs import services as jobs
from jobs.models import Job, JobState
from leads import services as lead_services
from leads.codes import services as codes
from leads.codes.states import Way
from leads.imports import services as imports
from leads.models import Access, Assignment, Channel, DisposalBatch, ImportBatch, Lead
from leads.reporters.releases import services as releases
from leads.services import extensions
from messaging.models import Delivery, Message
from reporting.bulletins import services as bulletins
from reporting.bulletins.models import Bulletin
from reporting.corrections import services as corrections
from reporting.duties import services as duties
from reporting.duties.models import Reopening
from reporting.periods import services as periods
from reporting.periods.models import ReportPeriod
from reporting.weekly import services as weekly
from reporting.weekly.models import WeeklyReport


def person(username: str) -> Account:
    return Account.objects.get(username=username)


def page_of(lead: Lead) -> list[str]:
    return [reverse("leads:detail", args=[lead.number])]


def fresh_lead(**given: object) -> Lead:
    values = {"title": "试办", "allegation": "反映人称有人收取费用。"} | given
    channel = Channel.objects.filter(number_only=False, is_active=True)[0]
    submission = uuid.uuid4()
    return lead_services.register(
        actor=person("office"), submission=submission, channel=channel, **values
    )[0]


def named_lead() -> Lead:
    leads = Lead.objects.visible_to(person("office")).open().exclude(reporters=None)
    return leads.order_by("-pk")[0]


# Leads


def alerted() -> list[str]:
    return page_of(fresh_lead(is_major=True))


def supplemented() -> list[str]:
    lead, office = fresh_lead(), person("office")
    given = {"submission": uuid.uuid4(), "way": Way.PHONE, "text": "另有两人参与。"}
    codes.supplement(lead=lead, actor=office, **given)
    return page_of(lead)


def asked_for_a_name() -> list[str]:
    """A request that waits, or is asked for now."""
    lead, office = named_lead(), person("office")
    if not lead.releases.waiting().filter(asked_by=office).exists():
        releases.ask(lead=lead, actor=office, reason="回访", submission=uuid.uuid4())
    return page_of(lead)


def may_look_at_a_name() -> list[str]:
    """Of another lead than the request that waits."""
    lead, office = named_lead(), person("office")
    others = Lead.objects.visible_to(office).open().exclude(reporters=None).exclude(pk=lead.pk)
    asked = releases.ask(
        lead=others.order_by("pk")[0], actor=office, reason="回访", submission=uuid.uuid4()
    )
    releases.approve(release=asked, actor=person("director"), days=3)
    return page_of(asked.lead)


def asked_for_time() -> list[str]:
    liaison = person("liaison.pcs")
    tasks = Assignment.objects.visible_to(liaison).filter(
        state="verifying", due_on__gte=timezone.localdate(), unit=liaison.main_unit
    )
    for task in tasks.order_by("-pk"):
        if task.extensions.open().exists():
            return page_of(task.lead)
    task = tasks.order_by("-pk")[0]
    extensions.ask(
        assignment=task,
        actor=liaison,
        new_due_on=task.due_on + dt.timedelta(days=5),
        reason="需补充走访。",
        expected_version=task.version,
    )
    return page_of(task.lead)


def looked_urgently() -> list[str]:
    lead, office = fresh_lead(), person("office")
    Access.objects.create(
        lead=lead,
        account=office,
        kind="urgent",
        reason="警情",
        given_by=office,
        ends_at=timezone.now() + dt.timedelta(hours=1),
    )
    return [reverse("leads:readings"), *page_of(lead)]


def disposal(**given: object) -> list[str]:
    office = person("office")
    town = office.main_unit.jurisdiction
    made = DisposalBatch.objects.create(
        number=f"CZ-{uuid.uuid4().hex[:8]}", jurisdiction=town, proposed_by=office, **given
    )
    return [reverse("leads:disposal", args=[made.pk])]


def proposed_disposal() -> list[str]:
    return disposal(state="proposed")


def interrupted_disposal() -> list[str]:
    at, director = timezone.now(), person("director")
    office = person("office")
    reviewed = {"reviewed_by": office, "reviewed_at": at}
    return disposal(state="approved", approved_by=director, approved_at=at, **reviewed)


def put_before_the_director() -> list[str]:
    office = person("office")
    reported = Lead.objects.readable_by(office).filter(state="reported_back")
    lead = lead_services.propose_closing(
        lead=reported.order_by("-pk")[0],
        actor=office,
        finding="disproven",
        disposition="no_action",
        closing_words="经核查不属实。",
        expected_version=reported.order_by("-pk")[0].version,
    )
    return page_of(lead)


def ledger() -> ImportBatch:
    book = Workbook()
    book.active.append(["登记日期", "来源", "反映内容"])
    book.active.append([f"{timezone.localdate():%Y-%m-%d}", "来访", "有人收取管理费。"])
    file = io.BytesIO()
    book.save(file)
    size = file.tell()
    file.seek(0)
    return imports.upload(actor=person("office"), file=file, size=size, name="台账.xlsx")


def checked_ledger() -> list[str]:
    batch = ledger()
    jobs.run(batch.job_id)
    return [reverse("leads:import", args=[batch.public_id])]


def stuck_ledger() -> list[str]:
    """Whose check has failed."""
    batch = ledger()
    Job.objects.filter(pk=batch.job_id).update(state=JobState.FAILED)
    return [reverse("leads:import", args=[batch.public_id])]


# Reporting


def report_of(state: str, weeks: int) -> WeeklyReport:
    """The police's report of a week ahead, as far as that."""
    liaison = person("liaison.pcs")
    unit = liaison.main_unit
    day = timezone.localdate() + dt.timedelta(weeks=weeks)
    period, _ = periods.open_period(jurisdiction=unit.jurisdiction, day=day)
    there = WeeklyReport.objects.filter(period=period, unit=unit).first()
    if there:
        return there
    content = WeeklyReport.objects.filter(unit=unit).filed().latest("pk").content
    content = replace(content, remarks=dict.fromkeys(content.figures, "口头移交。"))
    report = weekly.save(
        actor=liaison, period=period, unit=unit, content=content, expected_version=0
    )
    if state == "awaiting_signature":
        weekly.submit(actor=liaison, report=report, expected_version=report.version)
    return WeeklyReport.objects.get(pk=report.pk)


def drafted() -> list[str]:
    return [reverse("reporting:report", args=[report_of("draft", 1).pk])]


def awaiting_signature() -> list[str]:
    return [reverse("reporting:report", args=[report_of("awaiting_signature", 2).pk])]


def correction(*, submitted: bool, number: int) -> list[str]:
    """Of a report of the police that was received and has none that is open."""
    liaison = person("liaison.pcs")
    received = WeeklyReport.objects.filter(unit=liaison.main_unit).received()
    report = received.exclude(corrections__state__in=["draft", "awaiting_signature"])[number]
    write = corrections.save_and_submit if submitted else corrections.save
    texts = report.content.texts | {"progress": f"更正{uuid.uuid4().hex[:4]}。"}
    row = write(
        actor=liaison,
        report=report,
        by_office=False,
        content=replace(report.content, texts=texts),
        reason="漏报。",
        expected_version=0,
        seen=report.signature,
    )
    return [reverse("reporting:correction", args=[row.pk])]


def begun_correction() -> list[str]:
    return correction(submitted=False, number=0)


def submitted_correction() -> list[str]:
    return correction(submitted=True, number=0)


def excused() -> list[str]:
    """A unit that is exempt for a week, and one whose week is open again."""
    director = person("director")
    unit = person("liaison.pcs").main_unit
    week = duties.first_free_week(unit.jurisdiction_id)
    duties.exempt(actor=director, unit=unit, reason="防汛", first_week=week, last_week=week)
    closed = ReportPeriod.objects.filter(jurisdiction=unit.jurisdiction).exclude(closed_at=None)
    until = timezone.now() + dt.timedelta(days=1)
    given = {"reason": "停电", "until": until, "opened_by": director}
    Reopening.objects.create(period=closed.order_by("-pk")[0], unit=unit, **given)
    return [reverse("reporting:unit", args=[unit.code])]


def submitted_bulletin() -> list[str]:
    office = person("office")
    for draft in Bulletin.objects.filter(state="draft").order_by("-pk"):
        made = bulletins.refresh(bulletin=draft, actor=office, expected_version=draft.version)
        bulletins.submit(bulletin=made, actor=office, expected_version=made.version)
    waiting = Bulletin.objects.filter(state="submitted")
    return [reverse("reporting:bulletin", args=[made.pk]) for made in waiting]


# The rest


def waiting_job() -> list[str]:
    made = Job.objects.create(
        kind="test",
        title="试办",
        requested_by=person("office"),
        submission=uuid.uuid4(),
        state=JobState.RUNNING,
        purpose="核对",
        lease_until=timezone.now() + dt.timedelta(days=1),
    )
    return [reverse("jobs:detail", args=[made.public_id])]


def failed_delivery() -> list[str]:
    to = person("liaison.pcs")
    told = Message.objects.create(
        recipient=to, kind="weekly_urged", subject_key=str(uuid.uuid4()), title="催报"
    )
    town = to.main_unit.jurisdiction
    Delivery.objects.create(message=told, jurisdiction=town, address=to.email, state="failed")
    return [reverse("messaging:deliveries")]


STATES: dict[str, list[Callable[[], list[str]]]] = {
    "office": [
        *(supplemented, asked_for_a_name, may_look_at_a_name, put_before_the_director),
        *(checked_ledger, stuck_ledger, waiting_job, failed_delivery, submitted_bulletin),
    ],
    "director": [
        *(alerted, looked_urgently, proposed_disposal, interrupted_disposal, excused),
        submitted_bulletin,
    ],
    "liaison": [
        *(asked_for_time, drafted, awaiting_signature, begun_correction, submitted_correction),
    ],
    "leader": [drafted, awaiting_signature, submitted_correction],
}


def make(role: str) -> tuple[list[str], list[str]]:
    """Make the states of `role`, as the persons of the demo."""
    found: list[str] = []
    left_out: list[str] = []
    for state in STATES.get(role, []):
        try:
            with transaction.atomic():
                found += state()
        except Exception as error:  # noqa: BLE001  another state, or another day
            left_out.append(f"{state.__name__}: {type(error).__name__}")
    return list(dict.fromkeys(found)), left_out

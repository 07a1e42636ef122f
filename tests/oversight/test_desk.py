"""The auditor's file, the verification as a job, and the head that leaves the house."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.db import connection
from django.utils import timezone
from openpyxl import load_workbook

from audit.models import Action, AuditEntry, Seal, Verification
from audit.seals.services import seal_all
from audit.services import record
from jobs.models import Job, JobState
from jobs.services import run
from messaging.models import Message
from oversight.trail.services import send_head, verify_if_due


def text(response) -> str:
    return response.content.decode()


@pytest.fixture
def auditor(client_for, people, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    return client_for(people.auditor)


def rows_of(job: Job) -> list[list]:
    with job.open() as file:
        page = load_workbook(file).active
    return [[cell.value for cell in row] for row in page.iter_rows(min_row=5)]


def test_the_file_holds_the_filtered_trail_and_no_content(auditor, client_for, people, make_lead):
    lead = make_lead(title="金丝雀名称", allegation="金丝雀正文")
    office = client_for(people.office)
    office.get(f"/leads/{lead.number}/")
    office.get("/leads/?q=金丝雀正文")
    record(action=Action.SEARCHED, actor=people.police, reason="=1+1")
    values = {"submission": uuid.uuid4(), "purpose": "年度检查"}
    url = f"/audit/export/?action=lead_viewed&object={lead.number}&before=99"
    for _ in range(2):  # a second click makes no second job
        assert auditor.post(url, values).status_code == 302
    job = Job.objects.get()
    assert (job.params["query"], job.purpose) == (
        f"action=lead_viewed&object={lead.number}",
        "年度检查",
    )
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done) == (JobState.DONE, 1)
    entry = AuditEntry.objects.get(action=Action.LEAD_VIEWED)
    assert rows_of(job)[0] == [
        1,
        str(entry.pk),
        f"{timezone.localtime(entry.at):%Y-%m-%d %H:%M:%S}",
        "查看线索内容",
        "完成",
        "office",
        "线索",
        lead.number,
        "127.0.0.1",
        None,
    ]
    said = AuditEntry.objects.get(action=Action.EXPORT_REQUESTED)
    assert said.address == "127.0.0.1"
    assert (said.actor, said.object_label, said.reason) == (people.auditor, "审计记录", "年度检查")
    auditor.post("/audit/export/", values | {"submission": uuid.uuid4()})
    whole = Job.objects.order_by("pk").last()
    run(whole.pk)
    whole.refresh_from_db()
    cells = [str(cell) for row in rows_of(whole) for cell in row]
    assert whole.done > 15
    assert "=1+1" in cells
    assert not any("金丝雀" in cell for cell in cells)


def test_an_export_needs_a_purpose(auditor):
    page = auditor.post("/audit/export/", {"submission": uuid.uuid4(), "purpose": " "})
    assert page.status_code == 200
    assert "请填写此项。" in text(page)
    assert not Job.objects.exists()


def test_who_is_auditor_no_longer_gets_no_file(auditor, people):
    auditor.post("/audit/export/", {"submission": uuid.uuid4(), "purpose": "检查"})
    people.auditor.memberships.all().delete()
    run(Job.objects.get().pk)
    job = Job.objects.get()
    assert (job.state, job.error) == (JobState.FAILED, "您目前没有导出这些数据的权限。")


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("outcome=refused", 1),
        ("object=TOWN-7", 1),
        ("object=TOWN", 0),
        ("on_or_before=0001-01-01", 0),
        ("on_or_after=0001-01-01&outcome=refused", 1),
        ("on_or_before=9999-12-31&outcome=refused", 1),
        ("on_or_after=9999-12-31", 0),
    ],
)
def test_more_filters(auditor, people, query, count):
    AuditEntry.objects.create(action=Action.SEARCHED, actor_name="office", object_label="TOWN-7")
    record(action=Action.DENIED, actor=people.office)
    assert len(auditor.get(f"/audit/?{query}").context["page"].rows) == count


def start(auditor, head: str = "") -> Job:
    values = {"submission": uuid.uuid4(), "head": head}
    response = auditor.post("/audit/verify/", values)
    job = Job.objects.order_by("pk").last()
    assert response["Location"] == f"/exports/{job.public_id}/"
    run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.DONE, "")
    return job


def damage() -> None:
    with connection.cursor() as cursor:
        cursor.execute("RESET ROLE; SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("ALTER TABLE audit_auditentry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_auditentry WHERE id = (SELECT min(id) FROM "
                       "audit_auditentry)")  # fmt: skip


def test_the_auditor_verifies_as_a_job_and_sees_when(auditor, people):
    assert "还没有封存" in text(auditor.get("/audit/"))
    seal_all()
    job = start(auditor)
    kept = Verification.objects.get()
    assert (kept.actor, kept.faults, kept.entries) == (people.auditor, 0, job.done)
    page = text(auditor.get("/audit/"))
    assert "封存 1" in page
    assert "完好" in page
    assert Seal.objects.get().head in text(auditor.get("/audit/verify/"))


def test_a_fault_is_shown_and_told(auditor, people):
    seal_all()
    damage()
    start(auditor)
    kept = Verification.objects.get()
    assert kept.faults == 1
    for address in ("/audit/", "/audit/verify/"):
        assert kept.first_fault in text(auditor.get(address))
    message = Message.objects.get(kind="audit_fault")
    assert message.recipient == people.auditor
    assert kept.first_fault in message.body


def test_a_head_of_elsewhere_is_compared(auditor):
    seal_all()
    start(auditor, Seal.objects.get().head)
    assert Verification.objects.first().faults == 0
    start(auditor, "7:" + "a" * 64)
    assert Verification.objects.first().first_fault.startswith("尾部被截去")


@pytest.mark.parametrize("head", ["7", "/etc/passwd", "7:xyz"])
def test_a_head_that_is_none_is_said_at_its_field(auditor, head):
    page = auditor.post("/audit/verify/", {"submission": uuid.uuid4(), "head": head})
    assert page.status_code == 200
    assert "链头应为" in text(page)
    assert not Job.objects.exists()


def test_the_trail_is_verified_by_itself_once_a_day(people):
    seal_all()
    now = timezone.now()
    assert verify_if_due(now).faults == 0
    assert verify_if_due(now + dt.timedelta(hours=23)) is None
    assert verify_if_due(now + dt.timedelta(hours=25)) is not None
    assert not Message.objects.filter(kind="audit_fault").exists()


@pytest.mark.parametrize(
    ("setting", "hours", "sent"),
    [
        ("daily", [7, 8, 9, 8 + 24, 20 + 24], [0, 1, 0, 1, 0]),
        ("weekly", [8, 8 + 24, 8 + 7 * 24], [1, 0, 1]),
        ("off", [8], [0]),
    ],
)
def test_the_head_is_sent_to_the_auditor(people, settings, setting, hours, sent):
    settings.PORTAL_AUDIT_HEAD_MAIL = setting
    monday = timezone.make_aware(dt.datetime(2026, 11, 23))
    assert send_head(monday + dt.timedelta(hours=8)) == 0  # nothing is sealed yet
    seal_all()
    assert [send_head(monday + dt.timedelta(hours=hour)) for hour in hours] == sent
    for message in Message.objects.filter(kind="audit_head"):
        assert message.recipient == people.auditor
        assert Seal.objects.get().head in message.body

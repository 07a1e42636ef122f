"""Files of a weekly report: what is signed with it, the stamped scan, and who sees which."""

from __future__ import annotations

import hashlib
import json
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile as Upload
from django.db import DatabaseError, transaction

from audit.machine import Conflict
from audit.models import AuditEntry
from files.models import StoredFile
from reporting.attachments import services
from reporting.attachments.models import FileKind, ReportFile
from reporting.weekly import services as weekly
from reporting.weekly.models import WeeklyReport
from tests.files.samples import docx, pdf, png, stored
from tests.reporting.conftest import content_of
from tests.reporting.test_pages import edit_url, shown_messages, typed


@pytest.fixture
def attach(people):
    """A file of the east village's report; a picture unless other bytes are given."""

    def make(report, data: bytes | None = None, *, name: str = "现场.png", actor=None):
        by = actor or people.east
        return services.attach(actor=by, report=report, uploads=[stored(by, data, name)])[0]

    return make


@pytest.fixture
def scan(people):
    def make(report, data: bytes | None = None, *, name: str = "盖章.png", actor=None):
        by = actor or people.east
        return services.add_scan(actor=by, report=report, uploads=[stored(by, data, name)])[0]

    return make


def sign(report, people) -> WeeklyReport:
    report.refresh_from_db()
    return weekly.sign(actor=people.east_leader, report=report, expected_version=report.version)


def give_back(report, people) -> None:
    values = {"actor": people.office, "report": report, "expected_version": report.version}
    weekly.give_back(note="缺附件", **values)


def url(file, name: str = "") -> str:
    return f"/reports/files/{file.file.public_id}/{name}"


def test_a_signature_binds_the_attachments_and_no_scan(people, draft, attach, scan):
    report = draft()
    without = report.signed_content()
    assert b"attachments" not in without
    files = [attach(report), attach(report, pdf(), name="记录.pdf")]
    gone = attach(report, png(9, 9), name="错.png")
    services.remove(actor=people.east, file=gone, reason="传错")
    report = sign(report, people)
    bound = json.loads(report.signed_content())["attachments"]
    assert bound == sorted(one.file.sha256 for one in files)
    assert report.signature == hashlib.sha256(report.signed_content()).hexdigest()
    paper = scan(report)
    assert paper.of_signature == report.signature
    report.refresh_from_db()
    assert report.signature_holds
    assert list(report.events.order_by("pk").values_list("verb", "note")) == [
        ("start", ""),
        ("attach", "1 个：现场.png"),
        ("attach", "1 个：记录.pdf"),
        ("attach", "1 个：错.png"),
        ("detach", "错.png。理由：传错"),
        ("sign", ""),
        ("scan", "1 个：盖章.png"),
    ]
    received = weekly.receive(actor=people.office, report=report, expected_version=report.version)
    scan(received, pdf(), name="盖章.pdf")
    assert received.files.count() == 5


def test_attachments_come_and_go_with_the_draft_alone(people, draft, attach, scan, as_owner):
    report = draft()
    with pytest.raises(Conflict, match="还没有签字"):
        scan(report)
    first = attach(report)
    for stranger in (people.west, people.office, people.town_leader):
        for act in (attach, scan):
            with pytest.raises(PermissionDenied):
                act(report, actor=stranger)
        with pytest.raises(PermissionDenied):
            services.remove(actor=stranger, file=first, reason="x")
    report.refresh_from_db()
    weekly.submit(actor=people.east, report=report, expected_version=report.version)
    with pytest.raises(Conflict, match="附件不能再改"):
        attach(report)
    attach(report, pdf(), actor=people.east_leader)
    report = sign(report, people)
    for act in (
        lambda: attach(report, actor=people.east_leader),
        lambda: services.remove(actor=people.east_leader, file=first, reason="x"),
    ):
        with pytest.raises(Conflict, match="附件不能再改"):
            act()
    with pytest.raises(ValidationError, match="图片或 PDF"):
        scan(report, docx(), name="周报.docx")
    paper = scan(report)
    values = {"report": report, "added_by": people.east, "file": stored(people.east)}
    for change in (
        lambda: ReportFile.objects.create(kind=FileKind.ATTACHMENT, **values),
        lambda: ReportFile.objects.filter(pk=first.pk).update(
            removed_by=people.east, removed_at=first.added_at, removal_reason="x"
        ),
        lambda: ReportFile.objects.filter(pk=paper.pk).update(of_signature="0" * 64),
        paper.delete,
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
    assert WeeklyReport.objects.get().signature_holds
    give_back(report, people)
    services.remove(actor=people.east, file=first, reason="换一张")
    with pytest.raises(Conflict, match="已经被撤下"):
        services.remove(actor=people.east, file=first, reason="换一张")
    paper = ReportFile.objects.get(pk=paper.pk)
    assert paper.is_outdated
    with pytest.raises(ValidationError, match="必须填写理由"):
        services.remove(actor=people.east, file=paper, reason=" ")
    again = sign(report, people)
    assert len(json.loads(again.signed_content())["attachments"]) == 1


def test_a_second_click_and_too_much(people, draft, monkeypatch):
    report = draft()
    upload = stored(people.east)
    add = {"actor": people.east, "report": report, "uploads": [upload]}
    assert services.attach(**add) == services.attach(**add)
    assert ReportFile.objects.count() == 1
    monkeypatch.setattr(services, "LIMIT", upload.size)
    with pytest.raises(ValidationError, match="合计不能超过"):
        services.attach(**(add | {"uploads": [stored(people.east, pdf())]}))
    assert StoredFile.objects.filter(is_kept=True).count() == 1


def test_nobody_signs_a_file_that_was_not_on_the_page(people, period, draft, attach, client_for):
    report = draft(content_of(progress="走访商户。"))
    seen = report.version
    attach(report)
    with pytest.raises(Conflict):
        weekly.sign(actor=people.east_leader, report=report, expected_version=seen)
    values = {"period": period, "unit": report.unit, "content": report.content}
    with pytest.raises(Conflict):
        weekly.save_and_sign(actor=people.east_leader, expected_version=seen, **values)
    report.refresh_from_db()
    signed = weekly.save_and_sign(
        actor=people.east_leader, expected_version=report.version, **values
    )
    assert signed.signature_holds


def test_the_pages(people, period, draft, attach, client_for, django_assert_max_num_queries):
    report = draft()
    east, head, office = (
        client_for(person) for person in (people.east, people.east_leader, people.office)
    )
    page, add = f"/reports/{report.pk}/", f"/reports/{report.pk}/files/add/"
    assert 'multiple name="uploads-chosen"' in east.get(add).text
    assert 'capture="environment"' in east.get(add).text
    assert "请至少选择一个文件" in east.post(add, {}).text
    token = uuid.uuid4()
    sent = [Upload('<b>"甲".png', png()), Upload("记录.pdf", pdf())]
    for _ in range(2):
        for one in sent:
            one.seek(0)
        data = {"uploads-token": token, "uploads-chosen": sent}
        assert east.post(add, data).url == page
    assert ReportFile.objects.count() == 2
    text = east.get(page).text
    assert '<b>"甲' not in text
    assert "附件 2 个" in east.get(edit_url(period)).text
    first, second = ReportFile.objects.order_by("pk")
    # Before the signature a file is the unit's own, as its report is.
    for part in ("", "content/", "download/", "remove/"):
        assert office.get(url(first, part)).status_code == 404
    assert east.post(url(second, "remove/"), {"note": "传错"}).url == page
    assert east.get(url(second)).status_code == 404
    report = sign(report, people)
    answer = east.get(add, follow=True)
    assert shown_messages(answer)[-1] == "周报已经送签或签字，附件不能再改。"
    asking = head.get(f"{page}files/scan/").text
    assert "接收图片、PDF；" in asking
    assert "docx" not in asking
    wrong = head.post(f"{page}files/scan/", {"uploads-chosen": [Upload("盖章.txt", b"words")]})
    assert "“盖章.txt”没有收下：按内容判断，不是可以接收的类型（图片、PDF）。" in wrong.text
    one = Upload("盖章.pdf", pdf())
    assert head.post(f"{page}files/scan/", {"uploads-chosen": [one]}).url == page
    paper = ReportFile.objects.get(kind=FileKind.SCAN)
    for person, seen in (
        (people.office, [200, 200, 200]),
        (people.town_leader, [200, 404, 200]),
        (people.east, [200, 404, 200]),
        (people.west, [404, 404, 404]),
        (people.sysadmin, [404, 404, 404]),
    ):
        client = client_for(person)
        for part in ("", "content/", "download/"):
            found = [client.get(url(one, part)).status_code for one in (first, second, paper)]
            assert found == seen, (person, part)
    downloaded = office.get(url(paper, "download/"))
    assert b"".join(downloaded.streaming_content) == pdf()
    acts = AuditEntry.objects.filter(object_label=paper.audit_label, actor=people.office)
    assert set(acts.values_list("action", flat=True)) == {
        "attachment_viewed",
        "attachment_downloaded",
    }
    StoredFile.objects.filter(pk=paper.file_id).update(scan_state="infected")
    assert office.get(url(paper, "download/")).url == url(paper)
    assert "封存" in office.get(url(paper)).text
    give_back(report, people)
    for number in range(8):
        attach(report, png(3 + number), name=f"{number}.png")
    for client in (east, office):
        with django_assert_max_num_queries(20):
            text = client.get(page).text
        assert "退回前的" in text
    east.post(edit_url(period), typed("save", version=WeeklyReport.objects.get().version))
    with django_assert_max_num_queries(20):
        assert "附件 9 个" in east.get(edit_url(period)).text

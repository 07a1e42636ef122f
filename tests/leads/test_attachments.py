"""Attachments of leads: who adds, who sees, what is served and how."""

from __future__ import annotations

import re
import uuid

import pytest
from django.contrib.messages import get_messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from files.models import StoredFile
from files.states import ScanState
from files.storage import stored_path
from leads import due, services
from leads.attachments.permissions import can_attach
from leads.attachments.services import add, remove
from leads.models import Attachment, Channel, Feedback, Lead
from leads.states import Finding, LeadState
from tests.files import samples
from tests.files.samples import stored

FEEDBACK = {
    "first_verifier": "核查员一",
    "second_verifier": "核查员二",
    "verified_facts": "经走访，集市确有收费。",
    "basis": "走访笔录三份。",
    "opinion": "建议立案调查。",
    "finding": Finding.PARTLY_PROVEN,
}


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"


def page(name, attachment):
    return reverse(f"leads:{name}", args=[attachment.file.public_id])


def file(name="现场.png", data=None):
    return SimpleUploadedFile(name, samples.png() if data is None else data)


def add_url(lead):
    return reverse("leads:attach", args=[lead.number])


def attached(lead, actor, **kwargs):
    [made] = add(lead=lead, actor=actor, uploads=[stored(actor, **kwargs)])
    return made


def said(response):
    return [str(message) for message in get_messages(response.wsgi_request)]


@pytest.fixture
def shared(town, people, make_assigned):
    """A lead that the village logged and two units have, each with its own part."""
    lead = make_assigned(town.police, town.civil, actor=people.east)
    for assignment in lead.assignments.all():
        actor = people.police if assignment.unit == town.police else people.civil
        services.sign(assignment=assignment, actor=actor)
    return lead


@pytest.fixture
def typed(town):
    return {
        "submission": str(uuid.uuid4()),
        "channel": Channel.objects.get(code="hotline").pk,
        "reporter_kind": "anonymous",
        "received_on": due.today().isoformat(),
        "title": "反映集市有人强行收费",
        "allegation": "反映人称每月初有人到集市收“管理费”。",
    }


# Logging


def test_files_come_with_the_lead(client_for, people, typed):
    client = client_for(people.office)
    chosen = [file(), file("笔录.pdf", samples.pdf())]
    response = client.post("/leads/new/", typed | {"uploads-chosen": chosen})
    lead = Lead.objects.get()
    assert response["Location"] == f"/leads/{lead.number}/"
    assert [item.file.name for item in lead.attachments.all()] == ["现场.png", "笔录.pdf"]
    event = lead.events.last()
    assert (event.verb, event.note) == ("attach", "2 个")
    assert StoredFile.objects.filter(is_kept=True).count() == 2
    shown = client.get(f"/leads/{lead.number}/").content.decode()
    assert "现场.png" in shown
    assert "添加附件" in shown


def test_files_outlive_a_form_that_is_wrong_elsewhere(client_for, people, typed):
    client = client_for(people.office)
    response = client.post("/leads/new/", typed | {"title": "", "uploads-chosen": [file()]})
    assert response.status_code == 200
    form = response.content.decode()
    assert "已上传" in form
    token = re.search(r'name="uploads-token" value="([^"]+)"', form)[1]
    assert Lead.objects.count() == 0
    client.post("/leads/new/", typed | {"uploads-token": token})
    assert [item.file.name for item in Lead.objects.get().attachments.all()] == ["现场.png"]


def test_a_file_can_be_taken_off_before_the_lead_is_logged(client_for, people, typed):
    client = client_for(people.office)
    chosen = [file(), file("笔录.pdf", samples.pdf())]
    response = client.post("/leads/new/", typed | {"title": "", "uploads-chosen": chosen})
    unwanted = response.context["uploads"].stored[0]
    token = response.context["uploads"].data["uploads-token"]
    unwanted_keys = [unwanted.pk, "nonsense", "9" * 30]
    typed |= {"uploads-token": token, "uploads-dropped": unwanted_keys}
    for title in ("", typed["title"]):
        client.post("/leads/new/", typed | {"title": title})
    assert [item.file.name for item in Lead.objects.get().attachments.all()] == ["笔录.pdf"]
    assert not stored_path(unwanted.public_id).exists()


def test_a_token_of_somebody_else_shows_and_takes_nothing(client_for, people, typed):
    token = uuid.uuid4()
    theirs = stored(people.police)
    response = client_for(people.office).post(
        "/leads/new/",
        typed | {"title": "", "uploads-token": str(theirs.token), "uploads-dropped": [theirs.pk]},
    )
    assert "现场.png" not in response.content.decode()
    assert StoredFile.objects.get() == theirs
    with pytest.raises(PermissionDenied):
        services.register(
            actor=people.office,
            submission=token,
            channel=Channel.objects.first(),
            title="题",
            allegation="文",
            uploads=[theirs],
        )
    assert Lead.objects.count() == 0


def test_a_refused_file_is_named_and_the_others_stay(client_for, people, typed):
    chosen = [file(), file("网页.png", b"<html>")]
    response = client_for(people.office).post("/leads/new/", typed | {"uploads-chosen": chosen})
    shown = response.content.decode()
    assert Lead.objects.count() == 0
    assert shown.count("“网页.png”没有收下") == 2  # at the field and in the summary
    assert 'href="#id_uploads-chosen"' in shown
    assert [item.name for item in response.context["uploads"].stored] == ["现场.png"]
    assert typed["title"] in shown


def test_too_many_and_too_much_are_said(client_for, people, typed, settings):
    settings.PORTAL_FILES_AT_ONCE = 3
    settings.PORTAL_FILE_BYTES = 5000
    client = client_for(people.office)
    chosen = [file(f"{n}.txt", b"word %d" % n) for n in range(9)]
    response = client.post("/leads/new/", typed | {"title": "", "uploads-chosen": chosen})
    assert response.context["uploads"].errors["chosen"] == [
        "一次最多 3 个文件，从“3.txt”起没有收下。"
    ]
    assert len(response.context["uploads"].stored) == 3
    chosen = [file("大.txt", b"w" * 5001)]
    response = client.post("/leads/new/", typed | {"title": "", "uploads-chosen": chosen})
    assert response.context["uploads"].errors["chosen"] == [
        "“大.txt”没有收下：单个文件不能超过 0 MB。"
    ]


def test_an_upload_beyond_all_bounds_is_said_and_the_words_stay(
    client_for, people, typed, settings
):
    settings.PORTAL_REQUEST_FILE_BYTES = 10
    response = client_for(people.office).post("/leads/new/", typed | {"uploads-chosen": [file()]})
    assert response.context["uploads"].errors["chosen"] == [
        "一次上传的文件合计不能超过 0 MB，请分几次上传。"
    ]
    assert typed["title"] in response.content.decode()
    assert (Lead.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_a_second_click_logs_one_lead_with_one_set_of_files(client_for, people, typed):
    client = client_for(people.office)
    typed["uploads-token"] = str(uuid.uuid4())
    for _ in "12":
        client.post("/leads/new/", typed | {"uploads-chosen": [file()]})
    assert Lead.objects.get().attachments.count() == 1
    assert StoredFile.objects.count() == 1


def test_a_lead_of_which_only_a_number_is_kept_has_no_files(client_for, people, typed):
    channel = Channel.objects.create(code="12337", name="12337", number_only=True)
    typed |= {"channel": channel.pk, "external_number": "YS-000001"}
    client = client_for(people.office)
    response = client.post("/leads/new/", typed | {"uploads-chosen": [file()]})
    assert "该渠道的线索只登记编号，材料请在原平台查看" in response.content.decode()
    assert Lead.objects.count() == 0
    client.post("/leads/new/", typed)
    with pytest.raises(ValidationError):
        attached(Lead.objects.get(), people.office)


# Adding later


def test_who_adds_and_to_which_part(shared, town, people):
    to_whom = {
        who: attached(shared, getattr(people, who)).assignment
        for who in ("office", "director", "east", "police", "civil")
    }
    assert {who: part and part.unit for who, part in to_whom.items()} == {
        "office": None,
        "director": None,
        "east": None,
        "police": town.police,
        "civil": town.civil,
    }


@pytest.mark.parametrize("who", ["west", "town_leader", "custodian", "auditor", "discipline"])
def test_nobody_else_adds(shared, people, client_for, who):
    account = getattr(people, who)
    with pytest.raises(PermissionDenied):
        add(lead=shared, actor=account, uploads=[stored(account)])
    status = 403 if who == "town_leader" else 404
    assert client_for(account).get(add_url(shared)).status_code == status


def report(people, part, **fields):
    """A feedback that waits for the leader's signature."""
    return services.report_back(
        assignment=part,
        actor=people.police,
        expected_version=part.version,
        **FEEDBACK,
        **fields,
    )


def sign(people, part):
    part.refresh_from_db()
    services.sign_off(assignment=part, actor=people.police_leader, expected_version=part.version)


def test_a_unit_adds_until_it_has_reported(shared, town, people):
    part = shared.assignments.get(unit=town.police)
    report(people, part)
    attached(shared, people.police)
    sign(people, part)
    with pytest.raises(PermissionDenied):
        attached(shared, people.police)
    attached(shared, people.civil)


def test_nothing_is_added_to_what_was_put_away(shared, people):
    shared.state = LeadState.ARCHIVED
    assert not can_attach.test(people.office, shared)
    shared.state = LeadState.CLOSED
    assert can_attach.test(people.office, shared)
    assert not can_attach.test(people.east, shared)


def test_a_unit_that_the_lead_names_sees_and_adds_nothing(make_lead, town, people, client_for):
    lead = make_lead(actor=people.east, named_units=[town.east])
    item = attached(lead, people.office)
    client = client_for(people.east)
    for address in (add_url(lead), page("attachment", item), page("attachment_content", item)):
        assert client.get(address).status_code == 404
    with pytest.raises(PermissionDenied):
        attached(lead, people.east)


def test_a_second_click_adds_nothing_again(shared, people, client_for):
    client = client_for(people.office)
    typed = {"uploads-token": str(uuid.uuid4())}
    for _ in "12":
        response = client.post(add_url(shared), typed | {"uploads-chosen": [file()]})
        assert said(response)[-1] == "已添加 1 个附件。"
    assert shared.attachments.count() == 1
    assert list(shared.events.filter(verb="attach").values_list("note", flat=True)) == ["1 个"]


def test_adding_nothing_is_said(shared, people, client_for):
    response = client_for(people.office).post(add_url(shared), {})
    assert response.context["uploads"].errors["chosen"] == ["请至少选择一个文件。"]
    assert "请至少选择一个文件。" in response.content.decode()


def test_a_lead_has_a_limit(shared, people, settings):
    settings.PORTAL_LEAD_FILE_BYTES = 2 * len(samples.png()) + 1
    for _ in "12":
        item = attached(shared, people.office)
    with pytest.raises(ValidationError, match="合计不能超过"):
        attached(shared, people.office)
    remove(attachment=item, actor=people.office, reason="重复")
    attached(shared, people.office)


def test_feedback_comes_with_files(shared, town, people, client_for):
    part = shared.assignments.get(unit=town.police)
    client = client_for(people.police)
    address = reverse("leads:report", args=[part.pk])
    wrong = FEEDBACK | {"version": part.version, "second_verifier": "核查员一"}
    response = client.post(address, wrong | {"uploads-chosen": [file()]})
    assert Feedback.objects.count() == 0
    token = response.context["uploads"].data["uploads-token"]
    typed = FEEDBACK | {"version": part.version, "uploads-token": token}
    client.post(address, typed | {"uploads-chosen": [file("笔录.pdf", samples.pdf())]})
    feedback = Feedback.objects.get()
    assert [item.file.name for item in feedback.attachments.all()] == ["现场.png", "笔录.pdf"]
    assert {item.assignment for item in feedback.attachments.all()} == {part}


def test_what_a_feedback_rests_on_is_shown_with_it_and_covered_by_the_signature(
    shared, town, people, client_for
):
    part = shared.assignments.get(unit=town.police)
    wrong = report(people, part, uploads=[stored(people.police, name="错.png")]).attachments.get()
    remove(attachment=wrong, actor=people.police, reason="传错了")
    part.refresh_from_db()
    services.revise(
        assignment=part, actor=people.police_leader, note="补", expected_version=part.version
    )
    part.refresh_from_db()
    feedback = report(people, part, uploads=[stored(people.police, samples.pdf(), "笔录.pdf")])
    item = feedback.attachments.get()
    office, unit = client_for(people.office), client_for(people.police_leader)
    detail = f"/leads/{shared.number}/"
    assert office.get(page("attachment", item)).status_code == 404
    assert "笔录.pdf" not in office.get(detail).content.decode()
    assert unit.get(page("attachment", item)).status_code == 200
    bare = Feedback(pk=0, assignment=part, **FEEDBACK)
    assert bare.digest != feedback.digest
    sign(people, part)
    feedback = Feedback.objects.get(pk=feedback.pk)
    assert office.get(page("attachment", item)).status_code == 200
    assert feedback.signature.holds
    with pytest.raises(PermissionDenied):
        remove(attachment=item, actor=people.police, reason="不要")
    remove(attachment=item, actor=people.office, reason="涉及举报人信息")
    assert Feedback.objects.get(pk=feedback.pk).signature.holds


# Seeing


def test_who_sees_what(shared, town, people, far_people, client_for):
    of_lead = attached(shared, people.east)
    of_police = attached(shared, people.police, data=samples.pdf(), name="笔录.pdf")
    seen = {
        who: [
            client_for(account).get(page("attachment_content", item)).status_code
            for item in (of_lead, of_police)
        ]
        for who, account in {
            "office": people.office,
            "east": people.east,
            "police": people.police,
            "civil": people.civil,
            "west": people.west,
            "town_leader": people.town_leader,
            "sysadmin": people.sysadmin,
            "auditor": people.auditor,
            "far office": far_people.office,
            "far police": far_people.police,
        }.items()
    }
    assert seen == {
        "office": [200, 200],
        "east": [200, 404],
        "police": [200, 200],
        "civil": [200, 404],
        "west": [404, 404],
        "town_leader": [404, 404],
        "sysadmin": [404, 404],
        "auditor": [404, 404],
        "far office": [404, 404],
        "far police": [404, 404],
    }
    other = client_for(people.civil).get(f"/leads/{shared.number}/").content.decode()
    assert "笔录.pdf" not in other
    assert "现场.png" in other
    leader = client_for(people.town_leader).get(f"/leads/{shared.number}/").content.decode()
    assert "现场.png" not in leader


def test_each_look_and_each_download_is_on_record(shared, people, client_for):
    item = attached(shared, people.east)
    client = client_for(people.police)
    b"".join(client.get(page("attachment_content", item)))
    b"".join(client.get(page("attachment_download", item)))
    client_for(people.west).get(page("attachment_download", item))
    rows = AuditEntry.objects.filter(object_type="附件").order_by("pk")
    assert [(row.action, row.actor, row.object_label) for row in rows] == [
        (Action.ATTACHMENT_VIEWED, people.police, f"{shared.number} 附件 {item.pk}"),
        (Action.ATTACHMENT_DOWNLOADED, people.police, f"{shared.number} 附件 {item.pk}"),
    ]


IMAGE_POLICY = "default-src 'none'; sandbox; frame-ancestors 'self'; base-uri 'none'"


@pytest.mark.parametrize(
    ("name", "data", "inline", "content_type", "disposition"),
    [
        ("现场.png", samples.png(), True, "image/png", "inline"),
        ("现场.png", samples.png(), False, "image/png", "attachment"),
        ("a.jpg", samples.jpg() + b"<script>alert(1)</script>", True, "image/jpeg", "inline"),
        ("笔录.pdf", samples.pdf(), True, "application/pdf", "inline"),
        ("笔录.pdf", samples.pdf(), False, "application/pdf", "attachment"),
        ("a.txt", b"words, then <script>alert(1)</script>", False, "text/plain", "attachment"),
        ("a.mp3", b"ID3" + b"\0" * 90, False, "audio/mpeg", "attachment"),
        ("照片.heic", samples.ftyp(b"heic"), False, "image/heic", "attachment"),
    ],
)
def test_files_are_served_as_what_they_are(
    shared, people, client_for, name, data, inline, content_type, disposition
):
    item = attached(shared, people.office, data=data, name=name)
    where = "attachment_content" if inline else "attachment_download"
    response = client_for(people.office).get(page(where, item))
    assert b"".join(response) == data
    assert response["Content-Type"] == content_type
    assert response["Content-Length"] == str(len(data))
    assert response["Content-Disposition"].split(";")[0] == disposition
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Cache-Control"] == "no-store"
    policy = response["Content-Security-Policy"]
    if inline and content_type == "application/pdf":
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'self'" in policy
        assert response["X-Frame-Options"] == "SAMEORIGIN"
    else:
        assert policy == IMAGE_POLICY
        assert response["X-Frame-Options"] == "DENY"


@pytest.mark.parametrize(
    ("name", "data"),
    [("a.docx", samples.docx()), ("a.txt", b"words"), ("a.heic", samples.ftyp(b"heic"))],
)
def test_what_a_browser_must_not_open_is_not_shown(shared, people, client_for, name, data):
    item = attached(shared, people.office, data=data, name=name)
    client = client_for(people.office)
    assert client.get(page("attachment_content", item)).status_code == 302
    shown = client.get(page("attachment", item)).content.decode()
    assert "不在页面中打开，请下载后查看" in shown
    assert "<iframe" not in shown


def test_the_page_of_a_file_shows_it_and_its_facts(shared, people, client_for):
    client = client_for(people.office)
    picture = attached(shared, people.office, data=samples.png(30, 20))
    shown = client.get(page("attachment", picture)).content.decode()
    assert f'src="{page("attachment_content", picture)}"' in shown
    assert "30×20 像素" in shown
    assert picture.file.sha256 in shown
    paper = attached(shared, people.office, data=samples.pdf(), name="笔录.pdf")
    shown = client.get(page("attachment", paper)).content.decode()
    assert f'<iframe class="preview-pdf" src="{page("attachment_content", paper)}"' in shown


@pytest.mark.parametrize("state", [ScanState.QUARANTINED, ScanState.INFECTED])
def test_what_waits_for_the_scanner_or_is_infected_is_never_served(
    shared, people, client_for, settings, state, monkeypatch
):
    settings.PORTAL_CLAMD = "unix:/nowhere"
    monkeypatch.setattr("files.services.knock", lambda _: None)
    item = attached(shared, people.office)
    if state == ScanState.INFECTED:
        StoredFile.objects.update(scan_state=state, scan_note="Eicar")
    client = client_for(people.office)
    for name in ("attachment_content", "attachment_download"):
        response = client.get(page(name, item))
        assert (response.status_code, response["Location"]) == (302, page("attachment", item))
    shown = client.get(page("attachment", item)).content.decode()
    assert "<img" not in shown
    assert "下载（" not in shown
    assert ("等待查毒" if state == ScanState.QUARANTINED else "Eicar") in shown
    assert not AuditEntry.objects.filter(action=Action.ATTACHMENT_DOWNLOADED).exists()


def test_a_file_that_cannot_be_read_is_said(shared, people, client_for, settings):
    item = attached(shared, people.office)
    path = stored_path(item.file.public_id)
    path.write_bytes(path.read_bytes()[:-1])
    response = client_for(people.office).get(page("attachment_content", item))
    assert response.status_code == 503
    assert "文件已损坏或被改动" in response.content.decode()


# Removing


def test_removing_needs_a_reason_and_keeps_the_file_for_the_office(shared, people, client_for):
    item = attached(shared, people.east)
    client = client_for(people.east)
    response = client.post(page("attachment_remove", item), {"note": " "})
    assert response.context["form"].errors["note"] == ["请填写此项。"]
    response = client.post(page("attachment_remove", item), {"note": "传错了"})
    assert said(response) == ["“现场.png”已撤下。"]
    item.refresh_from_db()
    assert (item.is_removed, item.removed_by, item.removal_reason) == (True, people.east, "传错了")
    event = shared.events.last()
    assert (event.verb, event.note) == ("detach", "1 个")
    assert client.get(page("attachment_content", item)).status_code == 404
    police = client_for(people.police)
    assert police.get(page("attachment", item)).status_code == 404
    # Why it was removed can say more than the file did.
    for hidden in ("传错了", "现场.png"):
        assert hidden not in police.get(f"/leads/{shared.number}/").content.decode()
    office = client_for(people.office)
    shown = office.get(f"/leads/{shared.number}/").content.decode()
    assert "已撤下" in shown
    assert "传错了" in shown
    assert office.get(page("attachment_content", item)).status_code == 200
    assert office.get(page("attachment_remove", item)).status_code == 200
    with pytest.raises(Conflict):
        remove(attachment=item, actor=people.office, reason="再撤一次")


def test_who_removes(shared, town, people):
    of_lead = attached(shared, people.east)
    for who in (people.police, people.civil, people.town_leader, people.west):
        with pytest.raises(PermissionDenied):
            remove(attachment=of_lead, actor=who, reason="不要")
    remove(attachment=of_lead, actor=people.office, reason="重复")
    assert not Attachment.objects.standing().exists()


def test_the_database_keeps_attachments(shared, people):
    rows = Attachment.objects.filter(pk=attached(shared, people.office).pk)
    for change in ({"added_by": people.east}, {"removal_reason": "无人撤下"}):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()


def test_the_page_of_a_lead_asks_no_more_for_many_files(shared, people, client_for):
    client = client_for(people.office)
    attached(shared, people.office)
    counts = []
    for _ in "12":
        with CaptureQueriesContext(
            connection,
        ) as caught:
            client.get(f"/leads/{shared.number}/")
        counts.append(len(caught))
        for _ in range(5):
            attached(shared, people.police)
    assert counts[0] == counts[1]

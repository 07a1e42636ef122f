"""Jobs survive whatever happens to their workers."""

import datetime as dt
import io
import os
import re
import signal
import uuid
import zipfile
from pathlib import Path

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone
from openpyxl import load_workbook
from rules import always_false, always_true

from audit.models import Action, AuditEntry
from departments.permissions import is_office
from jobs import exports, services
from jobs.exports import Column, Export, Sheet
from jobs.models import Job, JobState
from tests.processes import fork, wait

ROWS = 300


@pytest.fixture
def export(monkeypatch):
    """A declared export for the test alone; its behaviour can be swapped."""

    def rows():
        for number in range(ROWS):
            yield (f"第{number}行", number)

    def build(user, params):
        return Sheet(
            title="试表",
            subtitle=("件",),
            columns=(Column(heading="名称"), Column(heading="数", kind="count")),
            rows=rows(),
        )

    declared = Export(
        id="trial",
        title="试表",
        allowed=is_office,
        build=build,
        file_name=lambda params: "试表.xlsx",
        count=lambda user, params: ROWS,
    )
    monkeypatch.setitem(exports._registry, "trial", declared)
    return declared


def request(actor, submission=None, purpose="报区扫黑办"):
    return services.request_export(
        actor=actor,
        export_id="trial",
        params={"query": "某"},
        purpose=purpose,
        submission=submission or uuid.uuid4(),
    )


def rows_of(job):
    """The number of rows of the job's file, whose stored name carries no ending."""
    return load_workbook(job.open()).active.max_row


def files(settings):
    folder = Path(settings.MEDIA_ROOT) / "exports"
    return sorted(folder.iterdir()) if folder.exists() else []


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def test_a_job_makes_one_whole_file(people, export, settings):
    job = request(people.office)
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (JobState.DONE, ROWS, ROWS)
    assert files(settings) == [job.path]
    assert rows_of(job) == ROWS + 8


@pytest.mark.parametrize(
    ("purpose", "words"), [("", "请填写用途"), (" \n", "请填写用途"), ("字" * 101, "不超过 100 字")]
)
def test_every_export_is_for_something(people, export, purpose, words):
    with pytest.raises(ValidationError, match=words):
        request(people.office, purpose=purpose)
    assert not Job.objects.exists()
    assert not AuditEntry.objects.filter(action=Action.EXPORT_REQUESTED).exists()


def test_no_file_stands_in_a_row_that_is_for_nothing_or_never_ends(people, export):
    job = request(people.office)
    services.run(job.pk)
    for change in ({"purpose": ""}, {"expires_at": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Job.objects.filter(pk=job.pk).update(**change)


def test_the_file_says_whose_it_is_and_the_trail_what_for(people, export, client_for):
    job = request(people.office, purpose=" 报区\t扫黑办 ")
    services.run(job.pk)
    page = load_workbook(io.BytesIO(job_file(client_for(people.office), job))).active
    mark = page.cell(page.max_row, 1).value
    assert re.fullmatch(
        r"导出人：办公室甲 扫黑办　\d{4}-\d\d-\d\d \d\d:\d\d　用途：报区 扫黑办", mark
    )
    assert page.oddHeader.center.text == mark
    entries = AuditEntry.objects.filter(object_type="后台任务").order_by("pk")
    assert list(entries.values_list("action", "reason", "object_label")) == [
        ("export_requested", "报区 扫黑办", "试表"),
        ("export_downloaded", "报区 扫黑办", "试表"),
    ]


def job_file(client, job):
    return b"".join(client.get(f"/exports/{job.public_id}/file/").streaming_content)


def test_a_file_ends_when_its_page_said_and_says_so(people, export, client_for, settings):
    job = request(people.office)
    services.run(job.pk)
    job.refresh_from_db()
    client, url = client_for(people.office), f"/exports/{job.public_id}/"
    assert job.expires_at - job.finished_at <= dt.timedelta(days=settings.PORTAL_EXPORT_DAYS)
    until = timezone.localtime(job.expires_at)
    assert f"至 {until:%Y-%m-%d %H:%M} 可下载" in client.get(url).text
    assert f"至 {until:%m-%d %H:%M} 可下载" in client.get("/exports/").text
    past = timezone.now() - dt.timedelta(seconds=1)
    Job.objects.filter(pk=job.pk).update(expires_at=past)
    for swept in (False, True):  # not before the sweep either, which comes once an hour
        if swept:
            services.delete_expired()
        assert job.path.exists() is not swept
        gone = client.get(f"{url}file/")
        assert gone.status_code == 410
        assert "已过期删除" in gone.text
        assert f"{url}file/" not in client.get(url).text
        assert "已过期删除" in client.get("/exports/").text
    job.refresh_from_db()
    assert (job.stored_as, job.params, job.purpose) == ("", {}, "报区扫黑办")


def test_a_second_click_is_the_same_job(people, export):
    token = uuid.uuid4()
    assert request(people.office, token).pk == request(people.office, token).pk
    assert Job.objects.count() == 1


def test_anothers_token_gives_nothing_away(people, export):
    token = uuid.uuid4()
    request(people.office, token)
    with pytest.raises(PermissionDenied):
        request(people.director, token)


def test_who_may_not_export_is_refused(people, export):
    with pytest.raises(PermissionDenied):
        request(people.police)
    assert not Job.objects.exists()


def test_a_right_lost_meanwhile_fails_the_job(people, export, settings):
    job = request(people.office)
    people.office.memberships.all().delete()
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.error) == (JobState.FAILED, "您目前没有导出这些数据的权限。")
    assert files(settings) == []


def test_a_disabled_requester_gets_no_file(people, export, settings):
    job = request(people.office)
    type(people.office).objects.filter(pk=people.office.pk).update(is_active=False)
    services.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert files(settings) == []


def test_running_twice_makes_one_file(people, export, settings):
    job = request(people.office)
    services.run(job.pk)
    services.run(job.pk)
    assert len(files(settings)) == 1


def test_the_file_is_sealed_and_one_that_was_touched_is_not_handed_out(people, export, client_for):
    job = request(people.office)
    services.run(job.pk)
    job.refresh_from_db()
    stored = bytearray(job.path.read_bytes())
    assert not zipfile.is_zipfile(io.BytesIO(stored))
    client, url = client_for(people.office), f"/exports/{job.public_id}/file/"
    answer = client.get(url)
    body = b"".join(answer)
    assert zipfile.is_zipfile(io.BytesIO(body))
    assert int(answer.headers["Content-Length"]) == len(body)
    stored[-20] ^= 1
    job.path.write_bytes(stored)
    answer = client.get(url)
    assert (answer.status_code, "未通过完整性校验" in answer.text) == (503, True)


def test_who_lost_the_lease_publishes_nothing(people, export, settings, monkeypatch):
    job = request(people.office)
    write = services.workbook.write

    def overtaken(sheet, target, **kwargs):
        Job.objects.filter(pk=job.pk).update(attempt=2)
        return write(sheet, target, **kwargs)

    monkeypatch.setattr(services.workbook, "write", overtaken)
    services.run(job.pk)
    job.refresh_from_db()
    assert (job.state, job.stored_as) == (JobState.RUNNING, "")
    assert files(settings) == []


def test_an_error_is_told_and_leaves_no_file(people, export, settings, monkeypatch):
    def broken(sheet, target, **kwargs):
        target.write(b"half")
        raise OSError("disk full at /secret/place")

    monkeypatch.setattr(services.workbook, "write", broken)
    job = request(people.office)
    services.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED
    assert "secret" not in job.error
    assert files(settings) == []


def test_the_sweep_finds_what_nobody_holds(people, export, monkeypatch):
    knocked = []
    monkeypatch.setattr(services, "knock", knocked.append)
    _fresh, waiting, lost, held, done = (request(people.office) for _ in range(5))
    past = timezone.now() - dt.timedelta(minutes=5)
    soon = timezone.now() + dt.timedelta(minutes=5)
    Job.objects.filter(pk=waiting.pk).update(created_at=past)
    Job.objects.filter(pk=lost.pk).update(state=JobState.RUNNING, lease_until=past)
    Job.objects.filter(pk=held.pk).update(state=JobState.RUNNING, lease_until=soon)
    Job.objects.filter(pk=done.pk).update(state=JobState.DONE, created_at=past)
    assert services.sweep() == 2
    assert knocked == [waiting.pk, lost.pk]


def test_a_job_that_fails_again_and_again_is_given_up(people, export, settings):
    job = request(people.office)
    past = timezone.now() - dt.timedelta(minutes=5)
    Job.objects.filter(pk=job.pk).update(
        state=JobState.RUNNING, attempt=services.MAX_ATTEMPTS, lease_until=past
    )
    services.run(job.pk)
    job.refresh_from_db()
    assert job.state == JobState.FAILED


def test_expired_files_and_strays_are_deleted(people, export, settings):
    job, kept = request(people.office), request(people.office)
    for each in (job, kept):
        services.run(each.pk)
    old = timezone.now() - dt.timedelta(days=settings.PORTAL_JOB_DAYS + 1)
    Job.objects.filter(pk=job.pk).update(finished_at=old, expires_at=old)
    for path in files(settings):
        os.utime(path, (0, 0))
    services.delete_expired()
    kept.refresh_from_db()
    assert files(settings) == [kept.path]
    assert list(Job.objects.all()) == [kept]


def test_a_broker_that_is_away_costs_nothing(people, export, monkeypatch):
    from jobs.tasks import run

    def away(*args, **kwargs):
        raise ConnectionError

    monkeypatch.setattr(run, "delay", away)
    services.knock(request(people.office).pk)
    assert Job.objects.get().state == JobState.QUEUED


@pytest.mark.parametrize("allowed", [always_true, always_false])
def test_an_unknown_export_is_refused(people, allowed):
    with pytest.raises(PermissionDenied):
        services.request_export(
            actor=people.office,
            export_id="none",
            params={},
            purpose="存档",
            submission=uuid.uuid4(),
        )


def test_pages_show_ones_own_jobs_only(people, export, client_for):
    job = request(people.office)
    services.run(job.pk)
    url = f"/exports/{job.public_id}/"
    assert client_for(people.office).get(url).status_code == 200
    for path in (url, f"{url}file/"):
        assert client_for(people.director).get(path).status_code == 404
    answer = client_for(people.office).get(f"{url}file/")
    assert answer.status_code == 200
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("attachment")


@pytest.mark.django_db(transaction=True)
def test_kill_9_in_the_middle_twenty_times(people, export, settings, monkeypatch):
    """Each time a worker dies within an export, another finishes it: one whole file, no other."""
    job = request(people.office)
    write = services.workbook.write

    def die_while_writing(sheet, target, **kwargs):
        target.write(b"half")
        os.kill(os.getpid(), signal.SIGKILL)

    for _ in range(20):
        monkeypatch.setattr(services.workbook, "write", die_while_writing)
        assert wait(fork(lambda: services.run(job.pk))) == [-signal.SIGKILL]
        past = timezone.now() - dt.timedelta(seconds=1)
        assert Job.objects.filter(pk=job.pk).update(lease_until=past, attempt=1) == 1
    monkeypatch.setattr(services.workbook, "write", write)
    assert wait(fork(lambda: services.run(job.pk)), fork(lambda: services.run(job.pk))) == [0, 0]
    job.refresh_from_db()
    assert job.state == JobState.DONE
    assert rows_of(job) == ROWS + 8
    for path in files(settings):
        os.utime(path, (0, 0))
    services.delete_expired()
    assert files(settings) == [job.path]


def test_jobs_of_others_cannot_be_taken_over_by_sql_rights(people, export):
    """The runtime role works with rows but owns no table."""
    from django.db import connection

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("TRUNCATE jobs_job")

"""Files in the database and on the disk: kept, dropped, swept, scanned."""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.management import CommandError, call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from files import services
from files.kinds import KINDS
from files.models import StoredFile
from files.sealing import Damaged, KeyMissing
from files.states import ScanState
from files.storage import stored_path
from tests.files import samples
from tests.files.samples import stored, uploaded

pytestmark = pytest.mark.django_db
LATER = timezone.now() + dt.timedelta(hours=25)


@pytest.fixture
def owner(people):
    return people.police


def refusal(owner, data, name="a.png"):
    with pytest.raises(ValidationError) as caught:
        services.receive(upload=uploaded(data, name), owner=owner, token=uuid.uuid4())
    assert StoredFile.objects.count() == 0
    return caught.value.messages[0]


def read(file):
    with file.open() as source:
        return source.readall()


def age(path, hours=25):
    then = timezone.now().timestamp() - hours * 3600
    os.utime(path, (then, then))


def test_a_file_is_described_by_what_is_in_it(owner, left):
    data = samples.png(30, 20)
    file = stored(owner, data, "照片.exe")
    assert (file.name, file.kind_code, file.size) == ("照片.exe.png", "png", len(data))
    assert (file.width, file.height) == (30, 20)
    assert file.sha256 == hashlib.sha256(data).hexdigest()
    assert (file.key_id, file.scan_state, file.is_kept) == ("test", ScanState.UNSCANNED, False)
    assert read(file) == data
    assert left() == ([file.public_id.hex], [])
    assert data[:16] not in stored_path(file.public_id).read_bytes()


def test_what_is_not_taken_is_refused_with_the_reason(owner, left, settings):
    assert refusal(owner, b"<html>", "a.png").startswith(
        "“a.png”没有收下：按内容判断，不是可以接收的类型（图片、PDF、Word 文档、"
    )
    assert refusal(owner, b"", "空.txt") == "“空.txt”没有收下：文件是空的。"
    assert refusal(owner, samples.png(10_000, 5001)) == (
        "“a.png”没有收下：图片为 10000×5001 像素，超过 5000 万像素的限制。"
    )
    assert refusal(owner, samples.jpg(65_500, 65_500)).startswith("“a.png”没有收下：图片为 65500")
    assert "图片文件头不完整" in refusal(owner, samples.png()[:20])
    assert left()[0] == []


@pytest.mark.parametrize("name", ["c.exe", "清理.BAT", "a.ps1 ", "x.vbs.", "装.j\u200bs"])
def test_a_text_that_is_named_as_a_program_is_refused(owner, left, name):
    assert "程序和脚本文件不能上传" in refusal(owner, b"MZ", name)
    assert left()[0] == []


@pytest.mark.parametrize("name", ["c.exe.txt", "说明.md", "exe", "2026.5.3"])
def test_another_text_is_taken(owner, name):
    assert stored(owner, b"MZ", name).kind_code == "txt"


def test_a_form_may_take_some_kinds_alone(owner, left):
    pictures = [KINDS["png"], KINDS["pdf"]]
    given = {"owner": owner, "token": uuid.uuid4(), "kinds": pictures}
    assert services.receive(upload=uploaded(samples.png(), "a.png"), **given).kind_code == "png"
    with pytest.raises(ValidationError, match="不是可以接收的类型（图片、PDF）"):
        services.receive(upload=uploaded(samples.docx(), "a.docx"), **given)
    assert len(left()[0]) == 1


def test_a_picture_at_the_limit_is_taken(owner):
    assert stored(owner, samples.png(10_000, 5000)).width == 10_000


def test_a_document_that_would_unpack_to_much_is_never_unpacked(owner):
    data = samples.docx(filler=200_000_000)
    assert len(data) < 400_000
    assert stored(owner, data, "大.docx").kind_code == "docx"


def test_the_same_file_twice_under_one_token_is_one(owner, left):
    token = uuid.uuid4()
    first, second = (
        services.receive(upload=uploaded(samples.png()), owner=owner, token=token) for _ in "12"
    )
    assert first == second
    assert left() == ([first.public_id.hex], [])
    assert stored(owner, samples.png()) != first


def test_a_file_is_kept_once_by_its_owner(owner, people):
    file = stored(owner)
    with pytest.raises(PermissionDenied), transaction.atomic():
        services.keep(files=[file], owner=people.office)
    with transaction.atomic():
        services.keep(files=[file], owner=owner)
    with pytest.raises(ValidationError, match="已经失效或已被使用"), transaction.atomic():
        services.keep(files=[file], owner=owner)
    services.drop(keys=[file.pk], owner=owner)
    assert StoredFile.objects.get().is_kept


def test_only_the_owner_drops_what_waits(owner, people, left):
    file = stored(owner)
    services.drop(keys=[file.pk], owner=people.office)
    assert len(left()[0]) == 1
    services.drop(keys=[file.pk], owner=owner)
    assert (StoredFile.objects.count(), left()) == (0, ([], []))


def test_the_database_holds_what_was_stored(owner):
    file = stored(owner)
    rows = StoredFile.objects.filter(pk=file.pk)
    services.keep(files=[file], owner=owner)
    for change in (
        {"sha256": "0" * 64},
        {"name": "b.png"},
        {"is_kept": False},
        {"scan_state": ScanState.QUARANTINED},
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(**change)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.delete()
    assert rows.get().sha256 == file.sha256


def test_the_sweep_takes_what_nothing_uses_and_no_more(owner, left, media):
    kept, waiting = stored(owner), stored(owner, samples.pdf(), "a.pdf")
    services.keep(files=[kept], owner=owner)
    rowless = stored_path(uuid.uuid4())
    rowless.parent.mkdir(parents=True, exist_ok=True)
    rowless.write_bytes(b"x")
    broken = media / "incoming" / "a.part"
    broken.write_bytes(b"x")
    assert services.sweep_unused() == 0
    for path in (rowless, broken, stored_path(kept.public_id)):
        age(path)
    assert services.sweep_unused() == 2
    assert left() == (sorted([kept.public_id.hex, waiting.public_id.hex]), [])
    assert services.sweep_unused(LATER) == 1
    assert left() == ([kept.public_id.hex], [])
    assert list(StoredFile.objects.all()) == [kept]
    assert read(kept) == samples.png()


def test_a_crash_before_the_row_leaves_a_file_that_the_sweep_takes(owner, left, monkeypatch):
    monkeypatch.setattr(StoredFile.objects, "create", lambda **_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        stored(owner)
    [name], parts = left()
    assert parts == []
    age(stored_path(uuid.UUID(name)))
    assert services.sweep_unused() == 1
    assert left() == ([], [])


def test_damage_and_a_lost_key_are_told_apart(owner, settings):
    file = stored(owner, samples.pdf(), "a.pdf")
    keys = settings.PORTAL_FILE_KEYS
    fresh = "next:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
    settings.PORTAL_FILE_KEYS = fresh
    with pytest.raises(KeyMissing, match="密钥“test”"):
        file.open()
    settings.PORTAL_FILE_KEYS = f"{fresh},{keys}"
    assert read(file) == samples.pdf()
    assert stored(owner).key_id == "next"
    path = stored_path(file.public_id)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(Damaged):
        file.open()
    path.unlink()
    with pytest.raises(Damaged):
        file.open()


def test_every_file_can_be_compared_with_its_row(owner, capsys):
    good, bad = stored(owner), stored(owner, samples.pdf(), "a.pdf")
    call_command("verify_files")
    assert capsys.readouterr().out == "完好 2 个，有问题 0 个。\n"
    path = stored_path(bad.public_id)
    changed = bytearray(path.read_bytes())
    changed[-20] ^= 1
    path.write_bytes(changed)
    with pytest.raises(CommandError):
        call_command("verify_files")
    out = capsys.readouterr().out
    assert f"{bad.public_id} 文件已损坏" in out
    assert str(good.public_id) not in out

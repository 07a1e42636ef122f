"""Who sees a ledger on its way in: not those whom its rows name."""

from __future__ import annotations

import io
import json
import zipfile

import pytest
from django.core.exceptions import PermissionDenied
from openpyxl import load_workbook

from departments.roles import Role
from files.sealing import Damaged
from jobs import services as jobs
from leads.imports import services, store
from leads.imports.permissions import can_work_batch
from leads.imports.states import BatchState
from leads.models import ImportBatch
from tests.leads.imports.conftest import HEADINGS, workbook
from tests.leads.imports.test_flow import full


@pytest.fixture
def colleague(town, make_account):
    return make_account("office2", town.office, Role.OFFICE, full_name="办公室戊")


def test_what_waits_on_the_disk_is_sealed_and_bound_to_its_name(upload, people, settings):
    """A copied folder gives nothing away; the rows of another ledger are not taken for these."""
    secret = "金丝雀".encode()
    batch = upload(workbook(HEADINGS, (1, "2019.5.3", "来访", "东村", "金丝雀收取管理费。")))
    other = upload(workbook(HEADINGS, (1, "2019.5.4", "来访", "东村", "另一件事。")))
    waiting = [path for path in ImportBatch.folder().rglob("*") if path.is_file()]
    assert {batch.path, other.path} <= set(waiting)
    for path in waiting:
        assert secret not in path.read_bytes()
        assert json.dumps("金丝雀").encode() not in path.read_bytes()
    assert "金丝雀收取管理费。" in str([row.cells for row in store.rows(batch.path)])
    batch.path.write_bytes(other.path.read_bytes())
    with pytest.raises(Damaged):
        list(store.rows(batch.path))


def seen_by(*people) -> list[bool]:
    return [ImportBatch.objects.visible_to(person).exists() for person in people]


def test_before_the_check_it_is_its_uploaders_alone(upload, people, colleague, client_for):
    batch = upload(workbook(HEADINGS, (1, "2019.5.3", "来访", "东村", "收取管理费。")))
    assert seen_by(people.office, people.director, colleague) == [True, False, False]
    address = f"/leads/imports/{batch.public_id}/"
    assert client_for(colleague).get(address).status_code == 404
    assert client_for(people.office).get(address).status_code == 200
    assert not can_work_batch.test(colleague, batch)
    jobs.run(batch.job_id)
    assert seen_by(people.office, people.director, colleague) == [True, True, True]


def test_afterwards_it_is_kept_from_whom_a_row_names(checked, people, colleague, client_for):
    batch = checked(full(被反映人="张某、办公室 戊"))
    assert batch.kept_from == [colleague.pk]
    assert seen_by(people.office, people.director, colleague) == [True, True, False]
    client = client_for(colleague)
    address = f"/leads/imports/{batch.public_id}/"
    for step in ("", "columns/", "marked/"):
        assert client.get(address + step).status_code == 404
    for step in ("check/", "confirm/", "cancel/"):
        assert client.post(address + step, {"version": batch.version}).status_code == 404
    assert batch.file_name not in client.get("/leads/imports/").content.decode()
    with pytest.raises(PermissionDenied):
        services.confirm(batch=batch, actor=colleague, expected_version=batch.version)
    shown = client_for(people.office).get(address).content.decode()
    assert "1 人须回避，看不到本次导入" in shown


@pytest.mark.parametrize("row", [{"被反映人": "主任乙"}, {"被反映单位": "扫黑办"}])
def test_a_row_about_the_director_or_the_office_leaves_it_to_its_uploader(
    checked, people, colleague, row
):
    heads = ("登记日期", "来源", "反映内容", *row)
    batch = checked(workbook(heads, ("2019.5.3", "来访", "收取管理费。", *row.values())))
    assert seen_by(people.office, people.director, colleague) == [True, False, False]
    assert people.director.pk in batch.kept_from


def test_who_checks_it_again_goes_on_seeing_it_meanwhile(checked, people, colleague, client_for):
    batch = checked(workbook(HEADINGS, (1, "2019.5.3", "来访", "东村", "收取管理费。")))
    services.check_again(batch=batch, actor=colleague, expected_version=batch.version)
    assert seen_by(people.office, people.director, colleague) == [True, False, True]


@pytest.mark.parametrize("name", ["=甲/乙", "[1]:*?", "'", "=cmd|' /C calc'!A0", "_x000B_"])
def test_a_sheet_name_that_no_workbook_may_have_stops_no_check(checked, name):
    content = workbook(HEADINGS, (1, "五月", "来访", "东村", "_x000B_收取\u200b费用"), title="AAAA")
    batch = checked(_renamed(content, name))
    assert (batch.state, batch.error_count) == (BatchState.CHECKED, 1)
    copy = load_workbook(batch.open_marked())
    assert not set(copy.sheetnames[0]) & set("[]:*?/\\'")
    assert all(cell.data_type != "f" for row in copy.active for cell in row)


def _renamed(content: bytes, name: str) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w") as new:
        for entry in old.infolist():
            data = old.read(entry)
            if entry.filename == "xl/workbook.xml":
                data = data.replace(b"AAAA", name.encode())
            new.writestr(entry, data)
    return made.getvalue()

"""The draft of a correction as its page saves it by itself."""

from __future__ import annotations

import pytest

from reporting.corrections import services
from reporting.corrections.models import WeeklyCorrection
from reporting.weekly.models import WeeklyReport
from tests.reporting.test_corrections import WHY, reduced, step, typed, write


@pytest.fixture
def report(received) -> WeeklyReport:
    return received(found=3)


@pytest.fixture
def keep(client_for, people, report):
    """Save as the page does; answers with the status and what it was told."""

    def post(account=None, version=0, **changes):
        account = account or people.east
        changes = {"owner": str(account.pk)} | changes
        url = f"/reports/{report.pk}/correct/draft/"
        answer = client_for(account).post(url, typed(report, "save", version, **changes))
        return answer.status_code, answer.json()

    return post


def test_the_form_saves_itself_at_this_address(people, client_for, report):
    client, url = client_for(people.east), f"/reports/{report.pk}/correct/"
    page = client.get(url).text
    assert f'data-draft-url="{url}draft/"' in page
    told = client.get(f"{url}draft/").json()
    assert (told["owner"], len(told["token"])) == (people.east.pk, 64)


def test_what_is_saved_by_itself_is_one_edit_of_the_timeline(people, keep, report):
    status, told = keep(found="2")
    assert (status, told["version"]) == (200, 1)
    assert keep(found="1", version=1)[1]["version"] == 2
    row = WeeklyCorrection.objects.get()
    assert (row.state, row.figures["found"], row.reason) == ("draft", 1, WHY)
    assert list(row.events.values_list("verb", flat=True)) == ["start"]
    status, told = keep(people.east_leader, found="0", version=2)
    assert (status, told["version"]) == (200, 3)
    assert list(row.events.values_list("verb", flat=True)) == ["start", "edit"]
    report.refresh_from_db()
    assert report.figures["found"] == 3


def test_a_draft_has_its_reason_and_what_is_wrong_is_named(keep):
    status, told = keep(reason="")
    assert (status, told["error"]) == (422, "还没有自动保存：“更正理由”请写明更正的理由。")
    status, told = keep(found="三")
    assert status == 422
    assert told["error"].startswith("还没有自动保存：“新摸排线索")
    assert not WeeklyCorrection.objects.exists()


def test_the_slower_of_two_is_told_and_overwrites_nothing(people, keep):
    keep(found="2")
    keep(people.east_leader, found="1", version=1)
    status, told = keep(found="0", version=1)
    assert (status, told["error"]) == (409, services.CHANGED)
    assert WeeklyCorrection.objects.get().figures["found"] == 1


def test_what_took_effect_meanwhile_is_told_before_anything_is_saved(people, keep, report):
    keep(found="2")
    write(people.director, report, "save_and_sign", **reduced(report, found=1))
    status, told = keep(found="0", version=1)
    assert (status, told["error"]) == (409, services.CORRECTED)
    assert WeeklyCorrection.objects.get(by_office=False).figures["found"] == 2


def test_what_is_signed_or_dropped_takes_no_late_draft(people, keep):
    keep(found="2")
    row = step("drop", people.east, WeeklyCorrection.objects.get())
    status, told = keep(found="1", version=1)
    assert (status, told["error"]) == (409, services.CHANGED)
    keep(found="1")
    row = step("sign", people.east_leader, WeeklyCorrection.objects.exclude(pk=row.pk).get())
    status, told = keep(found="0", version=row.version)
    assert (status, told["error"]) == (409, "当前状态已是“已签待收”，不能再修改。")


def test_the_office_keeps_a_draft_of_numbers_beside_the_units(people, keep):
    keep(found="2")
    status, told = keep(people.office, found="1", progress="改写")
    assert (status, told["version"]) == (200, 1)
    row = WeeklyCorrection.objects.get(by_office=True)
    assert (row.figures["found"], row.texts["progress"]) == (1, row.report.texts["progress"])
    assert WeeklyCorrection.objects.get(by_office=False).figures["found"] == 2


def test_another_account_in_the_same_browser_saves_nothing(people, keep):
    status, _ = keep(people.east_leader, owner=str(people.east.pk))
    assert status == 409
    assert not WeeklyCorrection.objects.exists()

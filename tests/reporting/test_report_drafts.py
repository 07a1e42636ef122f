"""The draft of a report as its page saves it by itself."""

from __future__ import annotations

import pytest

from reporting.weekly import services
from reporting.weekly.models import WeeklyReport
from tests.reporting.conftest import content_of
from tests.reporting.test_pages import typed


@pytest.fixture
def url(period) -> str:
    return f"/reports/weeks/{period.pk}/dong/draft/"


@pytest.fixture
def keep(client_for, people, url):
    """Save as the page does; answers with the status and what it was told."""

    def post(account=None, **given):
        account = account or people.east
        data = typed("save", **given) | {"owner": account.pk}
        answer = client_for(account).post(url, data)
        return answer.status_code, answer.json()

    return post


def test_a_page_that_was_left_open_learns_who_is_signed_in(people, client_for, url):
    told = client_for(people.east).get(url).json()
    assert told["owner"] == people.east.pk
    assert len(told["token"]) == 64


def test_what_is_saved_by_itself_is_one_edit_of_the_timeline(people, keep):
    status, told = keep(progress="一")
    assert (status, told["version"]) == (200, 1)
    for version, words in ((1, "一二"), (2, "一二三")):
        status, told = keep(progress=words, version=version)
        assert (status, told["version"]) == (200, version + 1)
    report = WeeklyReport.objects.get()
    assert report.texts["progress"] == "一二三"
    assert list(report.events.values_list("verb", flat=True)) == ["start"]
    status, told = keep(people.east_leader, progress="书记改", version=3)
    assert (status, told["version"]) == (200, 4)
    assert list(report.events.values_list("verb", flat=True)) == ["start", "edit"]


def test_a_gap_is_no_fault_and_a_fault_is_named(keep):
    status, _ = keep(found="")
    assert status == 200
    status, told = keep(found="三", version=1)
    assert status == 422
    assert told["error"].startswith("还没有自动保存：“新摸排线索”")
    assert "found" not in WeeklyReport.objects.get().figures


def test_the_slower_of_two_is_told_and_overwrites_nothing(people, keep):
    keep(progress="联络员写的")
    keep(people.east_leader, progress="书记写的", version=1)
    status, told = keep(progress="联络员又写的", version=1)
    assert status == 409
    assert "没有保存" in told["error"]
    assert WeeklyReport.objects.get().texts["progress"] == "书记写的"


def test_what_is_signed_is_not_written_over(people, period, town, keep):
    report = services.save_and_sign(
        actor=people.east_leader,
        period=period,
        unit=town.east,
        content=content_of(),
        expected_version=0,
    )
    status, told = keep(progress="晚到的草稿", version=report.version)
    assert (status, told["error"]) == (409, "当前状态已是“已签待收”，不能再修改。")


def test_another_account_in_the_same_browser_saves_nothing(people, client_for, url):
    data = typed("save", progress="别人的") | {"owner": people.east.pk}
    answer = client_for(people.east_leader).post(url, data)
    assert answer.status_code == 409
    assert not WeeklyReport.objects.exists()

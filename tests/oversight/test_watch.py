"""What the rules find in the trail: each once, about events, with a word of the auditor."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from departments.models import Account
from messaging.models import Message
from oversight.models import Finding, Look, WatchSetting
from oversight.watch import services
from oversight.watch.rules import RULES
from oversight.watch.services import Setting, look, settings_in_force, settle
from tests.owner import ITS_TIME, ignoring
from tests.processes import fork, kill_after, wait

#: Ten in the morning, yesterday: far from the night, and past.
TEN = (timezone.localtime() - dt.timedelta(days=1)).replace(
    hour=10, minute=0, second=0, microsecond=0
)


def find_unusual() -> int:
    """At noon of that day: asked again, it reaches back a day and an hour, whenever tests run."""
    return services.find_unusual(now=TEN + dt.timedelta(hours=2))


def acts(account, action: Action, *minutes: float, base=TEN, label="", address=None) -> None:
    for minute in minutes:
        entry(
            base + dt.timedelta(minutes=minute),
            action=action,
            actor=account,
            actor_name=account.username,
            address=address,
            object_label=label or f"TOWN-{minute}",
        )


def entry(at, **fields) -> None:
    with ignoring(ITS_TIME):
        AuditEntry.objects.create(at=at, **fields)


def found(code: str) -> list[tuple[str, int]]:
    rows = Finding.objects.filter(rule=code).order_by("pk")
    return [(row.subject, row.count) for row in rows]


def test_many_leads_within_the_hour(people):
    acts(people.office, Action.LEAD_VIEWED, *range(39))
    find_unusual()
    assert found("many_leads") == []
    acts(people.office, Action.LEAD_VIEWED, 60)
    find_unusual()
    assert found("many_leads") == [("office", 40)]
    finding = Finding.objects.get(rule="many_leads")
    assert (finding.started_at, finding.ends_at) == (TEN, TEN + dt.timedelta(hours=1))
    assert (finding.threshold, finding.actor) == (40, people.office)


@pytest.mark.parametrize(
    "case", ["one lead again and again", "over more than an hour", "two people"]
)
def test_what_is_not_many_leads_within_the_hour(people, case):
    if case == "one lead again and again":
        acts(people.office, Action.LEAD_VIEWED, *range(45), label="TOWN-1")
    elif case == "over more than an hour":
        acts(people.office, Action.LEAD_VIEWED, *range(0, 90, 2))
    else:
        acts(people.office, Action.LEAD_VIEWED, *range(25))
        acts(people.police, Action.LEAD_VIEWED, *range(25))
    find_unusual()
    assert found("many_leads") == []


def test_a_finding_is_found_once_and_acts_are_counted_once(people):
    acts(people.office, Action.DENIED, *range(10))
    assert find_unusual() == 1
    assert find_unusual() == 0
    acts(people.office, Action.HIDDEN, *range(10, 30))  # within the same half hour
    assert find_unusual() == 0
    acts(people.office, Action.HIDDEN, *range(31, 41))
    assert find_unusual() == 1
    assert found("refusals") == [("office", 10), ("office", 10)]
    first = Finding.objects.order_by("pk").first()
    assert services.entries_of(first, people.auditor).count() == 30


def test_an_act_that_commits_late_is_counted(people):
    acts(people.office, Action.DENIED, *range(9))
    find_unusual()
    acts(people.office, Action.DENIED, 4.5)
    assert find_unusual() == 1


def test_many_wrong_query_codes(people):
    """Also on the public page, which writes under one name and knows no address."""
    acts(people.office, Action.CODE_WRONG, *range(9))
    for minute in range(10):
        at = TEN + dt.timedelta(minutes=minute)
        entry(at, action=Action.CODE_WRONG, actor_name="public-desk")
    Account.objects.create(username="public-desk", is_active=False)
    find_unusual()
    assert found("wrong_codes") == [("public-desk", 10)]
    acts(people.office, Action.CODE_WRONG, 59)
    find_unusual()
    assert found("wrong_codes") == [("public-desk", 10), ("office", 10)]


def test_a_form_that_has_expired_is_no_denial(people):
    """However often: it is not answered by anybody's rights, and tells nothing of what is there."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(people.office)
    for _ in range(12):
        assert client.post("/leads/new/", {"title": "x"}).status_code in (200, 403)
        assert client.post("/messages/read-all/", {}).status_code == 403
    assert not AuditEntry.objects.filter(action=Action.DENIED).exists()
    find_unusual()
    assert found("refusals") == []
    assert client.get("/leads/setup/").status_code == 403
    assert AuditEntry.objects.filter(action=Action.DENIED).count() == 1


def test_what_is_older_than_the_mark_is_not_looked_through_again(people):
    find_unusual()
    acts(people.office, Action.DENIED, *range(10), base=TEN - dt.timedelta(days=9))
    assert find_unusual() == 0


@pytest.mark.parametrize(("hour", "is_night"), [(21, False), (22, True), (3, True), (6, False)])
def test_the_night_is_from_ten_to_six(people, hour, is_night):
    acts(people.office, Action.LEAD_VIEWED, 0, 5, base=TEN.replace(hour=hour))
    find_unusual()
    assert found("night") == ([("office", 1)] if is_night else [])


def test_signing_in_at_night_is_nothing_unusual(people):
    acts(people.office, Action.SIGNED_IN, 0, base=TEN.replace(hour=23))
    assert find_unusual() == 0


def test_failed_sign_ins_of_an_account_and_from_an_address(people):
    for minute in range(20):
        entry(
            TEN + dt.timedelta(minutes=minute / 2),
            action=Action.SIGN_IN_FAILED,
            actor_name="office" if minute % 4 == 0 else "（无此账号）",
            address="192.0.2.7",
        )
    find_unusual()
    assert found("failed_account") == [("office", 5)]
    assert found("failed_address") == [("192.0.2.7", 20)]


def test_many_looks_at_reporters(people):
    acts(people.custodian, Action.REPORTER_VIEWED, *range(4))
    acts(people.custodian, Action.REPORTER_SOUGHT, *range(4, 10))
    find_unusual()
    assert found("many_reporters") == [("custodian", 10)]


def test_many_files(people):
    acts(people.office, Action.ATTACHMENT_DOWNLOADED, *range(10), label="TOWN-1 附件 1")
    acts(people.office, Action.EXPORT_DOWNLOADED, *range(10, 20))
    find_unusual()
    assert found("many_files") == [("office", 20)]


def test_the_auditor_is_told_of_each_finding_once_and_not_of_whom(people):
    acts(people.office, Action.DENIED, *range(10))
    find_unusual()
    find_unusual()
    message = Message.objects.get(kind="audit_finding")
    finding = Finding.objects.get()
    assert message.recipient == people.auditor
    assert message.title == "审计提示：多次越权被拒"
    assert message.url == f"/audit/findings/{finding.pk}/"
    assert "office" not in message.title + message.body
    assert message.deliveries.count() == 1


# The rules as they are set


def test_a_rule_that_is_off_finds_nothing_and_another_threshold_counts(people):
    acts(people.office, Action.DENIED, *range(4))
    versions = {rule.code: 0 for rule in RULES}
    changed = settings_in_force() | {
        "refusals": Setting(is_active=True, threshold=4, minutes=5),
        "night": Setting(is_active=False, threshold=1, minutes=720),
    }
    assert settle(actor=people.auditor, settings=changed, versions=versions) == 2
    acts(people.office, Action.LEAD_VIEWED, 0, base=TEN.replace(hour=2))
    assert find_unusual() == 1
    assert found("refusals") == [("office", 4)]
    said = AuditEntry.objects.filter(action=Action.SETTINGS_CHANGED).order_by("pk")
    assert [(row.actor_name, row.object_label, row.reason) for row in said] == [
        ("auditor", "夜间查看内容", "改为：停用（22 时至 6 时，720 分钟内 1 次）"),
        ("auditor", "多次越权被拒", "改为：5 分钟内 4 次"),
    ]


def test_two_auditors_at_the_rules_at_once(people):
    versions = {"refusals": 0}
    mine = {"refusals": Setting(is_active=True, threshold=4, minutes=5)}
    settle(actor=people.auditor, settings=mine, versions=versions)
    theirs = {"refusals": Setting(is_active=True, threshold=6, minutes=5)}
    with pytest.raises(Conflict, match="在别处被修改过"):
        settle(actor=people.auditor, settings=theirs, versions=versions)
    assert settings_in_force()["refusals"].threshold == 4


@pytest.mark.parametrize("who", ["director", "sysadmin", "secadmin", "office"])
def test_nobody_else_sets_rules_or_looks(people, who):
    person = getattr(people, who)
    acts(people.office, Action.DENIED, *range(10))
    find_unusual()
    with pytest.raises(PermissionDenied):
        settle(actor=person, settings={}, versions={})
    with pytest.raises(PermissionDenied):
        look(finding=Finding.objects.get(), actor=person, note="正常")
    assert not Finding.objects.visible_to(person).exists()


# A word about a finding


@pytest.fixture
def finding(people):
    acts(people.office, Action.DENIED, *range(10))
    find_unusual()
    return Finding.objects.get()


def test_a_finding_is_looked_at_once(people, finding):
    look(finding=finding, actor=people.auditor, note=" 误点，\n已核实 ")
    assert Look.objects.get().note == "误点， 已核实"
    with pytest.raises(Conflict, match="已经有人核查过"):
        look(finding=finding, actor=people.auditor, note="再看")
    assert Look.objects.count() == 1
    assert not Finding.objects.open().exists()


def test_a_look_says_something(people, finding):
    with pytest.raises(ValidationError):
        look(finding=finding, actor=people.auditor, note="  ")


@pytest.mark.parametrize("table", ["oversight_finding", "oversight_look", "oversight_watchsetting"])
def test_what_was_found_and_said_stays(finding, table):
    from django.db import connection

    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"DELETE FROM {table}")


# Several workers


@pytest.mark.django_db(transaction=True)
def test_workers_at_once_and_killed_ones_find_everything_once(people):
    for account in (people.office, people.police, people.east, people.west):
        acts(account, Action.DENIED, *range(10))
    for pause in (0.01, 0.03):
        kill_after(fork(find_unusual), pause)
    assert wait(*[fork(find_unusual) for _ in range(3)]) == [0, 0, 0]
    find_unusual()
    assert sorted(found("refusals")) == [
        ("liaison.dong", 10),
        ("liaison.pcs", 10),
        ("liaison.xi", 10),
        ("office", 10),
    ]
    assert Message.objects.filter(kind="audit_finding").count() == 4


# The pages


def text(response) -> str:
    return response.content.decode()


def test_the_list_shows_events_and_their_state(client_for, people, finding):
    client = client_for(people.auditor)
    page = text(client.get("/audit/findings/"))
    for words in ("多次越权被拒", "office", "未核查", f"/audit/findings/{finding.pk}/"):
        assert words in page
    assert "没有符合条件的提示" in text(client.get("/audit/findings/?state=looked"))
    assert "没有符合条件的提示" in text(client.get("/audit/findings/?rule=night"))
    assert f"/audit/findings/{finding.pk}/" in text(client.get("/audit/findings/?state=open"))


def test_the_page_of_a_finding_shows_its_entries_and_takes_a_word(client_for, people, finding):
    client = client_for(people.auditor)
    url = f"/audit/findings/{finding.pk}/"
    response = client.get(url)
    assert len(response.context["page"].rows) == 10
    assert "发现时 10 次，规定 10 次起提示" in text(response)
    assert "记为已核查" in text(response)
    empty = client.post(f"{url}look/", {"note": ""})
    assert empty.status_code == 200
    assert "请填写此项。" in text(empty)
    done = client.post(f"{url}look/", {"note": "误点，已核实"}, follow=True)
    assert "误点，已核实" in text(done)
    assert "记为已核查" not in text(done)
    again = client.post(f"{url}look/", {"note": "再看"}, follow=True)
    assert "已经有人核查过" in text(again)


def test_the_list_shows_at_first_what_the_menu_counts(client_for, people, finding):
    client = client_for(people.auditor)
    page = client.get("/audit/findings/")
    assert page.context["page"].rows == [finding]
    assert [item["count"] for item in page.context["navigation"][-1]["items"]][-1] == 1
    look(finding=finding, actor=people.auditor, note="正常")
    page = client.get("/audit/findings/")
    assert "没有待核查的提示" in text(page)
    assert page.context["page"].rows == []
    assert client.get("/audit/findings/?rule=&state=").context["page"].rows == [finding]


def test_the_page_of_the_rules(client_for, people):
    client = client_for(people.auditor)
    page = client.get("/audit/rules/")
    values = {}
    for row in page.context["rows"]:
        values |= {
            f"{row.prefix}-{name}": "on" if row[name].value() is True else row[name].value()
            for name in row.fields
        }
    assert "没有改动" in text(client.post("/audit/rules/", values, follow=True))
    wrong = client.post("/audit/rules/", values | {"refusals-threshold": "0"})
    assert wrong.status_code == 200
    assert "请先改正以下内容" in text(wrong)
    assert WatchSetting.objects.count() == 0
    night = {"night-night_from": "21", "refusals-threshold": "3"}
    assert "已修改 2 项" in text(client.post("/audit/rules/", values | night, follow=True))
    assert settings_in_force()["night"].night_from == 21
    assert "在别处被修改过" in text(client.post("/audit/rules/", values | night, follow=True))

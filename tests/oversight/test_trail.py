"""The auditor's page."""

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.models import Action, AuditEntry
from tests.owner import ITS_TIME, ignoring

TRAIL = "/audit/"


def text(response):
    return response.content.decode()


def acts(response):
    return [(entry.action, entry.actor_name) for entry in response.context["page"].rows]


@pytest.fixture
def auditor(client_for, people):
    """Signed in, which is the first entry of the trail."""
    return client_for(people.auditor)


@pytest.fixture
def entries(people):
    """Three entries, the last one of today, the others of the days before."""
    today = timezone.localtime().replace(hour=12)

    def at(days, action, account, **fields):
        values = {"action": action, "actor": account, "actor_name": account.username} | fields
        with ignoring(ITS_TIME):
            return AuditEntry.objects.create(at=today - dt.timedelta(days=days), **values)

    return [
        at(2, Action.SEARCHED, people.office, address="192.0.2.7"),
        at(1, Action.LEAD_VIEWED, people.office, object_type="线索", object_label="TOWN-1"),
        at(0, Action.LEAD_VIEWED, people.police, object_type="线索", object_label="TOWN-2"),
    ]


def test_the_trail_is_shown_newest_first(auditor, entries):
    response = auditor.get(TRAIL)
    assert acts(response)[:4] == [
        ("lead_viewed", "liaison.pcs"),
        ("lead_viewed", "office"),
        ("searched", "office"),
        ("signed_in", "auditor"),
    ]
    # Fourteen people were given a role before.
    page = text(response)
    assert "共 18 条，本页 18 条" in page
    for words in ("查看线索内容", "线索 TOWN-2", "192.0.2.7", "liaison.pcs"):
        assert words in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("action=searched", [0]),
        ("action=lead_viewed", [2, 1]),
        ("actor=liaison.pcs", [2]),
        ("actor=office", [1, 0]),
        ("actor=office&action=lead_viewed", [1]),
        ("actor=nobody", []),
        ("action=nonsense", []),
        ("on_or_after={1}&actor=office", [1]),
        ("on_or_before={1}", [1, 0]),
        ("on_or_after={2}&on_or_before={2}", [0]),
        ("on_or_after=gestern", []),
    ],
)
def test_filters(auditor, entries, query, found):
    today = timezone.localdate()
    days = [today - dt.timedelta(days=number) for number in range(3)]
    response = auditor.get(f"{TRAIL}?{query.format(*days)}")
    assert response.context["page"].rows == [entries[place] for place in found]
    if not found:
        assert "清除条件" in text(response)


def test_a_wrong_date_is_said_at_its_field(auditor):
    page = text(auditor.get(f"{TRAIL}?on_or_after=gestern"))
    assert "输入一个有效的日期。" in page
    assert "筛选条件有误" in page


def test_nobody_but_the_auditor_sees_it(client_for, people, entries):
    others = people.everyone()
    seen = {
        account.username for account in others if client_for(account).get(TRAIL).status_code == 200
    }
    assert seen == {"auditor"}


def test_the_trail_holds_no_content(auditor, client_for, people, make_lead):
    lead = make_lead(title="金丝雀名称", allegation="金丝雀正文")
    office = client_for(people.office)
    office.get(f"/leads/{lead.number}/")
    office.get("/leads/?q=金丝雀正文")
    page = text(auditor.get(TRAIL))
    assert lead.number in page
    assert "检索线索" in page
    assert "金丝雀" not in page


def test_the_trail_needs_as_many_queries_for_200_entries_as_for_10(auditor, people, monkeypatch):
    monkeypatch.setattr("oversight.trail.views.page_of.__kwdefaults__", {"size": 500})

    def fill(count):
        AuditEntry.objects.bulk_create(
            AuditEntry(action=Action.SEARCHED, actor=people.office, actor_name="office")
            for _ in range(count)
        )

    def queries():
        with CaptureQueriesContext(connection) as captured:
            page = auditor.get(TRAIL)
        return len(captured), len(page.context["page"].rows)

    few, shown = queries()
    assert shown == 15
    fill(185)
    many, shown = queries()
    assert shown == 200
    assert many == few
    assert many <= 25


def test_sign_ins_failures_and_sign_outs_are_on_record(client, people):
    client.post("/login/", {"username": "office", "password": "wrong"})
    client.post("/login/", {"username": "my-password-typed-here", "password": "x"})
    client.post("/login/", {"username": "office", "password": "correct horse"})
    client.post("/logout/")
    entries = AuditEntry.objects.exclude(action=Action.RIGHTS_CHANGED).order_by("pk")
    assert list(entries.values_list("action", "actor_name")) == [
        ("sign_in_failed", "office"),
        ("sign_in_failed", "（无此账号）"),
        ("signed_in", "office"),
        ("signed_out", "office"),
    ]
    assert set(entries.values_list("address", flat=True)) == {"127.0.0.1"}
    assert list(entries.values_list("outcome", flat=True)) == ["refused", "refused", "done", "done"]

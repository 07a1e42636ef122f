"""Keys are changed while the portal is in use; what is lost or altered is named."""

from __future__ import annotations

import io
import uuid

import pgtrigger
import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction

from leads.drafts import services as drafts
from leads.models import LeadDraft, Reporter, ReporterRevision
from leads.reporters import rotation, services, typed
from leads.reporters.identity import Identity
from tests.files.test_values import key
from tests.processes import fork, wait


def run(name: str) -> str:
    out = io.StringIO()
    call_command(name, stdout=out)
    return out.getvalue()


def failed(name: str) -> str:
    out = io.StringIO()
    with pytest.raises(CommandError):
        call_command(name, stdout=out)
    return out.getvalue()


@pytest.fixture
def kept(make_lead, people):
    """Three reporters, an earlier version, and a draft."""
    leads = [
        make_lead(
            reporter_kind="named", reporters=[Identity(name=f"某{n}", phone=f"1380000000{n}")]
        )
        for n in range(3)
    ]
    services.correct(
        reporter=leads[0].reporters.get(),
        actor=people.custodian,
        identity=Identity(name="更正后", phone="13900000000"),
        reason="记错",
        expected_version=1,
    )
    drafts.save(
        actor=people.office,
        submission=uuid.uuid4(),
        content={},
        reporters=[{"name": "草稿中的人"}],
        expected_version=0,
    )
    return leads


def test_keys_change_while_identities_are_written_read_and_found(kept, make_lead, people, settings):
    old = settings.PORTAL_REPORTER_KEYS
    new = key("next")
    settings.PORTAL_REPORTER_KEYS = f"{new},{old}"
    rounds = 0
    for _ in rotation.rotate(batch=1):
        rounds += 1
        # Another process has not been restarted yet: it still writes with the old key first.
        settings.PORTAL_REPORTER_KEYS = f"{old},{new}" if rounds < 3 else f"{new},{old}"
        lead = make_lead(reporter_kind="named", reporters=[Identity("新", "13700000000")])
        assert lead.reporters.get().identity.name == "新"
        shown = services.look(lead=kept[1], actor=people.custodian, reason="回访")
        assert shown[0].identity.phone == "13800000001"
        found = services.find(actor=people.custodian, phone="138 0000 0002")
        assert found == [kept[2]]
        settings.PORTAL_REPORTER_KEYS = f"{new},{old}"
    assert rounds >= 5
    assert "读不出来 0 条" in run("rotate_reporter_keys")
    assert run("rotate_reporter_keys") == "已重新加密 0 条，读不出来 0 条。\n"
    settings.PORTAL_REPORTER_KEYS = new
    assert "有问题 0 条" in run("verify_reporters")
    assert {row.key_id for row in [*Reporter.objects.all(), *ReporterRevision.objects.all()]} == {
        "next"
    }
    assert set(Reporter.objects.values_list("index_key_id", flat=True)) == {"next"}
    assert typed.kept_in(LeadDraft.objects.get()) == [{"name": "草稿中的人"}]
    assert ReporterRevision.objects.get().identity.name == "某0"
    assert services.find(actor=people.custodian, phone="13800000002") == [kept[2]]


@pytest.mark.django_db(transaction=True)
def test_two_rotations_and_a_custodian_at_once_lose_nothing(make_lead, people, settings):
    """Three processes, each with a connection of its own, over the same rows."""
    old, new = settings.PORTAL_REPORTER_KEYS, key("next")
    leads = [
        make_lead(
            reporter_kind="named", reporters=[Identity(name=f"原{n}", phone=f"1390000{n:04}")]
        )
        for n in range(15)
    ]
    reporters = [lead.reporters.get() for lead in leads]
    settings.PORTAL_REPORTER_KEYS = f"{new},{old}"

    def rotate() -> None:
        assert [fault for _, faults in rotation.rotate(batch=1) for fault in faults] == []

    def correct() -> None:
        for number, reporter in enumerate(reporters):
            services.correct(
                reporter=reporter,
                actor=people.custodian,
                identity=Identity(name=f"改{number}", phone=f"1380000{number:04}"),
                reason="核对",
                expected_version=1,
            )

    assert wait(fork(rotate), fork(correct), fork(rotate)) == [0, 0, 0]
    # What a correction put aside after the rotation had passed is done by the next one.
    assert "读不出来 0 条" in run("rotate_reporter_keys")
    settings.PORTAL_REPORTER_KEYS = new
    assert "完好 30 条，有问题 0 条" in run("verify_reporters")
    assert [row.identity.name for row in Reporter.objects.order_by("pk")] == [
        f"改{n}" for n in range(15)
    ]
    earlier = ReporterRevision.objects.order_by("reporter")
    assert [row.identity.name for row in earlier] == [f"原{n}" for n in range(15)]
    assert services.find(actor=people.custodian, phone="13800000007") == [leads[7]]
    assert services.find(actor=people.custodian, phone="13900000007") == []


def test_another_cipher_takes_effect_for_new_rows_and_by_rotation(kept, settings):
    settings.PORTAL_REPORTER_CIPHER = "sm4-gcm"
    assert "已重新加密 5 条" in run("rotate_reporter_keys")
    assert set(Reporter.objects.values_list("cipher", flat=True)) == {"sm4-gcm"}
    assert "完好 5 条，有问题 0 条" in run("verify_reporters")


def test_a_lost_key_is_named_on_the_page_and_by_the_command(kept, client_for, people, settings):
    settings.PORTAL_REPORTER_KEYS = key("next")
    said = failed("verify_reporters")
    assert said.count("密钥“test”") == 5
    assert "某" not in said
    assert "读不出来 5 条" in failed("rotate_reporter_keys")
    page = client_for(people.custodian).post(
        f"/leads/reporters/{kept[1].number}/", {"reason": "回访"}
    )
    assert page.status_code == 200
    assert "密钥“test”" in page.content.decode()


def test_a_wrong_byte_and_exchanged_rows_are_noticed(kept, as_owner):
    """As a broken disk leaves them: no trigger is asked."""
    first, second = Reporter.objects.order_by("pk")[1:3]
    exchanged = {
        "sealed": second.sealed,
        "phone_index": second.phone_index,
        "id_index": second.id_index,
    }
    sealed = bytearray(first.sealed)
    sealed[40] ^= 1
    for damage in ({"sealed": bytes(sealed)}, exchanged):
        with pgtrigger.ignore("leads.Reporter:reporter_keeps_earlier"):
            Reporter.objects.filter(pk=first.pk).update(**damage)
        said = failed("verify_reporters")
        assert said.startswith(f"举报人信息 #{first.pk} 举报人信息已损坏或被改动")
        assert "完好 4 条，有问题 1 条" in said
    Reporter.objects.filter(pk=second.pk).update(phone_index="0" * 64)
    assert f"举报人信息 #{second.pk} 索引与内容不符" in failed("verify_reporters")


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM leads_reporter",
        "DELETE FROM leads_reporterrevision",
        "UPDATE leads_reporter SET version = version + 1",
        "UPDATE leads_reporter SET added_at = now()",
        "UPDATE leads_reporterrevision SET reason = ''",
        "UPDATE leads_reporter SET sealed = ''",
        "UPDATE leads_reporter SET sealed = 'x'",
        "DELETE FROM leads_identitylook",
        "UPDATE leads_identitylook SET reason = ''",
    ],
)
def test_nothing_is_deleted_or_replaced_without_a_trace(kept, people, sql, as_owner):
    services.look(lead=kept[0], actor=people.custodian, reason="回访")
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)

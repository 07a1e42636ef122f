"""The trail under seal: nothing that was sealed changes without being named."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from audit.locks import is_alone
from audit.models import Action, AuditEntry, Seal, Verification
from audit.seals import canonical, services, waiting
from audit.seals.verifying import BadHead, Head, verify
from audit.seals.waiting import Span
from audit.services import record
from tests.owner import ITS_TIME, ignoring
from tests.processes import eventually, fork, kill_after, wait


@pytest.fixture(autouse=True)
def _small_batches(monkeypatch):
    monkeypatch.setattr(services, "BATCH", 10)
    monkeypatch.setattr(services, "TAKE", services.TAKE.replace("LIMIT 1000", "LIMIT 10"))


def write(count: int = 1, **fields) -> list[int]:
    rows = [
        AuditEntry(action=Action.SEARCHED, actor_name=f"第{n}条", **fields) for n in range(count)
    ]
    return [row.pk for row in AuditEntry.objects.bulk_create(rows)]


def seal() -> int:
    return services.seal_all()


@pytest.fixture
def sealed(db) -> list[int]:
    """Twenty-five entries in three seals."""
    ids = write(25)
    assert seal() == 25
    assert list(Seal.objects.values_list("count", flat=True)) == [10, 10, 5]
    return ids


@pytest.fixture
def tamper(as_owner):
    """Does what somebody with all the rights of the owner could do."""

    def run(*statements: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            for table in ("audit_auditentry", "audit_seal"):
                cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for statement in statements:
                cursor.execute(statement)

    return run


# How a batch is sealed


def test_seals_follow_each_other_and_hold(sealed):
    report = verify()
    assert (report.seals, report.entries, report.unsealed, report.faults) == (3, 25, 0, [])
    first, second, third = Seal.objects.order_by("number")
    assert (first.previous, second.previous, third.previous) == ("0" * 64, first.hash, second.hash)
    assert (first.first_id, first.last_id, first.top) == (sealed[0], sealed[9], sealed[9])
    assert report.head == third.head


def test_nothing_new_makes_no_seal(sealed):
    assert seal() == 0
    assert Seal.objects.count() == 3
    write()
    assert verify().unsealed == 1
    assert seal() == 1


def test_nobody_but_the_owner_chooses_the_time_of_an_entry(people):
    for year in (2020, 2099):
        at = dt.datetime(year, 1, 1, tzinfo=dt.UTC)
        AuditEntry.objects.create(at=at, action=Action.SEARCHED, actor=people.director)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT bool_and(at BETWEEN transaction_timestamp() AND clock_timestamp())"
            " FROM audit_auditentry"
        )
        assert cursor.fetchone() == (True,)
        cursor.execute("RESET ROLE")
    restored = AuditEntry.objects.create(at=at, action=Action.SEARCHED, actor=people.director)
    assert AuditEntry.objects.get(pk=restored.pk).at == at


def test_the_words_that_are_hashed_are_those_of_the_description(people):
    """Counted here once more, from nothing but what `audit.seals.canonical` says."""
    record(action=Action.DENIED, actor=people.office, reason="/查看/ 50% '引号' \\")
    with ignoring(ITS_TIME):
        entry = AuditEntry.objects.create(
            action=Action.LEAD_VIEWED,
            actor=people.police,
            actor_name="警",
            address="192.0.2.7",
            object_type="线索",
            object_label="TOWN-1",
            at=dt.datetime(2026, 11, 24, 8, 0, 0, 123456, tzinfo=dt.UTC),
        )
    seal()

    def net(*values):
        return "".join(
            "-" if value is None else f"{len(str(value).encode())}:{value}" for value in values
        ).encode()

    said = net("1795507200123456", "lead_viewed", people.police.pk, "警", "192.0.2.7", "线索",
               "TOWN-1", "", "done")  # fmt: skip
    assert said.startswith(b"16:179550720012345611:lead_viewed")
    last = Seal.objects.order_by("number").last()
    kept = dict(zip(last.entry_ids, map(bytes, last.digests), strict=True))
    assert kept[entry.pk] == hashlib.sha256(said).digest()
    content = b"".join(key.to_bytes(8, "big") + kept[key] for key in last.entry_ids)
    assert last.content == hashlib.sha256(content).hexdigest()
    moment = (last.sealed_at - dt.datetime(1970, 1, 1, tzinfo=dt.UTC)) // dt.timedelta(
        microseconds=1
    )
    words = net(1, last.number, last.previous, moment, last.count, last.first_id, last.last_id,
                last.top, last.waiting, last.content)  # fmt: skip
    assert last.hash == hashlib.sha256(words).hexdigest()


@pytest.mark.parametrize(
    "setting",
    [
        "timezone = 'America/New_York'",
        "bytea_output = 'escape'",
        "datestyle = 'German'",
        "extra_float_digits = -15",
        "client_encoding = 'GBK'",
    ],
)
def test_no_setting_of_a_connection_changes_a_digest(sealed, setting):
    statement = (
        f"SELECT count(*) FROM audit_seal s, unnest(s.entry_ids, s.digests) AS of(id, digest) "
        f"JOIN audit_auditentry e USING (id) WHERE {canonical.ENTRY_DIGEST.format(entry='e')} = "
        f"digest AND encode({canonical.CONTENT_HASH.format(seal='s')}, 'hex') = s.content"
    )
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL {setting}")
        cursor.execute(statement)
        assert cursor.fetchone()[0] == 25
        cursor.execute("SET LOCAL client_encoding = 'UTF8'; SET LOCAL timezone = 'UTC'")


# Tampering: what the verifier says


def named(faults: list[str], *parts: str) -> bool:
    return bool(faults) and all(part in faults[0] for part in parts)


@pytest.mark.parametrize(
    "change",
    [
        "action = 'denied'", "actor_name = '别人'", "at = at + interval '1 microsecond'",
        "address = '192.0.2.9'", "object_label = 'TOWN-2'", "object_type = '线索'",
        "reason = ' '", "outcome = 'refused'",
    ],
)  # fmt: skip
def test_an_altered_entry_is_named(sealed, tamper, change):
    tamper(f"UPDATE audit_auditentry SET {change} WHERE id = {sealed[12]}")
    assert verify().faults == [f"记录 {sealed[12]} 被修改过：与封存 2 时的内容不符。"]


def test_words_that_moved_from_one_column_to_the_next_are_an_alteration(db, tamper):
    [key] = write(1, object_type="线", object_label="索")
    seal()
    tamper(f"UPDATE audit_auditentry SET object_type='线索', object_label='' WHERE id = {key}")
    assert named(verify().faults, f"记录 {key} 被修改过")


def test_an_altered_actor_is_named(people, tamper):
    record(action=Action.SEARCHED, actor=people.office)
    seal()
    key = AuditEntry.objects.order_by("pk").last().pk
    tamper(f"UPDATE audit_auditentry SET actor_id = {people.police.pk} WHERE id = {key}")
    assert named(verify().faults, f"记录 {key} 被修改过")


def test_a_deleted_entry_is_named(sealed, tamper):
    tamper(f"DELETE FROM audit_auditentry WHERE id = {sealed[4]}")
    assert verify().faults == [f"记录 {sealed[4]} 缺失：它在封存 1 中，现在找不到。"]


def test_an_emptied_trail_is_named(sealed, tamper):
    tamper("TRUNCATE audit_auditentry")
    report = verify()
    assert named(report.faults, f"记录 {sealed[0]} 缺失")
    assert report.faults[-1] == "封存 1 至 3 中另有 5 条记录不符。"


def test_entries_that_changed_places_are_named(sealed, tamper):
    one, other = sealed[3], sealed[7]
    tamper(
        f"UPDATE audit_auditentry SET id = -1 WHERE id = {one}",
        f"UPDATE audit_auditentry SET id = {one} WHERE id = {other}",
        f"UPDATE audit_auditentry SET id = {other} WHERE id = -1",
    )
    assert verify().faults == [
        f"记录 {one} 被调换：现在是记录 {other} 封存时的内容（封存 1）。",
        f"记录 {other} 被调换：现在是记录 {one} 封存时的内容（封存 1）。",
    ]


def test_an_entry_with_another_number_is_missing_and_inserted(sealed, tamper):
    tamper(f"UPDATE audit_auditentry SET id = -5 WHERE id = {sealed[3]}")
    assert verify().faults == [
        f"记录 {sealed[3]} 缺失：它在封存 1 中，现在找不到。",
        "记录 -5 不在任何封存中：是封存之后插入的，或封存它的那一次缺失。",
    ]


def all_closed() -> bool:
    """Whether no id waits. Transactions in the databases of other tests are waited for too."""
    return services.seal_all(grace=0) == 0 and Seal.objects.newest().waiting == ""


@pytest.fixture
def gap(transactional_db) -> int:
    """An id that was drawn and rolled back, between those that are sealed."""
    write(3)
    with transaction.atomic():
        [lost] = write()
        transaction.set_rollback(True)
    write(2)
    assert seal() == 5
    assert f"{lost}-{lost}@" in Seal.objects.get(number=1).waiting
    assert eventually(all_closed, seconds=60)
    assert Seal.objects.newest().count == 0  # a seal of its own closes the gap
    assert verify().faults == []
    return lost


INSERT = (
    "INSERT INTO audit_auditentry (id, action, actor_name, object_type, object_label, reason) "
    "VALUES ({}, 'searched', 'x', '', '', '')"
)


def test_an_entry_in_a_closed_gap_is_named(gap, tamper):
    tamper(INSERT.format(gap))
    assert verify().faults == [
        f"记录 {gap} 不在任何封存中：是封存之后插入的，或封存它的那一次缺失。"
    ]
    seal()
    assert named(verify().faults, f"记录 {gap} 不在任何封存中")


def test_an_altered_seal_is_named(sealed, tamper):
    tamper("UPDATE audit_seal SET sealed_at = sealed_at - interval '1 day' WHERE number = 2")
    [fault] = verify().faults
    assert fault.startswith("封存 2（")
    assert fault.endswith("被修改过：内容与它的校验值不符。")


def test_an_entry_and_its_seal_altered_together_are_named(sealed, tamper):
    digest = canonical.ENTRY_DIGEST.format(entry="e")
    tamper(
        f"UPDATE audit_auditentry SET actor_name = '别人' WHERE id = {sealed[2]}",
        f"UPDATE audit_seal SET digests[3] = (SELECT {digest} FROM audit_auditentry e "
        f"WHERE e.id = {sealed[2]}) WHERE number = 1",
    )
    [fault] = verify().faults
    assert fault.startswith("封存 1（")


def test_a_seal_that_was_made_anew_breaks_with_the_next(sealed, tamper):
    one = Seal.objects.get(number=2)
    values = {name: getattr(one, name) for name in (
        "version", "number", "previous", "count", "first_id", "last_id", "top", "waiting",
        "content")}  # fmt: skip
    digest = canonical.seal_hash(sealed_at=timezone.now(), **values)
    tamper(f"UPDATE audit_seal SET hash = '{digest}' WHERE number = 2")
    assert named(verify().faults, "封存 2", "被修改过")
    assert "封存 3 与前一封存接不上" in verify().faults[1]


def test_a_dropped_seal_is_named(sealed, tamper):
    tamper("DELETE FROM audit_seal WHERE number = 2")
    assert named(verify().faults, "封存 2 缺失：封存 1 之后直接是封存 3。")


def test_the_first_seal_dropped_is_named(sealed, tamper):
    tamper("DELETE FROM audit_seal WHERE number = 1")
    assert named(verify().faults, "封存 1 缺失")


def test_seals_that_changed_places_are_named(sealed, tamper):
    tamper(
        "UPDATE audit_seal SET number = 99 WHERE number = 1",
        "UPDATE audit_seal SET number = 1 WHERE number = 2",
        "UPDATE audit_seal SET number = 2 WHERE number = 99",
    )
    assert named(verify().faults, "封存 1 与前一封存接不上")


CUT = (
    "DELETE FROM audit_seal WHERE number = 3",
    "DELETE FROM audit_auditentry WHERE id > (SELECT max(last_id) FROM audit_seal)",
)


def test_a_tail_that_was_cut_off_is_named_by_the_head_kept_elsewhere(sealed, tamper):
    head = Head.of(verify().head)
    tamper(*CUT)
    assert verify().faults == []  # by itself a shorter chain is as good as a longer one
    assert verify(head=head).faults == ["尾部被截去：另存的链头是封存 3，现在只到封存 2。"]
    assert named(verify(head=Head(head.hash)).faults, "尾部被截去")


def test_a_tail_cut_off_and_sealed_anew_is_named(sealed, tamper):
    head = Head.of(verify().head)
    tamper(*CUT)
    write(9)
    assert seal() == 9
    assert verify().faults == []
    assert verify(head=head).faults == ["封存 3 与另存的链头不同：它或更早的封存被改写过。"]


def test_an_older_head_holds_too(sealed):
    head = Head.of(verify().head)
    write(12)
    seal()
    assert verify(head=head).faults == []


def test_the_runtime_role_can_neither_break_the_chain_nor_skip_in_it(sealed):
    last = Seal.objects.order_by("number").last()
    values = {"version": 1, "sealed_at": timezone.now(), "count": 0, "top": 0, "content": "",
              "entry_ids": [], "digests": []}  # fmt: skip
    for number, previous in [(9, last.hash), (4, "f" * 64)]:
        with pytest.raises(DatabaseError, match="follows the last"), transaction.atomic():
            Seal.objects.create(number=number, previous=previous, hash="e" * 64, **values)


# Writers, sealers, and the killed


def as_runtime(work):
    """`work` on a connection of its own."""
    with connection.cursor() as cursor:
        cursor.execute(f"SET ROLE {settings.RUNTIME_ROLE}")
    try:
        return work()
    finally:
        connection.close()


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_commits_late_is_sealed_later():
    drawn, go_on = threading.Event(), threading.Event()

    def slow():
        with transaction.atomic():
            [key] = write()
            drawn.set()
            assert go_on.wait(timeout=30)
        return key

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(as_runtime, slow)
        assert drawn.wait(timeout=30)
        write(3)
        assert seal() == 3
        assert seal() == 0  # the gap stays open while its writer is at work
        assert [str(span).split("@")[0] for span in waiting.read(Seal.objects.get().waiting)]
        assert verify().faults == []
        go_on.set()
        late = running.result(timeout=30)
    assert verify().faults == []
    assert seal() == 1
    last = Seal.objects.filter(count__gt=0).last()
    assert last.entry_ids == [late]
    assert last.top > late
    assert eventually(all_closed, seconds=60)
    report = verify()
    assert (report.entries, report.unsealed, report.faults) == (4, 0, [])


@pytest.mark.django_db(transaction=True)
def test_a_gap_stays_open_for_a_while_after_its_writers_have_ended():
    with transaction.atomic():
        write()
        transaction.set_rollback(True)
    write()
    assert services.seal_all(grace=3600) == 1
    assert services.seal_all(grace=3600) == 0
    assert Seal.objects.count() == 1
    assert Seal.objects.get().waiting != ""


@pytest.mark.django_db(transaction=True)
def test_sealing_while_writers_write_loses_and_doubles_nothing():
    def writes(count):
        for _ in range(count):
            with transaction.atomic():
                write(3)
            with transaction.atomic():
                write()
                transaction.set_rollback(True)

    with ThreadPoolExecutor(6) as pool:
        jobs = [pool.submit(as_runtime, lambda: writes(25)) for _ in range(4)]
        jobs += [pool.submit(as_runtime, lambda: [seal() for _ in range(15)]) for _ in range(2)]
        for job in jobs:
            job.result(timeout=120)
    seal()
    taken = [key for one in Seal.objects.all() for key in one.entry_ids]
    assert sorted(taken) == list(AuditEntry.objects.order_by("pk").values_list("pk", flat=True))
    assert len(taken) == 300
    assert verify().faults == []


@pytest.mark.django_db(transaction=True)
def test_of_two_sealers_one_works():
    write(5)
    with transaction.atomic():
        assert is_alone(services.LOCK)
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(as_runtime, seal).result(timeout=30) == 0
    assert Seal.objects.count() == 0
    assert seal() == 5


@pytest.mark.django_db(transaction=True)
def test_a_killed_sealer_leaves_whole_seals():
    write(3000)
    for pause in (0.02, 0.1, 0.3):
        kill_after(fork(seal), pause)
    wait(fork(seal))
    assert sum(Seal.objects.values_list("count", flat=True)) == 3000
    assert verify().faults == []


# In a database that was restored elsewhere


def test_ids_that_wait_are_given_up_where_transactions_are_numbered_anew():
    span = Span(5, 6, until=900_000, since=0)
    under_way = services._Taken([], [], oldest=899_000, next=901_000)
    over = services._Taken([], [], oldest=900_000, next=901_000)
    restored = services._Taken([], [], oldest=700, next=701)
    given_up = [one.has_passed(span, 100, 60) for one in (under_way, over, restored)]
    assert given_up == [False, True, True]
    assert not over.has_passed(span, 59, 60)


def test_spans_are_written_and_read():
    spans = Span(2, 9, 7, 1).without([1, 3, 4, 9])
    assert waiting.write(spans) == "2-2@7@1;5-8@7@1"
    assert waiting.read("2-2@7@1;5-8@7@1") == spans
    assert Span(2, 3, 7, 1).without([2, 3]) == []
    assert waiting.read("") == []


# The command, and the head


def test_the_command_says_that_all_is_well(sealed, capsys):
    call_command("verify_audit")
    said = capsys.readouterr().out
    assert "封存 3 次，已封存记录 25 条，未封存 0 条，链头 3:" in said
    assert "审计记录完好" in said
    kept = Verification.objects.get()
    assert (kept.faults, kept.entries, kept.actor) == (0, 25, None)


def test_the_command_names_the_fault_and_fails(sealed, tamper, capsys):
    tamper(f"DELETE FROM audit_auditentry WHERE id = {sealed[4]}")
    with pytest.raises(CommandError) as caught:
        call_command("verify_audit")
    assert caught.value.returncode == 1
    assert f"记录 {sealed[4]} 缺失" in capsys.readouterr().out
    kept = Verification.objects.get()
    assert (kept.faults, kept.first_fault) == (
        1,
        f"记录 {sealed[4]} 缺失：它在封存 1 中，现在找不到。",
    )


def test_the_head_is_added_to_a_file_once(db, settings, tmp_path, tamper):
    path = tmp_path / "head"
    settings.PORTAL_AUDIT_HEAD_FILE = str(path)
    write(25)
    seal()
    seal()
    [line] = path.read_text().splitlines()
    assert line.split()[-1] == Seal.objects.order_by("number").last().head
    write()
    seal()
    assert len(path.read_text().splitlines()) == 2
    call_command("verify_audit", head=str(path), stdout=io.StringIO())
    tamper("DELETE FROM audit_seal WHERE number = 4")
    with pytest.raises(CommandError):
        call_command("verify_audit", head=str(path), stdout=io.StringIO())


@pytest.mark.parametrize("kept_in", ["file", "verification"])
def test_a_cut_tail_is_named_unasked_by_what_was_kept_of_it(
    db, settings, tmp_path, tamper, kept_in
):
    """Also when new seals have followed on the shorter chain."""
    if kept_in == "file":
        settings.PORTAL_AUDIT_HEAD_FILE = str(tmp_path / "head")
    for _ in range(3):
        write(5)
        seal()
    if kept_in == "verification":
        call_command("verify_audit", stdout=io.StringIO())
    tamper("DELETE FROM audit_seal WHERE number = 3")
    for more in range(2):
        said = io.StringIO()
        with pytest.raises(CommandError):
            call_command("verify_audit", stdout=said)
        assert "封存 3" in said.getvalue(), more
        write(5)
        seal()


def test_a_head_file_that_cannot_be_written_holds_up_nothing(db, settings, tmp_path, caplog):
    settings.PORTAL_AUDIT_HEAD_FILE = str(tmp_path)
    write()
    assert seal() == 1
    assert "was not kept: IsADirectoryError" in caplog.text


@pytest.mark.parametrize("text", ["", "12", "x" * 64, "a:" + "0" * 64, "3:" + "0" * 63])
def test_what_is_no_head_is_said(text):
    with pytest.raises(BadHead):
        Head.of(text)


def test_an_empty_trail_holds(db):
    assert (verify().faults, verify().head) == ([], "")
    assert named(verify(head=Head("0" * 64, 3)).faults, "尾部被截去")

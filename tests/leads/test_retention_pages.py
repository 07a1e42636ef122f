"""The pages of retention: schedule, batches, review, approval, log, and holds."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from audit.models import Action, AuditEntry
from jobs import services as jobs
from jobs.models import Job
from leads import due
from leads.conflicts import services as conflicts
from leads.disposals import carrying_out
from leads.disposals.models import DisposalBatch, LegalHold, RetentionRule
from leads.disposals.states import BatchState, OutcomeKind
from leads.models import Lead
from leads.states import Finding, Secrecy
from tests.leads.retention import CANARY, age, approved, proposed, reviewed

HOME = "/leads/disposals/"
SCHEDULE = f"{HOME}schedule/"
LOG = f"{HOME}log/"


@pytest.fixture(autouse=True)
def _folder(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def old(close):
    lead = close(Finding.DISPROVEN, title=f"{CANARY}标题", allegation=f"{CANARY}内容")
    return age(lead, 4)


def text(response) -> str:
    assert response.status_code == 200
    words = response.content.decode()
    assert CANARY not in words
    return words


def at(batch: DisposalBatch, name: str = "") -> str:
    return f"{HOME}{batch.pk}/{name}"


def run(batch: DisposalBatch) -> None:
    jobs.run(Job.objects.get(public_id=batch.job).pk)
    batch.refresh_from_db()


def test_leads_are_proposed_and_reviewed_one_by_one(people, client_for, old):
    """By the pages, and no word of the lead on any of them."""
    office = client_for(people.office)
    page = text(office.get(HOME))
    assert old.number in page
    assert "查否" in page
    form = {"submission": str(uuid.uuid4()), "lead": [old.pk, "x"]}
    sent = office.post(f"{HOME}propose/", form)
    batch = DisposalBatch.objects.get()
    assert sent.url == at(batch)
    assert office.post(f"{HOME}propose/", form).url == at(batch)
    assert "没有留存期满的线索" in text(office.get(HOME))
    item = batch.items.get()
    page = text(office.get(at(batch)))
    assert "3 年（平台预设）" in page
    # Nothing said yet.
    unsaid = office.post(at(batch, "review/"), {"version": 0, "submit": "1"})
    assert "还有 1 条没有复核意见" in text(unsaid)
    name = f"item-{item.pk}"
    wrong = {"version": 1, f"{name}-decision": "keep", f"{name}-reason": "要比对"}
    page = text(office.post(at(batch, "review/"), wrong))
    assert f"{old.number}：请填写今天以后的日期。" in page
    assert "要比对" in page
    batch.refresh_from_db()
    said = {"version": batch.version, f"{name}-decision": "dispose"}
    assert office.post(at(batch, "review/"), said).url == at(batch)
    stale = text(office.post(at(batch, "review/"), said))
    assert "刚刚在别处被修改过" in stale
    said |= {"version": batch.version + 1, "submit": "1"}
    assert office.post(at(batch, "review/"), said).url == at(batch)
    assert "等待主任乙批准" in text(office.get(at(batch)))


def test_a_second_person_approves_and_the_log_remains(people, client_for, old):
    office, director = client_for(people.office), client_for(people.director)
    batch = reviewed(people, old)
    page = text(director.get(at(batch)))
    assert "批准处置" in page
    given = {"version": batch.version}
    page = text(director.post(at(batch, "approve/"), given))
    assert "请核对后勾选" in page
    given["statement"] = "on"
    assert director.post(at(batch, "approve/"), given).url == at(batch)
    # A second click finds it done.
    again = director.post(at(batch, "approve/"), given, follow=True)
    assert "不能再批准处置" in text(again)
    batch.refresh_from_db()
    assert "后台逐条处置" in text(director.get(at(batch)))
    run(batch)
    page = text(director.get(at(batch)))
    assert "已处置" in page
    assert f"/leads/{old.number}/" not in page
    page = text(office.get(LOG))
    assert old.number in page
    assert batch.number in page
    assert office.get(f"/leads/{old.number}/").status_code == 404
    auditor = client_for(people.auditor)
    assert auditor.get(LOG).status_code == 403
    trail = auditor.get("/audit/", {"action": "lead_disposed"})
    assert old.number in text(trail)


def test_one_director_alone_is_told_who_is_missing(people, make_account, town, client_for, old):
    batch = proposed(people, old)
    director = client_for(people.director)
    assert "没有可以批准的人" not in text(director.get(at(batch)))
    name = f"item-{batch.items.get().pk}-decision"
    given = {"version": 0, name: "dispose", "submit": "1"}
    page = text(director.post(at(batch, "review/"), given, follow=True))
    assert "没有可以批准的人：批准须由没有提出、复核本批的主任办理" in page
    assert director.get(at(batch, "approve/")).status_code == 403
    make_account("second", town.office, "director", full_name="主任戊")
    batch.refresh_from_db()
    director.post(at(batch, "review/"), given | {"version": batch.version})
    assert "等待主任戊批准" in text(director.get(at(batch)))


def test_the_schedule_is_the_directors_and_says_whose_figures_it_starts_from(
    people, client_for, town
):
    office, director = client_for(people.office), client_for(people.director)
    page = text(office.get(SCHEDULE))
    assert "是本平台的参考值，不是规定" in page
    assert "期限由扫黑办主任修改" in page
    form = {}
    for kind, years in zip(OutcomeKind.values, ("", 4, 5, 3, 5), strict=True):
        form |= {f"{kind}-years": years, f"{kind}-version": 0}
    assert office.post(SCHEDULE, form).status_code == 403
    assert "请填写此项" in text(director.post(SCHEDULE, form))
    form["reason"] = "档案保管期限表"
    assert "不能大于 50" in text(director.post(SCHEDULE, form | {"disproven-years": 51}))
    assert director.post(SCHEDULE, form).url == SCHEDULE
    assert set(RetentionRule.objects.values_list("kind", "years")) == {
        ("proven", None),
        ("disproven", 4),
    }
    assert "已修改 2 项" in text(director.get(SCHEDULE))
    page = text(office.get(SCHEDULE))
    assert "长期留存" in page
    assert "档案保管期限表" in page
    late = director.post(SCHEDULE, form, follow=True)
    assert "刚刚在别处被修改过" in text(late)


def test_a_hold_is_set_and_lifted_from_the_lead(people, client_for, close):
    lead = age(close(Finding.PROVEN), 11)
    office, director = client_for(people.office), client_for(people.director)
    url = f"/leads/{lead.number}/hold/"
    assert url in text(office.get(f"/leads/{lead.number}/"))
    assert "请填写此项" in text(office.post(url, {"version": lead.version}))
    sent = office.post(url, {"version": lead.version, "note": "民事诉讼未审结"})
    assert sent.url == f"/leads/{lead.number}/"
    page = text(office.get(sent.url))
    assert "已暂停处置" in page
    assert f"{url}lift/" not in page
    assert "已暂停处置" in text(office.get(HOME))
    lead.refresh_from_db()
    again = office.post(url, {"version": lead.version, "note": "又"}, follow=True)
    assert "已经办理过" in text(again)
    lift = {"version": lead.version, "note": "已审结"}
    assert office.post(f"{url}lift/", lift).status_code == 403
    assert f"{url}lift/" in text(director.get(sent.url))
    assert director.post(f"{url}lift/", lift).url == sent.url
    assert LegalHold.objects.get().lifted_reason == "已审结"
    # The unit learns nothing of it.
    page = text(client_for(people.police).get(sent.url))
    assert "民事诉讼" not in page
    assert "暂停处置" not in page
    told = AuditEntry.objects.filter(action=Action.HOLD_CHANGED, object_label=lead.number)
    assert told.count() == 2


def test_a_restricted_lead_is_marked_for_who_cannot_read_its_words(people, client_for, old):
    batch = proposed(people, old)
    mark = "受限，内容由主任核对"
    assert mark not in text(client_for(people.office).get(at(batch)))
    Lead.objects.filter(pk=old.pk).update(restricted_at=timezone.now())
    assert mark in text(client_for(people.office).get(at(batch)))
    assert mark not in text(client_for(people.director).get(at(batch)))


def test_what_is_not_shown_to_a_person_is_counted_and_not_named(people, client_for, close, old):
    """Kept away from a lead, or outside its circle, they see that there is another one."""
    limited = age(close(Finding.DISPROVEN), 5)
    batch = reviewed(people, old, limited)
    conflicts.recuse(lead=old, actor=people.office, reason="亲属")
    Lead.objects.filter(pk=limited.pk).update(
        secrecy=Secrecy.LIMITED, registered_by=people.director
    )
    page = text(client_for(people.office).get(at(batch)))
    assert "另有 2 条不向您显示" in page
    assert old.number not in page
    assert limited.number not in page
    page = text(client_for(people.director).get(at(batch)))
    assert "不向您显示" not in page
    assert old.number in page


def test_blockers_stand_beside_each_lead_in_words(people, client_for, old):
    batch = reviewed(people, old)
    old.supplements.create(submission=uuid.uuid4(), way="phone", text="补", taken_by=people.office)
    client = client_for(people.director)
    assert "举报人的补充尚未阅处" in text(client.get(at(batch)))
    sent = client.post(at(batch, "approve/"), {"version": batch.version, "statement": "on"})
    assert f"{old.number}（举报人的补充尚未阅处）" in text(sent)
    back = {"version": batch.version, "note": "请先阅处"}
    assert client.post(at(batch, "send-back/"), back).url == at(batch)
    batch.refresh_from_db()
    assert batch.state == BatchState.PROPOSED
    client.post(at(batch, "withdraw/"), {"version": batch.version, "note": "不办"})
    assert "举报人的补充尚未阅处" in text(client.get(HOME))


def test_a_batch_that_stopped_is_gone_on_with(people, client_for, old):
    batch = approved(people, old)
    jobs.cancel(job=Job.objects.get(public_id=batch.job))
    office, director = client_for(people.office), client_for(people.director)
    assert "继续处置" not in text(office.get(at(batch)))
    assert "继续处置" in text(director.get(at(batch)))
    assert office.post(at(batch, "go-on/")).status_code == 403
    assert director.post(at(batch, "go-on/")).url == at(batch)
    batch.refresh_from_db()
    run(batch)
    assert batch.state == BatchState.DONE
    assert "不能再开始处置" in text(director.post(at(batch, "go-on/"), follow=True))


def test_lists_cost_the_same_however_long(people, client_for, close, old, subtests_queries):
    client = client_for(people.director)
    others = [age(close(Finding.DISPROVEN), 4) for _ in range(3)]
    subtests_queries(client, HOME, 30)
    batch = reviewed(people, old, *others)
    subtests_queries(client, at(batch), 35)
    batch.refresh_from_db()
    client.post(at(batch, "approve/"), {"version": batch.version, "statement": "on"})
    batch.refresh_from_db()
    carrying_out.carry_out(batch=batch, actor=people.director)
    subtests_queries(client, LOG, 20)
    assert due.today() - batch.items.first().kept_until >= dt.timedelta(0)


@pytest.fixture
def subtests_queries(django_assert_max_num_queries):
    def ask(client, url: str, most: int) -> None:
        with django_assert_max_num_queries(most):
            text(client.get(url))

    return ask

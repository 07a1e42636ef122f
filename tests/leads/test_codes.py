"""Query codes: shown once, kept as a hash, answered in words that are safe for the reporter."""

from __future__ import annotations

import re
import uuid

import pytest
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import DatabaseError, connection, transaction

from audit.machine import Conflict
from audit.models import Action, AuditEntry
from leads import services as leads
from leads.codes import asking, digits, hashing, services, tokens
from leads.codes.models import QueryCode, ReporterReply, Supplement
from leads.conflicts import services as conflicts
from leads.models import Channel, Lead
from leads.states import LeadState, ReporterKind
from messaging.models import Message
from tests.processes import at_once

SECRET = "a secret of one page"


@pytest.fixture
def coded(make_lead, people):
    """A lead, and the code that its reporter holds."""
    lead = make_lead()
    _, code = services.issue(lead=lead, actor=people.office, secret=SECRET)
    return lead, code


def page_token(response) -> str:
    return re.search(r'name="token" value="([^"]+)"', response.content.decode())[1]


def shown_code(response) -> str | None:
    found = re.search(r"data-code>([0-9 ]+)<", response.content.decode())
    return found and digits.read(found[1])


# Digits


def test_every_wrong_digit_and_every_exchange_of_neighbours_is_found():
    code = digits.whole(1234567890123456789)
    assert len(code) == 20
    for place, right in enumerate(code):
        for wrong in set("0123456789") - {right}:
            assert digits.read(code[:place] + wrong + code[place + 1 :]) is None
    for place in range(19):
        swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
        assert (digits.read(swapped) == swapped) is (code[place] == code[place + 1])


def test_a_code_is_read_however_it_is_typed():
    code = digits.whole(42)
    assert digits.grouped(code).count(" ") == 4
    wide = code.translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for typed in (code, digits.grouped(code), f" {code[:7]}-{code[7:]}\n", wide):
        assert digits.read(typed) == code
    for typed in ("", code[:-1], code + "0", "x" * 20, "²" * 20):
        assert digits.read(typed) is None


def test_codes_are_spread_over_all_digits():
    codes = {hashing.made_from(str(number)) for number in range(500)}
    assert len(codes) == 500
    assert {code[0] for code in codes} == set("0123456789")


# Handing out


def test_nothing_that_is_kept_tells_the_code(coded):
    lead, code = coded
    row = QueryCode.objects.get(lead=lead)
    assert asking.find(code) == row
    for table in ("leads_querycode", "leads_lead", "leads_leadevent", "audit_auditentry"):
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT t::text FROM {table} t")
            words = " ".join(text for (text,) in cursor.fetchall())
        assert code not in re.sub(r"[ -]", "", words)
        assert SECRET not in words


def test_a_code_is_found_under_an_older_key_and_lost_with_it(coded, settings):
    _, code = coded
    old, new = settings.PORTAL_FILE_KEYS, "2027:" + "QUJDREVGR0hJSktMTU5PUFFSU1RVVldYWVphYmNkZWY="
    settings.PORTAL_FILE_KEYS = f"{new},{old}"
    assert asking.find(code) is not None
    settings.PORTAL_FILE_KEYS = new
    assert asking.find(code) is None


def test_a_lead_logged_by_a_channel_with_codes_leads_to_the_code(client_for, people, town):
    Channel.objects.filter(code="hotline").update(gives_code=True)
    client = client_for(people.office)
    values = {
        "submission": uuid.uuid4(),
        "channel": Channel.objects.get(code="hotline").pk,
        "reporter_kind": ReporterKind.ANONYMOUS,
        "received_on": "2026-01-05",
        "title": "反映有人收费",
        "allegation": "反映有人收费。",
        "place": town.east.pk,
        "another": "1",
    }
    answer = client.post("/leads/new/", values)
    lead = Lead.objects.get()
    assert answer["Location"].startswith(f"/leads/{lead.number}/code/?another=1&")
    before = client.get(answer["Location"])
    assert shown_code(before) is None
    assert QueryCode.objects.count() == 0
    shown = client.post(answer["Location"], {"token": page_token(before)})
    code = shown_code(shown)
    assert asking.find(code).lead == lead
    # Only from there does it go on to the next.
    page = shown.content.decode()
    assert f"/leads/new/?channel={values['channel']}" in page
    assert "反映有人收费" not in page
    # A second click, or an answer that was lost on the way.
    assert shown_code(client.post(answer["Location"], {"token": page_token(before)})) == code
    assert QueryCode.objects.count() == 1


def test_a_lead_without_a_reporter_or_another_channel_goes_straight_on(client_for, people, town):
    client = client_for(people.office)
    for gives, kind in ((False, ReporterKind.ANONYMOUS), (True, ReporterKind.NONE)):
        Channel.objects.filter(code="hotline").update(gives_code=gives)
        values = {
            "submission": uuid.uuid4(),
            "channel": Channel.objects.get(code="hotline").pk,
            "reporter_kind": kind,
            "received_on": "2026-01-05",
            "title": "反映有人收费",
            "allegation": "反映有人收费。",
        }
        answer = client.post("/leads/new/", values)
        assert re.fullmatch(r"/leads/[A-Z0-9-]+/", answer["Location"])


def test_a_code_is_shown_to_nobody_again(coded, client_for, people):
    lead, code = coded
    for name in ("office", "director"):
        client = client_for(getattr(people, name))
        for url in (f"/leads/{lead.number}/", f"/leads/{lead.number}/code/", "/leads/codes/"):
            page = client.get(url).content.decode()
            assert code not in page
            assert digits.grouped(code) not in page


def test_a_page_shows_its_code_to_its_own_person_for_its_own_lead(client_for, people, make_lead):
    lead, other = make_lead(), make_lead()
    url = f"/leads/{lead.number}/code/"
    token = page_token(client_for(people.office).get(url))
    assert client_for(people.director).post(url, {"token": token}).status_code == 302
    assert (
        client_for(people.office).post(f"/leads/{other.number}/code/", {"token": token}).status_code
        == 302
    )
    assert client_for(people.office).post(url, {"token": token + "x"}).status_code == 302
    assert QueryCode.objects.count() == 0


def test_a_new_code_needs_a_reason_and_ends_the_old_one(coded, client_for, people):
    lead, old = coded
    client, url = client_for(people.director), f"/leads/{lead.number}/code/"
    token = page_token(client.get(url))
    refused = client.post(url, {"token": token, "note": " "})
    assert "请写明补发的理由" in refused.content.decode()
    assert QueryCode.objects.count() == 1
    new = shown_code(client.post(url, {"token": token, "note": "举报人遗失"}))
    assert new != old
    assert asking.find(old) is None
    assert asking.find(new).lead == lead
    row = QueryCode.objects.exclude(revoked_at=None).get()
    assert (row.revoked_by, row.revoked_reason) == (people.director, "举报人遗失")
    told = AuditEntry.objects.filter(action=Action.CODE_ISSUED).first()
    assert told.object_label == lead.number
    assert told.reason == f"{QueryCode.objects.get(revoked_at=None).serial} 举报人遗失"
    assert lead.events.last().verb_label == "补发查询码"


def test_who_logged_a_lead_hands_out_the_first_code_and_no_other(make_lead, people):
    lead = make_lead(actor=people.east)
    services.issue(lead=lead, actor=people.east, secret="one")
    with pytest.raises(PermissionDenied):
        services.issue(lead=lead, actor=people.east, secret="two", reason="遗失")
    with pytest.raises(PermissionDenied):
        services.issue(lead=make_lead(), actor=people.police, secret="three")


def test_no_code_without_a_reporter(make_lead, people):
    lead = make_lead(reporter_kind=ReporterKind.NONE)
    with pytest.raises(Conflict):
        services.issue(lead=lead, actor=people.office, secret=SECRET)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE leads_querycode SET digest = 'x'",
        "UPDATE leads_querycode SET lead_id = lead_id + 1",
        "DELETE FROM leads_querycode",
        "UPDATE leads_querycode SET revoked_at = now()",
    ],
)
def test_the_database_keeps_codes_as_they_were_issued(coded, change, as_owner):
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(change)


# Asking

WORDS = {
    LeadState.REGISTERED: "已登记",
    LeadState.ACCEPTED: "正在办理",
    LeadState.DECLINED: "不予受理",
    LeadState.ASSESSED: "正在办理",
    LeadState.ASSIGNED: "正在办理",
    LeadState.VERIFYING: "正在办理",
    LeadState.REPORTED_BACK: "正在办理",
    LeadState.AWAITING_CLOSURE: "正在办理",
    LeadState.CLOSED: "已办结",
    LeadState.REFERRED: "正在办理",
}


def test_a_code_tells_one_of_four_words(make_lead):
    lead = make_lead()
    for state, word in WORDS.items():
        lead.state = state
        assert asking.standing_of(lead).label == word


def test_a_lead_put_away_stands_as_before_and_a_merged_one_as_what_it_went_into(
    make_lead, people, coded
):
    declined = make_lead()
    declined = leads.decline(
        lead=declined, actor=people.office, note="不属于受理范围", expected_version=0
    )
    put_away = leads.archive(lead=declined, actor=people.office, expected_version=declined.version)
    assert asking.standing_of(put_away).label == "不予受理"
    lead, code = coded
    leads.merge(
        lead=lead,
        into=declined_into(make_lead),
        actor=people.office,
        note="同一件事",
        expected_version=lead.version,
    )
    assert asking.answer_of(asking.find(code)).label == "已登记"


def declined_into(make_lead):
    return make_lead(title="同一件事")


def test_a_clerk_reads_out_the_word_and_no_number(coded, client_for, people):
    lead, code = coded
    page = client_for(people.office).post("/leads/codes/", {"code": digits.grouped(code)})
    words = page.content.decode()
    assert "<strong>已登记</strong>" in words
    for secret in (lead.number, lead.title, lead.allegation, code, digits.grouped(code)):
        assert secret not in words
    entry = AuditEntry.objects.filter(action=Action.CODE_QUERIED).get()
    assert (entry.actor, entry.object_label) == (people.office, QueryCode.objects.get().serial)
    assert code not in entry.reason


def test_who_must_keep_away_is_told_the_same_as_everybody(coded, client_for, people):
    lead, code = coded
    told = client_for(people.director).post("/leads/codes/", {"code": code}).content.decode()
    conflicts.recuse(lead=lead, actor=people.office, reason="亲属。")
    kept = client_for(people.office).post("/leads/codes/", {"code": code}).content.decode()

    def body(page: str) -> str:
        main = page[page.index("<main") : page.index("</main>")]
        return re.sub(r'value="[^"]+"', "", main)

    assert body(kept) == body(told)


def test_a_code_of_another_town_is_unknown(coded, far_people):
    _, code = coded
    with pytest.raises(asking.Unknown):
        asking.answer_clerk(actor=far_people.office, code=code)


def test_wrong_codes_are_on_record_and_end_after_five(coded, client_for, people):
    _, code = coded
    client = client_for(people.office)
    for number in range(5):
        page = client.post("/leads/codes/", {"code": digits.whole(number)}).content.decode()
        assert "没有这个查询码" in page
    assert AuditEntry.objects.filter(action=Action.CODE_WRONG, reason="").count() == 5
    assert "次数过多" in client.post("/leads/codes/", {"code": code}).content.decode()
    # A colleague at another desk is not kept waiting, and what cannot be a code is no try.
    other = client_for(people.director)
    assert "20 位数字" in other.post("/leads/codes/", {"code": "123"}).content.decode()
    answer = other.post("/leads/codes/", {"code": code}, REMOTE_ADDR="10.0.0.9")
    assert "已登记" in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_of_wrong_codes_at_once_no_more_are_taken_than_one_after_another(people):
    def attempt() -> str:
        try:
            asking.answer_clerk(actor=people.office, code=digits.whole(7))
        except (asking.Unknown, asking.TooMany) as refused:
            return type(refused).__name__
        return "answered"

    outcomes = at_once([attempt] * 12)
    assert sorted(outcomes) == ["TooMany"] * 7 + ["Unknown"] * 5
    assert AuditEntry.objects.filter(action=Action.CODE_WRONG).count() == 5


# What is added


def add(lead, actor, text="另有两人参与。", **values):
    given = {"submission": uuid.uuid4(), "way": "phone"} | values
    return services.supplement(lead=lead, actor=actor, text=text, **given)


def test_a_clerk_adds_what_the_reporter_says_once(coded, client_for, people):
    lead, code = coded
    client = client_for(people.office)
    token = page_token(client.post("/leads/codes/", {"code": code}))
    values = {"token": token, "way": "phone", "text": "<b>另有</b>两人参与。"}
    for _ in range(2):
        assert client.post("/leads/codes/supplement/", values).status_code == 302
    assert list(lead.supplements.values_list("way", "text", "taken_by")) == [
        ("phone", "<b>另有</b>两人参与。", people.office.pk)
    ]
    assert lead.events.filter(verb="supplement").count() == 1
    page = client.get(f"/leads/{lead.number}/").content.decode()
    assert "&lt;b&gt;另有&lt;/b&gt;两人参与。" in page
    assert "阅处举报人补充" in page
    letter = Message.objects.get(recipient=people.director, kind="lead_supplemented")
    assert letter.title == f"举报人补充了情况（{lead.number}）"
    assert "另有" not in letter.body


def test_a_wrong_addition_keeps_what_was_typed(coded, client_for, people):
    lead, code = coded
    client = client_for(people.office)
    token = page_token(client.post("/leads/codes/", {"code": code}))
    page = client.post("/leads/codes/supplement/", {"token": token, "way": "", "text": "另有两人"})
    assert "另有两人" in page.content.decode()
    assert client.post("/leads/codes/supplement/", {"token": "x"})["Location"] == "/leads/codes/"
    someone = client_for(people.director).post(
        "/leads/codes/supplement/", {"token": token, "way": "phone", "text": "另有两人"}
    )
    assert someone["Location"] == "/leads/codes/"
    assert lead.supplements.count() == 0


def test_units_read_an_addition_once_the_office_has_passed_it_on(make_assigned, client_for, people):
    lead = make_assigned()
    added, _ = add(lead, people.office, "派出所有人通风报信。")
    police, url = client_for(people.police), f"/leads/{lead.number}/"
    page = police.get(url).content.decode()
    assert "通风报信" not in page
    assert "举报人补充" not in page
    assert police.post(f"/leads/supplements/{added.pk}/read/").status_code == 404
    client = client_for(people.office)
    client.post(f"/leads/supplements/{added.pk}/read/")
    assert "通风报信" not in police.get(url).content.decode()
    other, _ = add(lead, people.office, "摊位换到了西头。")
    client.post(f"/leads/supplements/{other.pk}/read/", {"share": "1"})
    page = police.get(url).content.decode()
    assert "摊位换到了西头" in page
    assert "通风报信" not in page
    assert "摊位换到了西头" not in client_for(people.town_leader).get(url).content.decode()


def test_an_unread_addition_is_the_offices_to_do(make_assigned, people):
    lead = make_assigned()
    waiting = lambda user: set(Lead.objects.waiting_for(user))  # noqa: E731
    assert lead not in waiting(people.office)
    added, _ = add(lead, people.office)
    assert lead in waiting(people.office)
    assert lead in waiting(people.police)  # as before: to sign for
    services.read_supplement(supplement=added, actor=people.office, share=False)
    assert lead not in waiting(people.office)
    with pytest.raises(Conflict):
        services.read_supplement(supplement=added, actor=people.director, share=True)
    with pytest.raises(PermissionDenied):
        services.read_supplement(supplement=added, actor=people.police, share=True)


def test_an_addition_is_not_in_the_search(coded, people):
    lead, _ = coded
    add(lead, people.office, "关键的独特词语")
    assert not Lead.objects.visible_to(people.office).containing("独特词语").exists()


def test_an_addition_keeps_its_limits_and_its_words(coded, people, as_owner):
    lead, _ = coded
    for text in ("", "  ", "长" * 5001):
        with pytest.raises(ValidationError):
            add(lead, people.office, text)
    add(lead, people.office)
    for change in ("SET text = 'x'", "SET way = 'web'"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE leads_supplement {change}")
    assert Supplement.objects.count() == 1


# What is answered


def test_the_office_says_what_a_code_tells(coded, client_for, people):
    lead, code = coded
    client, url = client_for(people.office), f"/leads/{lead.number}/reply/"
    client.post(url, {"version": lead.version, "words": "请补充具体时间。"})
    assert asking.answer_of(asking.find(code)).reply.words == "请补充具体时间。"
    assert "请补充具体时间。" in client.post("/leads/codes/", {"code": code}).content.decode()
    client.post(url, {"version": lead.version + 1, "words": ""})
    assert asking.answer_of(asking.find(code)).reply is None
    assert ReporterReply.objects.count() == 2


def test_a_token_is_for_one_purpose(people):
    token = tokens.fresh("add", actor=people.office, about=1)
    assert tokens.opened("issue", token, actor=people.office, max_age=60) is None
    assert tokens.opened("add", token, actor=people.office, max_age=60)[0] == 1

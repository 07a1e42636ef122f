"""Nothing invisible in one line changes how another reads; several lines else stay as typed."""

from __future__ import annotations

import uuid

import pytest
from django import forms
from django.urls import reverse

from departments.models import Account
from files.kinds import KINDS
from files.names import clean_name
from leads import due
from leads.models import Channel, Lead
from pages.texts import one_line

TURNING = [*map(chr, range(0x202A, 0x202F)), *map(chr, range(0x2066, 0x206A))]
UNSEEN = [*TURNING, *"\u200b\u200c\u200d\u200e\u200f\u00ad\u061c\u2060\ufeff\u180e\u3164\u2800"]


class Typed(forms.Form):
    line = forms.CharField(max_length=4)
    lines = forms.CharField(widget=forms.Textarea, required=False)
    secret = forms.CharField(strip=False, required=False)


def typed(**values: str) -> Typed:
    return Typed({"line": "甲", "lines": "", "secret": ""} | values)


@pytest.mark.parametrize("sign", UNSEEN)
def test_in_one_line_what_nobody_sees_goes(sign):
    form = typed(line=f" {sign}张{sign}某{sign} ")
    assert form.is_valid()
    assert form.cleaned_data["line"] == "张某"
    assert typed(line=f" {sign} ").errors["line"]  # there is nothing in it


@pytest.mark.parametrize(
    "text",
    [
        "张某",
        "Zhang",
        "㐂𠮷",
        "葛\U000e0100",
        "١٢ عبد",
        "é ñ",
        "👮",
        "👨\u200d👩\u200d👧",
        "❤\ufe0f\u200d🔥",
    ],
)
def test_what_is_seen_stays(text):
    assert one_line(text) == text


def test_separators_of_lines_become_spaces():
    assert one_line("甲\u2028乙\u2029丙") == "甲 乙 丙"


@pytest.mark.parametrize("sign", TURNING)
def test_no_text_of_several_lines_turns_words_round(sign):
    form = typed(lines=f"第一行\n电话{sign}138{sign}某事")
    assert form.is_valid()
    assert form.cleaned_data["lines"] == "第一行\n电话138某事"


def test_else_a_text_of_several_lines_stays_as_it_was_typed():
    text = "第一行\r\n\r\n  第二行\u200b，👨‍👩‍👧 一家\u00a0。"
    form = typed(lines=text)
    assert form.is_valid()
    assert form.cleaned_data["lines"] == text


def test_a_password_keeps_every_sign():
    form = typed(secret=" a\u200bb ")
    assert form.is_valid()
    assert form.cleaned_data["secret"] == " a\u200bb "


def lead_form(people, **values: str) -> dict[str, str]:
    return {
        "submission": str(uuid.uuid4()),
        "draft_version": "0",
        "owner": str(people.office.pk),
        "channel": str(Channel.objects.get(code="hotline").pk),
        "reporter_kind": "anonymous",
        "received_on": due.today().isoformat(),
        "title": "反映收费",
        "allegation": "反映人称有人收取费用。",
    } | values


def test_a_lead_reads_as_it_was_typed(people, client_for):
    office = client_for(people.office)
    form = lead_form(people, title="反映\u202e费收\u200b", allegation="甲\u200d乙\n\u202e丙")
    assert office.post("/leads/new/", form).status_code == 302
    lead = Lead.objects.get()
    assert (lead.title, lead.allegation) == ("反映费收", "甲\u200d乙\n丙")


def test_an_account_has_no_unseen_sign_in_its_name(people, client_for, town):
    client = client_for(people.sysadmin)
    page = client.get(reverse("access:person_new"))
    form = page.context["form"]
    values = {field.html_name: field.value() or "" for field in form}
    values |= {"username": "wang\u200bwu", "full_name": "王\u202e五", "unit": str(town.civil.pk)}
    values |= {"role": "liaison", "email": "w@example.invalid", "reason": "新增"}
    client.post(reverse("access:person_new"), values)
    made = Account.objects.exclude(pk__in=[one.pk for one in people.everyone()]).latest("pk")
    assert (made.username, made.full_name) == ("wangwu", "王五")


def test_an_attachment_is_named_without_them():
    name = clean_name("现场\u202egnp.exe\u2066\u200b.png", KINDS["png"])
    assert name == "现场gnp.exe.png"

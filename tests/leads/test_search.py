"""Words are found, and only where they stand."""

import pytest

from leads.models import Lead


@pytest.fixture
def leads(make_lead):
    return {
        "market": make_lead(title="强买强卖", allegation="集市里有人强买、强卖，收取保护费。"),
        "sand": make_lead(title="河道采砂", allegation="夜间有人在河道里采砂，ＡＢＣ车队运输。"),
        "apart": make_lead(title="费用问题", allegation="保护森林需要护费用支出。"),
    }


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("采砂", {"sand"}),
        ("强卖", {"market"}),
        ("强买强卖", {"market"}),  # the text has a comma between the two
        ("保护费", {"market"}),  # "apart" has both pairs, but not the word
        ("保护", {"market", "apart"}),
        ("采砂 车队", {"sand"}),
        ("采砂 强卖", set()),
        ("砂", {"sand"}),
        ("abc车队", {"sand"}),  # full-width letters
        ("沙场", set()),
        ("。，", {"market", "sand", "apart"}),  # nothing to look for
        ("'; DROP TABLE leads_lead; --", set()),
        ("a:* | !b & \\", {"sand"}),  # operators are no operators
    ],
)
def test_finds_words(leads, words, found):
    numbers = {lead.number: name for name, lead in leads.items()}
    assert {numbers[lead.number] for lead in Lead.objects.containing(words)} == found


def test_finds_a_lead_by_its_number(leads):
    number = leads["sand"].number
    assert [lead.number for lead in Lead.objects.containing(number)] == [number]


def test_common_words_give_the_same_as_rare_ones(leads, monkeypatch):
    monkeypatch.setattr("leads.search.OFTEN", 0)
    assert {lead.title for lead in Lead.objects.containing("保护费")} == {"强买强卖"}


def test_edited_text_is_found_and_the_old_one_is_not(leads):
    Lead.objects.filter(pk=leads["sand"].pk).update(allegation="夜间倾倒渣土。", title="渣土")
    assert not Lead.objects.containing("采砂").exists()
    assert Lead.objects.containing("渣土").count() == 1

"""What people write into cells."""

import datetime as dt

import pytest

from leads.imports import values
from leads.imports.fields import guess, tells_the_reporter
from leads.imports.values import Choices, Wrong


@pytest.mark.parametrize(
    "written",
    [
        {"date": "2019-05-03"},
        43588,
        43588.75,
        "43588",
        "2019.5.3",
        "2019.05.03",
        "2019-5-3",
        "2019/5/3",
        "2019年5月3日",
        "2019年05月03日",
        "2019 年 5 月 3 日",
        "２０１９年５月３日",
        "２０１９．５．３",
        "\u30002019.5.3\u3000",
        "2019.5.3 14:30",
        "2019-05-03T14:30:00",
        "2019年5月3日14时30分",
        "20190503",
        20190503,
        "19.5.3",
        "5月3日",
        "５月３号",
    ],
)
def test_days(written):
    assert values.day(written, year=2019) == dt.date(2019, 5, 3)


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("五月", "不是能识别的日期"),
        ("2019年5月", "不是能识别的日期"),
        (5.3, "不是能识别的日期"),
        ("5.3", "不是能识别的日期"),
        ("2019.5.3-2019.6.1", "不是能识别的日期"),
        (True, "不是能识别的日期"),
        ({"error": "#REF!"}, "不是能识别的日期"),
        ("2019.2.29", "没有这一天"),
        ("2019.13.1", "没有这一天"),
        ("2月30日", "没有这一天"),
        ("2027.1.1", "日期晚于今天"),
        ("1949-10-01", "日期早于 1990 年"),
    ],
)
def test_what_is_no_day(written, words):
    with pytest.raises(Wrong) as wrong:
        values.past_day(written, year=2019, today=dt.date(2026, 11, 24))
    assert wrong.value.words == words
    assert wrong.value.advice


@pytest.mark.parametrize("written", ["是", "√", " 是 ", "Ｙ", True, 1, "重大", "有"])
def test_yes(written):
    assert values.yes(written) is True


@pytest.mark.parametrize("written", ["否", "", None, "×", "无", False, 0, "一般"])
def test_no(written):
    assert values.yes(written) is False


def test_neither_yes_nor_no():
    with pytest.raises(Wrong):
        values.yes("也许")


@pytest.mark.parametrize(
    ("written", "found"),
    [
        ("张某、李某", ["张某", "李某"]),
        ("张某，李某;王某；赵某/钱某\n孙某", ["张某", "李某", "王某", "赵某", "钱某", "孙某"]),
        ("张某、张某", ["张某"]),
        ("\u3000张 某\u3000", ["张 某"]),
        ("无", []),
        ("不详", []),
        (None, []),
        ("、，", []),
    ],
)
def test_names(written, found):
    assert values.names(written) == found


def test_choices_do_not_mind_spaces_width_and_brackets():
    channels = Choices([("举报电话", 1), ("12337（仅登记编号）", 2)], "来源渠道")
    assert [channels.get(words) for words in ("举报 电话", "举报电话\u3000", "１２３３７")] == [
        1,
        1,
        2,
    ]
    with pytest.raises(Wrong) as wrong:
        channels.get("举报电活")
    assert wrong.value.words == "不在“来源渠道”的名单中"
    assert wrong.value.advice == "是否为“举报电话”？"


def test_a_loose_list_takes_a_part_of_one_name_alone():
    names = [("举报电话", 1), ("村居排查", 2), ("公安排查", 3)]
    assert Choices(names, "来源渠道", loose=True).get("电话") == 1
    for words, loose in [("电话", False), ("排查", True), ("举", True), ("举报电话机", True)]:
        assert Choices(names, "来源渠道", loose=loose).find(words) is None


@pytest.mark.parametrize(
    ("heading", "code"),
    [
        ("登记日期", "received"),
        ("登记时间（年/月/日）", "received"),
        (" 线 索\u3000来 源 ", "channel"),
        ("实名/匿名", "reporter_kind"),
        ("线索内容", "allegation"),
        ("主要内容*", "allegation"),
        ("被举报人", "subjects"),
        ("包案领导", "leader"),
        ("天气", ""),
    ],
)
def test_headings(heading, code):
    assert guess(heading) == code


@pytest.mark.parametrize(
    ("heading", "is_reporter"),
    [
        ("举报人", True),
        ("举报人姓名", True),
        ("举报人（电话）", True),
        ("联系电话", True),
        ("反映人 姓名", True),
        ("身份证号码", True),
        ("被反映人", False),
        ("被举报人联系电话", False),
        ("反映内容", False),
        ("承办人", False),
    ],
)
def test_columns_that_tell_who_reported(heading, is_reporter):
    assert tells_the_reporter(heading) is is_reporter

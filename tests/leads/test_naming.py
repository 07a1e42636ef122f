"""What is taken for a lead's number in a text, and what is not."""

from __future__ import annotations

import time

import pytest

from leads.naming import names_a_lead


@pytest.mark.parametrize(
    "said",
    [
        "YSZ-2026-00113",
        "ysz-2026-00113",
        "YSZ－2026－00113",  # full-width
        "YSZ—2026—00113",  # em
        "YSZ–2026–00113",  # en
        "YSZ−2026−00113",  # minus
        "YSZ‐2026‑00113",  # hyphen, and one that does not break
        "YSZ─2026─00113",  # drawn
        "YSZ——2026——00113",
        "YSZ一2026一00113",  # the numeral, typed for the dash
        "ＹＳＺ２０２６００１１３",
        "ysz 2026 00113",
        "ysz\u30002026\u300000113",
        "YSZ - 2026 - 00113",
        "YSZ202600113",
        "YSZ2026-00113",
        "YSZ-202600113",
        "YSZ_2026_00113",
        "YSZ/2026/00113",
        "YSZ〔2026〕00113号",
        "YSZ\u200b-2026-\u200b00113",
        "Y\u00adSZ-2026-001\u00ad13",
        "TOWN2-2026-00113",
        "320583-2026-00113",
        "320583—2026—12345",
        "2026-00113",
        "2026 00113",
        "202600113",
        "〔2026〕00113号",
        "2026年第00113号",
        "第00113号",
        "第 00113 号",
        "第１２３４５号",
        "00113号线索",
        "线索00113",
        "线索编号：00113",
        "见YSZ-2026-00113。",
    ],
)
def test_a_number_is_known_however_it_is_spelt(said):
    assert names_a_lead(f"请核查{said}，抓紧反馈。")


@pytest.mark.parametrize(
    "said",
    [
        "11月27日 12:00",
        "2026年第47周（11月21日—11月27日）",
        "2026-11-27 09:30:00",
        "2026/11/27",
        "20261127",
        "2026年1月1日至2026年11月30日",
        "2025—2026年共发放宣传单12000份",
        "2026年，10000人次参加",
        "奖励2000—20000元",
        "罚金12.05000万元",
        "0512-66012345",
        "（0512）6601 2345",
        "0086-512-66012345",
        "13812345678",
        "12337举报平台",
        "举报线索请拨12337",
        "线索 12345 件",
        "320583199001011234",
        "东联扫黑办〔2026〕3号",
        "东联扫黑办〔2026〕113号",
        "东府发[2026]第12号",
        "第113号",
        "〔2026〕第47期",
        "GB/T 9704-2012",
        "Office 2019、WPS 2019",
        "邮编 215300",
        "{单位}{周次}周报目前为“{状态}”，已过截止时间（{截止时间}）。",
    ],
)
def test_ordinary_text_raises_no_alarm(said):
    assert not names_a_lead(f"请注意：{said}，按时报送。")


@pytest.mark.parametrize("said", ["A", "9", "-", "A-", "2026-", "线索", "第"])
def test_a_long_text_is_read_at_once(said):
    began = time.monotonic()
    names_a_lead(said * 20_000)
    assert time.monotonic() - began < 1

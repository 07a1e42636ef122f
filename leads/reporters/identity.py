"""What is known of a reporter, and how a phone or ID number is compared."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Collection
from dataclasses import asdict, dataclass, fields

from django.core.exceptions import ValidationError

from leads.states import ReporterKind

LIMITS = {"name": 60, "phone": 40, "id_number": 30, "address": 200, "note": 300}
MOBILE = re.compile(r"1[3-9]\d{9}")
LANDLINE = re.compile(r"(?:0\d{2,3})?[2-9]\d{6,7}")
ID_18, ID_15 = re.compile(r"\d{17}[\dX]"), re.compile(r"\d{15}")
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
CHECK_DIGITS = "10X98765432"
#: What people put between digits.
BETWEEN = re.compile(r"[\s\-‐-―·.()]+")


@dataclass(frozen=True)
class Identity:
    """One person who reported, as told. Nothing prints it: a log shows an object's `repr`."""

    name: str = ""
    phone: str = ""
    id_number: str = ""
    address: str = ""
    note: str = ""

    def __repr__(self) -> str:
        return "Identity(…)"

    __str__ = __repr__

    def dump(self) -> bytes:
        return json.dumps(asdict(self), ensure_ascii=False).encode()

    @classmethod
    def load(cls, plain: bytes) -> Identity:
        told = json.loads(plain)
        return cls(**{field.name: told.get(field.name, "") for field in fields(cls)})


def require_named(reporter_kind: str, reporters: Collection[Identity]) -> None:
    """ValidationError where a name came with a report that is said to have none."""
    if reporters and reporter_kind != ReporterKind.NAMED:
        raise ValidationError(
            {
                "reporter_kind": "填写了举报人信息的，举报方式应为“实名”；"
                "不是实名的，请清空举报人信息。"
            }
        )


def plain_phone(text: str) -> str:
    """The digits of a phone number, whichever way they were written; without the country's 86."""
    digits = re.sub(r"\D", "", _narrow(text))
    for prefix in ("0086", "86"):
        if digits.startswith(prefix) and MOBILE.fullmatch(digits.removeprefix(prefix)):
            return digits.removeprefix(prefix)
    return digits


def plain_id(text: str) -> str:
    """An ID number in its form of 18 signs: an old one of 15 digits gets century and check."""
    number = _narrow(text).upper().replace("×", "X")
    if ID_15.fullmatch(number):
        body = f"{number[:6]}19{number[6:]}"
        return body + check_digit(body)
    return number


def check_digit(body: str) -> str:
    """The 18th sign that belongs to the first 17."""
    total = sum(int(digit) * weight for digit, weight in zip(body, WEIGHTS, strict=True))
    return CHECK_DIGITS[total % 11]


def doubt_of_phone(text: str) -> str:
    """Why a phone number looks wrong, in words; empty when it does not, or there is none."""
    digits = plain_phone(text)
    if not text.strip() or MOBILE.fullmatch(digits) or LANDLINE.fullmatch(digits):
        return ""
    return "电话不像手机号（11 位）或带区号的座机号"


def doubt_of_id(text: str) -> str:
    """The same of an ID number: 18 signs with their check digit, or the old 15 digits."""
    number = plain_id(text)
    if not text.strip():
        return ""
    if not ID_18.fullmatch(number):
        return "身份证号应为 18 位（旧证 15 位）"
    if check_digit(number[:17]) != number[17]:
        return "身份证号的校验位不对，可能记错了一位"
    return ""


def _narrow(text: str) -> str:
    return BETWEEN.sub("", unicodedata.normalize("NFKC", text)).removeprefix("+")

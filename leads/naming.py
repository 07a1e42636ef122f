"""Whether a text names a lead: asked of what many read, who may not know of it.

By the form of a number alone. Whether there is such a lead is not asked, so that trying numbers
tells nothing.
"""

from __future__ import annotations

import re
import unicodedata

#: All that is typed for a hyphen, the numeral 一 among it.
DASH = "[-‐‑‒–—―−⁃─━_一ー]"
#: What may stand between the parts of a number: dashes, spaces, brackets, dots; no punctuation
#: that divides sentences or lists.
GAP = rf"(?:{DASH}|[^\w,。;、!?])"
YEAR = r"(?:19|20)\d\d"
YEAR_NO = rf"{GAP}{{0,3}}年?{GAP}{{0,3}}第?{GAP}{{0,3}}"
#: As `intake.next_numbers` gives them out: the town's code, the year, five digits. Without a code
#: dates, sums and telephone numbers look alike; there the digits must begin with 0, as they do
#: until a town's year has ten thousand leads, or stand between 第 and 号.
NUMBER = re.compile(
    "|".join(
        (
            rf"[A-Z]\d{{0,9}}{GAP}{{0,3}}{YEAR}{YEAR_NO}\d{{5}}(?!\d)",
            rf"\d\s?{DASH}{{1,2}}\s?{YEAR}\s?{DASH}{{1,2}}\s?\d{{5}}(?!\d)",
            rf"(?<!\d){YEAR}(?:00\d{{3}}|(?=\D){YEAR_NO}0\d{{4}})(?!\d)",
            rf"第{GAP}{{0,2}}\d{{5}}{GAP}{{0,2}}号",
            r"(?<![\d.,])0\d{4}\s?号",
            rf"(?:线索|编号|号){GAP}{{0,3}}0\d{{4}}(?![\d.])",
        )
    )
)


def names_a_lead(text: str) -> bool:
    """Whether something in `text` looks like a lead's number, however it is spelt."""
    return NUMBER.search(_folded(text)) is not None


def _folded(text: str) -> str:
    """In capitals, of one width, without what is not seen."""
    seen = unicodedata.normalize("NFKC", text).upper()
    return "".join(char for char in seen if unicodedata.category(char) != "Cf")

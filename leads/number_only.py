"""Channels whose leads the portal keeps a number of, and no words: 12337 and the like.

What was reported there stays there. A channel is one of these by its flag `number_only`.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError

#: Stands where the allegation would.
ALLEGATION = "本线索只登记编号，反映内容请凭编号在原平台查看，本系统不录入。"
#: What a reporter or a platform says in words; of these leads none of it is kept.
WORDS = ("title", "allegation", "place_detail")
NUMBER_MISSING = "该渠道的线索只登记编号，请填写编号。"


def settle(fields: dict[str, Any]) -> dict[str, Any]:
    """The fields of a lead as they may be kept: without words where its channel keeps none.

    ValidationError when such a channel comes without the number.
    """
    channel = fields.get("channel")
    if channel is None or not channel.number_only:
        return fields
    number = str(fields.get("external_number") or "").strip()
    if not number:
        raise ValidationError({"external_number": NUMBER_MISSING})
    kept = {
        "external_number": number,
        "title": f"平台线索 {number}",
        "allegation": ALLEGATION,
        "place_detail": "",
    }
    return fields | kept

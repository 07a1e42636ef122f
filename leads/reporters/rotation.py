"""Sealing anew what older keys sealed, and checking that everything can be read.

Both go row by row and hold no row longer than it takes: the portal is in use meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.db import transaction

from files.sealed import COLUMNS
from files.sealing import Unreadable
from leads.models import LeadDraft, Reporter, ReporterRevision
from leads.reporters.identity import Identity, plain_id, plain_phone
from leads.reporters.models import SEALED
from leads.reporters.sealing import VAULT, blind

#: Rows sealed anew in one transaction.
BATCH = 100


def tables() -> tuple[tuple[Any, tuple[str, ...]], ...]:
    """What holds sealed words, with the columns that sealing writes."""
    return (
        (Reporter.objects.all(), SEALED),
        (ReporterRevision.objects.select_related("reporter"), COLUMNS),
        (LeadDraft.objects.all(), COLUMNS),
    )


def rotate(*, batch: int = BATCH) -> Iterator[tuple[int, list[str]]]:
    """Seal anew all that is not under the current key and cipher, batch by batch.

    Yields after each batch how many rows it did, and what it could not read, in words. Stopped
    and started again it goes on where it was; what is written meanwhile is current already.
    """
    for rows, columns in tables():
        last = 0
        while True:
            with transaction.atomic():
                waiting = rows.outdated().filter(pk__gt=last).order_by("pk")
                found = list(waiting.select_for_update(of=("self",))[:batch])
                faults = [fault for row in found if (fault := _seal_anew(row, columns))]
            if not found:
                break
            last = found[-1].pk
            yield len(found) - len(faults), faults


def _seal_anew(row: Any, columns: tuple[str, ...]) -> str:
    """Why the row could not be sealed anew; empty when it was."""
    try:
        plain = row.unseal()
    except Unreadable as unreadable:
        return f"{_name(row)} {unreadable}"
    if isinstance(row, Reporter):
        row.put(Identity.load(plain))
    else:
        row.seal(plain.rstrip(b" "))
    row.save(update_fields=columns)
    return ""


def verify() -> Iterator[str]:
    """Read every row; yields for each what is wrong with it, in words, empty for a good one."""
    for rows, _ in tables():
        for row in rows.order_by("pk").iterator(chunk_size=500):
            if row.sealed:
                fault = _fault(row)
                yield f"{_name(row)} {fault}" if fault else ""


def _fault(row: Any) -> str:
    try:
        plain = row.unseal()
    except Unreadable as unreadable:
        return str(unreadable)
    if not isinstance(row, Reporter):
        return ""
    if row.index_key_id not in VAULT.ring.keys:
        return f"索引用密钥“{row.index_key_id}”，系统目前没有配置这个密钥。"
    identity = Identity.load(plain)
    wanted = (
        blind("phone", plain_phone(identity.phone), row.index_key_id),
        blind("id", plain_id(identity.id_number), row.index_key_id),
    )
    return "" if wanted == (row.phone_index, row.id_index) else "索引与内容不符。"


def _name(row: Any) -> str:
    return f"{row._meta.verbose_name} #{row.pk}"

"""The words over which entries and seals are hashed, version 1. Stable: see the decision record.

A value is written as its length in bytes of UTF-8, a colon, and itself (`3:abc`); NULL is `-`. The
values stand one after the other without anything between.

* An entry: `at` in microseconds since 1970 (UTC), `action`, `actor_id`, `actor_name`, `address`
  without a mask, `object_type`, `object_label`, `reason`, `outcome`. Its digest is the SHA-256 of
  that. The id is not part of it: it stands beside the digest in the seal, so that entries which
  changed places are told from entries which were rewritten.
* The content of a seal: for each of its entries, by id, the id as eight bytes (the highest first)
  and the digest. Hashed with SHA-256.
* A seal: `version`, `number`, the hash of the seal before it (64 zeros for the first), `sealed_at`
  in microseconds, `count`, `first_id`, `last_id`, `top`, `waiting`, the hash of its content (both
  hashes in hex). Its hash is the SHA-256 of that.

The database hashes entries by the expression below, with functions that are built into PostgreSQL:
a function of our own could be replaced by whoever wants to be believed.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import struct
from collections.abc import Iterable

VERSION = 1
#: What the first seal names as the one before it.
NOTHING = "0" * 64
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)

_VALUES = (
    "((extract(epoch FROM {entry}.at) * 1000000)::bigint)::text",
    "{entry}.action::text",
    "{entry}.actor_id::text",
    "{entry}.actor_name::text",
    "host({entry}.address)",
    "{entry}.object_type::text",
    "{entry}.object_label::text",
    "{entry}.reason::text",
    "{entry}.outcome::text",
)
#: SQL for the digest of the row `{entry}` of the trail, as bytea.
ENTRY_DIGEST = "sha256(convert_to({}, 'UTF8'))".format(
    " || ".join(f"coalesce(octet_length({value}) || ':' || {value}, '-')" for value in _VALUES)
)
#: SQL for the hash of the content of the row `{seal}` of the seals, as bytea.
CONTENT_HASH = """(
    SELECT sha256(coalesce(string_agg(int8send(of.id) || of.digest, ''::bytea ORDER BY of.place),
                           ''::bytea))
    FROM unnest({seal}.entry_ids, {seal}.digests) WITH ORDINALITY AS of(id, digest, place)
)"""


def written(values: Iterable[str | int | None]) -> bytes:
    """The values, one after the other."""
    return b"".join(map(_value, values))


def _value(value: str | int | None) -> bytes:
    if value is None:
        return b"-"
    raw = str(value).encode()
    return b"%d:%s" % (len(raw), raw)


def microseconds(moment: dt.datetime) -> int:
    return (moment - _EPOCH) // dt.timedelta(microseconds=1)


def content_hash(ids: Iterable[int], digests: Iterable[bytes]) -> str:
    content = hashlib.sha256()
    for key, digest in zip(ids, digests, strict=True):
        content.update(struct.pack(">q", key))
        content.update(digest)
    return content.hexdigest()


def seal_hash(
    *,
    version: int,
    number: int,
    previous: str,
    sealed_at: dt.datetime,
    count: int,
    first_id: int | None,
    last_id: int | None,
    top: int,
    waiting: str,
    content: str,
) -> str:
    values = (version, number, previous, microseconds(sealed_at), count)
    values += (first_id, last_id, top, waiting, content)
    return hashlib.sha256(written(values)).hexdigest()

"""The sealed form of files: what was written comes back, and nothing else ever does."""

from __future__ import annotations

import io
import os
import uuid

import pytest
from django.core.exceptions import ImproperlyConfigured

from files.keys import KeyRing, parse
from files.sealing import CHUNK, TAG, Damaged, KeyMissing, Opened, Sealer

OLD, NEW = os.urandom(32), os.urandom(32)
RING = KeyRing(current="a", keys={"a": OLD})
FILE = uuid.UUID(int=7)
HEADER = 8 + 1 + 1 + 16 + 16  # with a key id of one letter
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 5)


def seal(data: bytes, *, ring: KeyRing = RING, step: int = 10_000) -> bytes:
    target = io.BytesIO()
    sealer = Sealer(target, ring=ring, file_id=FILE)
    for start in range(0, len(data), step):
        sealer.write(data[start : start + step])
    sealer.finish()
    return target.getvalue()


def unseal(sealed: bytes, *, ring: KeyRing = RING, file_id: uuid.UUID = FILE) -> bytes:
    with Opened(io.BytesIO(sealed), ring=ring, file_id=file_id) as opened:
        found = opened.readall()
        assert len(found) == opened.size
    return found


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("step", [1000, CHUNK, 10 * CHUNK])
def test_what_was_sealed_comes_back(size, step):
    data = os.urandom(size)
    sealed = seal(data, step=step)
    assert unseal(sealed) == data
    assert len(sealed) == HEADER + size + TAG * max(1, -(-size // CHUNK))


def test_nothing_of_the_plain_text_is_in_the_sealed():
    words = "反映人张某".encode() * 1000
    assert "反映人张某".encode() not in seal(words)
    assert seal(words) != seal(words)  # a key of its own for each file


def take(opened: Opened, count: int) -> bytes:
    """`count` bytes, over the borders of chunks."""
    first = opened.read(count)
    return first + opened.read(count - len(first))


def test_any_place_can_be_read():
    data = os.urandom(3 * CHUNK + 5)
    with Opened(io.BytesIO(seal(data)), ring=RING, file_id=FILE) as opened:
        for place in (0, CHUNK - 2, CHUNK, 2 * CHUNK + 7, 3 * CHUNK + 4, 1, len(data) + 9):
            opened.seek(place)
            assert take(opened, 4) == data[place : place + 4]
        opened.seek(-5, io.SEEK_END)
        assert opened.read() == data[-5:]


DATA = os.urandom(2 * CHUNK + 100)
SEALED = seal(DATA)
PIECE = CHUNK + TAG


def flipped(place: int) -> bytes:
    changed = bytearray(SEALED)
    changed[place] ^= 1
    return bytes(changed)


DAMAGED = {
    **{f"byte {place} flipped": flipped(place) for place in range(0, HEADER, 7) if place != 8},
    "the length of the key's id changed": flipped(8),
    "a byte of the first chunk flipped": flipped(HEADER + 10),
    "a byte of the last tag flipped": flipped(len(SEALED) - 1),
    "the end cut off within a chunk": SEALED[:-1],
    "the last chunk cut off": SEALED[: HEADER + 2 * PIECE],
    "all chunks but the first cut off": SEALED[: HEADER + PIECE],
    "all chunks cut off": SEALED[:HEADER],
    "cut off within the header": SEALED[: HEADER - 1],
    "nothing left": b"",
    "something added": SEALED + b"x",
    "a chunk added": SEALED + SEALED[HEADER : HEADER + PIECE],
    "two chunks in the other's place": SEALED[:HEADER]
    + SEALED[HEADER + PIECE : HEADER + 2 * PIECE]
    + SEALED[HEADER : HEADER + PIECE]
    + SEALED[HEADER + 2 * PIECE :],
    "a chunk left out": SEALED[:HEADER] + SEALED[HEADER + PIECE :],
    "a chunk of another file": SEALED[:HEADER]
    + seal(DATA)[HEADER : HEADER + PIECE]
    + SEALED[HEADER + PIECE :],
}


@pytest.mark.parametrize("name", DAMAGED)
def test_whatever_was_changed_is_noticed(name):
    with pytest.raises((Damaged, KeyMissing)):
        unseal(DAMAGED[name])


@pytest.mark.parametrize("end", [1, 16, CHUNK, PIECE + 1])
def test_a_missing_end_is_noticed_before_the_first_byte_is_given_out(end):
    with pytest.raises(Damaged):
        Opened(io.BytesIO(SEALED[:-end]), ring=RING, file_id=FILE)


def test_a_file_under_another_ones_name_is_noticed():
    with pytest.raises(Damaged):
        unseal(SEALED, file_id=uuid.UUID(int=8))


def test_after_a_change_of_keys_old_files_are_read_and_new_ones_take_the_new_key():
    changed = KeyRing(current="b", keys={"b": NEW, "a": OLD})
    assert unseal(SEALED, ring=changed) == DATA
    fresh = seal(b"new", ring=changed)
    assert unseal(fresh, ring=changed) == b"new"
    with pytest.raises(KeyMissing):
        unseal(fresh, ring=RING)


def test_a_lost_key_is_named():
    with pytest.raises(KeyMissing, match="密钥“a”"):
        unseal(SEALED, ring=KeyRing(current="b", keys={"b": NEW}))


def test_another_key_under_the_same_id_reads_nothing():
    with pytest.raises(Damaged):
        unseal(SEALED, ring=KeyRing(current="a", keys={"a": NEW}))


GOOD = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"


def test_keys_are_read_in_their_order():
    ring = parse(f" new:{GOOD}= , old:{GOOD[::-1][:42]}A ", "PORTAL_FILE_KEYS")
    assert ring.current == "new"
    assert ring.keys["new"] == bytes(range(32))
    assert list(ring.keys) == ["new", "old"]
    assert "00010203" not in repr(ring)
    assert GOOD[:8] not in repr(ring)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " , ",
        GOOD,
        f":{GOOD}",
        "a:",
        "a:short",
        f"a:{GOOD}AA",
        f"a:{'A' * 43}",
        f"a:{GOOD},a:{GOOD}",
        f"a b:{GOOD}",
        f"a:{GOOD[:-1]}!",
    ],
)
def test_keys_that_are_none_stop_the_start(text):
    with pytest.raises(ImproperlyConfigured) as caught:
        parse(text, "PORTAL_FILE_KEYS")
    assert GOOD not in str(caught.value)

"""Keys under ids, so that they can be changed, as a setting names them.

A setting such as `PORTAL_FILE_KEYS` is a list of `id:key` separated by commas. What is new takes
the first; the others are kept to read what is older. A key is 32 random bytes in base64, as
`openssl rand -base64 32` prints them.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

KEY_BYTES = 32
_ID = re.compile(r"[A-Za-z0-9._-]{1,32}")


@dataclass(frozen=True)
class KeyRing:
    """Keys by their ids; `current` is the id of the key for what is new."""

    current: str
    keys: dict[str, bytes]

    def __repr__(self) -> str:
        return f"KeyRing(current={self.current!r}, ids={sorted(self.keys)})"


@lru_cache(maxsize=16)
def parse(text: str, setting: str) -> KeyRing:
    """The keys in `text`, the value of the setting of that name.

    ImproperlyConfigured, without the key in the words, when it is wrong.
    """
    keys: dict[str, bytes] = {}
    for number, item in enumerate(filter(None, map(str.strip, text.split(","))), start=1):
        key_id, _, encoded = item.partition(":")
        if not _ID.fullmatch(key_id) or key_id in keys:
            raise ImproperlyConfigured(f"{setting} 第 {number} 个密钥的标识不合要求或重复。")
        key = _decode(encoded)
        if key is None or len(set(key)) < 8:
            raise ImproperlyConfigured(
                f"{setting} 中的密钥 {key_id} 应是随机的 {KEY_BYTES} 字节，写作 base64。"
            )
        keys[key_id] = key
    if not keys:
        raise ImproperlyConfigured(f"缺少 {setting}：没有密钥，相关内容不能保存。")
    return KeyRing(current=next(iter(keys)), keys=keys)


def key_ring(setting: str = "PORTAL_FILE_KEYS") -> KeyRing:
    """The keys that the setting names; without a name, those of files."""
    return parse(getattr(settings, setting), setting)


def _decode(text: str) -> bytes | None:
    """The bytes behind base64 in either alphabet, padded or not; None unless they are a key."""
    plain = text.strip().rstrip("=").translate(str.maketrans("-_", "+/"))
    try:
        key = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except (binascii.Error, ValueError):
        return None
    return key if len(key) == KEY_BYTES else None

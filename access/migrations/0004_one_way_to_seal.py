"""The secrets of authenticators, sealed as every other short secret is (`files.values`).

Before, they held the key's id within the sealed bytes, and were drawn from the key by the purpose.
One whose key is missing stays as it is, and as unreadable: its owner binds the phone anew.
"""

from __future__ import annotations

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.db import migrations, models

from files.keys import key_ring
from files.values import Vault

NONCE = 12


def seal_anew(apps, schema_editor):
    vault = Vault(name="factors", use="secret", keys="PORTAL_FILE_KEYS", what="")
    for row in apps.get_model("access", "Authenticator").objects.select_for_update():
        secret = _opened(bytes(row.sealed), row.user_id)
        if secret is not None:
            sealed = vault.seal(secret, bound_to=f"authenticator|{row.user_id}")
            row.sealed, row.key_id, row.cipher = sealed.data, sealed.key_id, sealed.cipher
            row.save(update_fields=["sealed", "key_id", "cipher"])


def _opened(sealed, user_id):
    """What was sealed: length of the key's id, the id, a nonce, the rest; None without the key."""
    name = sealed[1 : 1 + sealed[0]]
    key = key_ring().keys.get(name.decode("ascii", "replace"))
    if key is None:
        return None
    info = b"portal short secret\0" + f"authenticator of account {user_id}".encode()
    drawn = HKDF(hashes.SHA256(), length=32, salt=None, info=info).derive(key)
    rest = sealed[1 + sealed[0] :]
    try:
        return AESGCM(drawn).decrypt(rest[:NONCE], rest[NONCE:], name)
    except (InvalidTag, ValueError):
        return None


class Migration(migrations.Migration):
    dependencies = [("access", "0003_role_proposals")]

    operations = [
        migrations.RenameField("authenticator", "sealed_key", "sealed"),
        migrations.AlterField(
            "authenticator", "sealed", models.BinaryField(default=b"", verbose_name="密文")
        ),
        migrations.AddField(
            "authenticator",
            "key_id",
            models.CharField(blank=True, default="", max_length=32, verbose_name="密钥标识"),
            preserve_default=False,
        ),
        migrations.AddField(
            "authenticator",
            "cipher",
            models.CharField(blank=True, default="", max_length=20, verbose_name="加密方式"),
            preserve_default=False,
        ),
        migrations.RunPython(seal_anew, migrations.RunPython.noop, elidable=False),
    ]

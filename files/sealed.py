"""Rows that hold a sealed secret."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from files.values import Sealed, Vault

#: The columns that are written when something is sealed.
COLUMNS = ("sealed", "key_id", "cipher")


class SealedContent(models.Model):
    """A row with a sealed secret, or with none.

    A concrete one says by `vault` what seals it, and by `bound_to` which row it is.
    """

    sealed = models.BinaryField("密文", default=b"")
    key_id = models.CharField("密钥标识", max_length=32, blank=True)
    cipher = models.CharField("加密方式", max_length=20, blank=True)

    vault: ClassVar[Vault]

    class Meta:
        abstract = True

    @property
    def bound_to(self) -> str:
        raise NotImplementedError

    @property
    def envelope(self) -> Sealed:
        return Sealed(bytes(self.sealed), self.key_id, self.cipher)

    @property
    def is_current(self) -> bool:
        """Sealed as it would be sealed now."""
        return self.vault.is_current(self.envelope)

    def seal(self, plain: bytes) -> None:
        """Hold `plain` sealed from now on; the caller saves COLUMNS."""
        self.hold(self.vault.seal(plain, bound_to=self.bound_to))

    def hold(self, envelope: Sealed) -> None:
        self.sealed, self.key_id, self.cipher = envelope.data, envelope.key_id, envelope.cipher

    def unseal(self) -> bytes:
        """The plain bytes. Raises `files.sealing.Unreadable`."""
        return self.vault.unseal(self.envelope, bound_to=self.bound_to)

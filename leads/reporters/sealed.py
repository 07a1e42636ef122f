"""Rows that hold sealed words."""

from __future__ import annotations

from django.db import models

from leads.reporters import sealing
from leads.reporters.sealing import Sealed

#: The columns that are written when something is sealed.
COLUMNS = ("sealed", "key_id", "cipher")


class SealedContent(models.Model):
    """A row with sealed words, or with none. A concrete one says by `bound_to` which row it is."""

    sealed = models.BinaryField("密文", default=b"")
    key_id = models.CharField("密钥标识", max_length=32, blank=True)
    cipher = models.CharField("加密方式", max_length=20, blank=True)

    class Meta:
        abstract = True

    @property
    def bound_to(self) -> str:
        raise NotImplementedError

    @property
    def envelope(self) -> Sealed:
        return Sealed(bytes(self.sealed), self.key_id, self.cipher)

    def seal(self, plain: bytes) -> None:
        """Hold `plain` sealed from now on; the caller saves COLUMNS."""
        self.hold(sealing.seal(plain, bound_to=self.bound_to))

    def hold(self, envelope: Sealed) -> None:
        self.sealed, self.key_id, self.cipher = envelope.data, envelope.key_id, envelope.cipher

    def unseal(self) -> bytes:
        """The plain text. Raises `sealing.Unreadable`."""
        return sealing.unseal(self.envelope, bound_to=self.bound_to)

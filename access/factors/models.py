"""What proves, besides the password, that it is the person."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Now
from django_otp.models import Device, ThrottlingMixin
from django_otp.oath import TOTP

from departments.models import Account
from files.sealed import SealedContent
from files.values import Vault

#: How many steps of 30 seconds a phone's clock may differ from ours, and drift in all.
TOLERANCE = 1
MOST_DRIFT = 4
#: After a wrong code one waits so many seconds, after each further one twice as long.
FIRST_WAIT = 1
VAULT = Vault(name="factors", use="secret", keys="PORTAL_FILE_KEYS", what="验证密钥")


class Authenticator(SealedContent, ThrottlingMixin, Device):
    """The app on one person's phone. Its secret lies sealed; clear it exists in memory only.

    Nobody proves anything by it before it is confirmed: then a code from the phone has shown
    that the secret arrived there.
    """

    name = None
    user = models.OneToOneField(
        Account, models.CASCADE, related_name="authenticator", verbose_name="账号"
    )
    confirmed = models.BooleanField("已启用", default=False)
    #: The last step whose code was taken: no code counts twice.
    last_step = models.BigIntegerField("最近使用的时间步", default=-1)
    drift = models.SmallIntegerField("时钟偏差", default=0)
    made_at = models.DateTimeField("生成时间", db_default=Now())

    vault = VAULT

    class Meta:
        verbose_name = "验证器"

    def __str__(self) -> str:
        # Never the secret: this is what a log would show.
        return f"验证器 {self.pk}"

    def get_throttle_factor(self) -> int:
        return FIRST_WAIT

    @property
    def key(self) -> bytes:
        """The secret. KeyMissing or Damaged (`files.sealing`) when it cannot be read."""
        return self.unseal()

    @key.setter
    def key(self, secret: bytes) -> None:
        self.seal(secret)

    def verify_token(self, token: str) -> bool:
        """Whether `token` is the code of now, and of no step before. The caller saves the row.

        A secret under an older key is sealed anew with the current one.
        """
        secret = self.key
        totp = TOTP(secret, drift=self.drift)
        if not totp.verify(int(token), tolerance=TOLERANCE, min_t=self.last_step + 1):
            return False
        self.last_step = totp.t()
        self.drift = max(-MOST_DRIFT, min(MOST_DRIFT, totp.drift))
        if not self.is_current:
            self.key = secret
        return True

    @property
    def bound_to(self) -> str:
        return f"authenticator|{self.user_id}"


class RecoveryCode(models.Model):
    """A code on paper for the day the phone is lost: good once. Only its hash is kept.

    The codes have 80 random bits: nobody guesses them, so that a fast hash is enough.
    """

    account = models.ForeignKey(
        Account, models.CASCADE, related_name="recovery_codes", verbose_name="账号"
    )
    digest = models.CharField("校验值", max_length=64)
    used_at = models.DateTimeField("使用时间", null=True)

    class Meta:
        verbose_name = "恢复码"
        constraints = [
            models.UniqueConstraint(fields=["account", "digest"], name="recovery_code_once")
        ]

    def __str__(self) -> str:
        return f"恢复码 {self.pk}"

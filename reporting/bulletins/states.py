"""Where a bulletin stands."""

from django.db import models


class BulletinState(models.TextChoices):
    DRAFT = "draft", "草拟"
    SUBMITTED = "submitted", "待审批"
    ISSUED = "issued", "已印发"


TONES = {
    BulletinState.DRAFT: "idle",
    BulletinState.SUBMITTED: "warn",
    BulletinState.ISSUED: "ok",
}

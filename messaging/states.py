"""Where a delivery stands."""

from django.db import models


class DeliveryState(models.TextChoices):
    QUEUED = "queued", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    FAILED = "failed", "发送失败"
    CANCELLED = "cancelled", "已取消"


TONES = {
    DeliveryState.QUEUED.value: "idle",
    DeliveryState.SENDING.value: "active",
    DeliveryState.SENT.value: "ok",
    DeliveryState.FAILED.value: "late",
    DeliveryState.CANCELLED.value: "idle",
}


class Channel(models.TextChoices):
    EMAIL = "email", "电子邮件"
    SMS = "sms", "短信"
    CHAT = "chat", "企业微信"


class Pace(models.TextChoices):
    """How a message leaves the house."""

    #: By every way there is, at once.
    URGENT = "urgent", "紧急"
    #: By the ways that its recipient chose, at once.
    PROMPT = "prompt", "即时"
    #: The same, after the quiet hours.
    CALM = "calm", "可缓"

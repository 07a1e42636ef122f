"""Messages, and how each leaves the house."""

from django.db import models
from django.db.models.functions import Now

from messaging.querysets import DeliveryQuerySet, MessageQuerySet
from messaging.states import Channel, DeliveryState


class Message(models.Model):
    """One notice to one person. The row is the message in the portal.

    The unique key is the claim: whoever inserts the row first sends it, and nobody sends it
    again. It names its subject by `subject_key` ("report:12:34", "lead:567") and, where the same
    is said more than once, the `round`. No lead's content appears here: a number at most.
    """

    recipient = models.ForeignKey(
        "departments.Account", models.CASCADE, related_name="notices", verbose_name="收件人"
    )
    kind = models.CharField("种类", max_length=40)
    subject_key = models.CharField("事项", max_length=80)
    round = models.CharField("轮次", max_length=40, blank=True)
    title = models.CharField("标题", max_length=120)
    body = models.TextField("内容", blank=True)
    url = models.CharField("链接", max_length=200, blank=True)
    created_at = models.DateTimeField("时间", db_default=Now())
    read_at = models.DateTimeField("阅读时间", null=True)

    objects = MessageQuerySet.as_manager()

    class Meta:
        verbose_name = "消息"
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject_key", "round", "recipient"], name="message_once"
            )
        ]
        indexes = [
            models.Index(fields=["recipient", "-id"], name="message_by_person"),
            models.Index(
                fields=["recipient"], condition=models.Q(read_at=None), name="message_unread"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def audit_label(self) -> str:
        return self.subject_key


class Delivery(models.Model):
    """The way of one message through one channel.

    A worker takes the row for the length of a lease, and commits that before it sends.
    `attempts` counts the takings: a worker whose lease went to another finds its own number
    outdated and neither sends nor marks any more.
    """

    message = models.ForeignKey(
        Message, models.CASCADE, related_name="deliveries", verbose_name="消息"
    )
    channel = models.CharField(
        "渠道", max_length=10, choices=Channel.choices, default=Channel.EMAIL
    )
    address = models.CharField("地址", max_length=254)
    state = models.CharField(
        "状态", max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    lease_until = models.DateTimeField("租约至", null=True)
    next_attempt_at = models.DateTimeField("下次发送", db_default=Now())
    last_error = models.CharField("失败原因", max_length=120, blank=True)
    sent_at = models.DateTimeField("发送时间", null=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = "投递"
        constraints = [
            models.UniqueConstraint(fields=["message", "channel"], name="delivery_once"),
        ]
        indexes = [
            models.Index(
                fields=["id"],
                condition=models.Q(state__in=["queued", "sending"]),
                name="delivery_unfinished",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.get_state_display()}"

    @property
    def letter_id(self) -> str:
        """The letter's Message-ID: the same at every attempt, so that a repeat is known as one."""
        created = int(self.message.created_at.timestamp() * 1_000_000)
        return f"<delivery.{self.pk}.{created}@{sender_domain()}>"


def sender_domain() -> str:
    from django.conf import settings

    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"

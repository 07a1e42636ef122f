"""Messages, and how each leaves the house."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from messaging.deliveries import words
from messaging.querysets import DeliveryQuerySet, MessageQuerySet, QuietHoursQuerySet
from messaging.states import TONES, Channel, DeliveryState


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
    `takings` counts that: a worker whose lease went to another finds its own number outdated and
    neither sends nor marks any more. `attempts` counts only how often it was about to be handed
    over, so that a worker's death costs the rest of its batch nothing. `jurisdiction` is the
    recipient's town, whose quiet hours a letter that `may_wait` keeps.
    """

    message = models.ForeignKey(
        Message, models.CASCADE, related_name="deliveries", verbose_name="消息"
    )
    jurisdiction = models.ForeignKey(
        "departments.Unit", models.PROTECT, null=True, related_name="+", verbose_name="乡镇"
    )
    channel = models.CharField(
        "渠道", max_length=10, choices=Channel.choices, default=Channel.EMAIL
    )
    address = models.CharField("地址", max_length=254)
    state = models.CharField(
        "状态", max_length=10, choices=DeliveryState.choices, default=DeliveryState.QUEUED
    )
    may_wait = models.BooleanField("可缓发", default=False)
    takings = models.PositiveIntegerField("领取次数", db_default=0)
    attempts = models.PositiveSmallIntegerField("次数", default=0)
    lease_until = models.DateTimeField("租约至", null=True)
    next_attempt_at = models.DateTimeField("下次发送", db_default=Now())
    last_error = models.CharField("失败原因", max_length=120, blank=True)
    sent_at = models.DateTimeField("发送时间", null=True)
    resent_by = models.ForeignKey(
        "departments.Account",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="重发人",
    )
    resent_at = models.DateTimeField("重发时间", null=True)

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
            ),
            models.Index(fields=["jurisdiction", "-id"], name="delivery_by_town"),
            models.Index(
                fields=["jurisdiction", "-id"],
                condition=models.Q(state="failed"),
                name="delivery_failed_by_town",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_channel_display()} {self.get_state_display()}"

    @property
    def letter_id(self) -> str:
        """The letter's Message-ID: the same at every attempt, so that a repeat is known as one."""
        return f"<{self.name}@{sender_domain()}>"

    @property
    def name(self) -> str:
        """What the delivery is called outside, the same at every attempt."""
        created = int(self.message.created_at.timestamp() * 1_000_000)
        return f"delivery.{self.pk}.{created}"

    @property
    def audit_label(self) -> str:
        return f"{self.pk} {self.get_channel_display()}"

    @property
    def may_be_resent(self) -> bool:
        return self.state == DeliveryState.FAILED and self.resent_at is None

    @property
    def tone(self) -> str:
        return TONES[self.state]

    @property
    def kind_label(self) -> str:
        return words.kind(self.message.kind)

    @property
    def reason(self) -> str:
        return words.reason(self.last_error)


class Contact(models.Model):
    """Where else than by e-mail a person can be reached, and which ways they chose.

    Who has no row is told by e-mail. What is urgent asks for no choice.
    """

    account = models.OneToOneField(
        "departments.Account", models.CASCADE, related_name="contact", verbose_name="账号"
    )
    phone = models.CharField(
        "手机号码",
        max_length=20,
        blank=True,
        validators=[RegexValidator(r"^\+?[0-9]{5,15}$", "请填写手机号码，只含数字。")],
    )
    chat_name = models.CharField(
        "企业微信账号",
        max_length=64,
        blank=True,
        validators=[RegexValidator(r"^[A-Za-z0-9._@-]{1,64}$", "请填写企业微信通讯录中的账号。")],
    )
    by_email = models.BooleanField("电子邮件", default=True)
    by_sms = models.BooleanField("短信", default=True)
    by_chat = models.BooleanField("企业微信", default=True)

    class Meta:
        verbose_name = "接收方式"

    def __str__(self) -> str:
        return str(self.account_id)


class QuietHours(AppendOnly):
    """What a town settled about its nights. The latest counts; the others are history."""

    jurisdiction = models.ForeignKey(
        "departments.Unit", models.PROTECT, related_name="+", verbose_name="乡镇"
    )
    version = models.PositiveIntegerField("版本")
    begins_at = models.TimeField("免打扰开始")
    ends_at = models.TimeField("免打扰结束")
    set_by = models.ForeignKey(
        "departments.Account", models.PROTECT, related_name="+", verbose_name="修改人"
    )
    set_at = models.DateTimeField("修改时间", db_default=Now())

    objects = QuietHoursQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "免打扰时段"
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "version"], name="quiet_hours_once_per_version"
            )
        ]

    def __str__(self) -> str:
        if self.begins_at == self.ends_at:
            return "不设免打扰时段"
        return f"{self.begins_at:%H:%M}—{self.ends_at:%H:%M}"

    @property
    def audit_label(self) -> str:
        return "免打扰时段"


def sender_domain() -> str:
    from django.conf import settings

    return settings.DEFAULT_FROM_EMAIL.rpartition("@")[2].rstrip("> ") or "localhost"

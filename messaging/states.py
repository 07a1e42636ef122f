"""Where a delivery stands."""

from django.db import models


class DeliveryState(models.TextChoices):
    QUEUED = "queued", "待发送"
    SENDING = "sending", "发送中"
    SENT = "sent", "已发送"
    FAILED = "failed", "发送失败"


class Channel(models.TextChoices):
    EMAIL = "email", "电子邮件"


#: The ways by which every message leaves the portal, each with the field of the account that
#: says where to. Who has nothing there is not told by that way.
ADDRESSES = {Channel.EMAIL: "email"}

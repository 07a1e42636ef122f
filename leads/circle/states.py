"""Why somebody is let in to a lead beyond what their role shows them."""

from django.db import models


class AccessKind(models.TextChoices):
    HANDLER = "handler", "承办人"
    GRANTED = "granted", "授权查阅"
    URGENT = "urgent", "紧急查阅"


#: Those that end by themselves, and let in to read, not to act.
READINGS = (AccessKind.GRANTED, AccessKind.URGENT)

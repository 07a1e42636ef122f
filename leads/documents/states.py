"""The kinds of official papers."""

from django.db import models


class PaperKind(models.TextChoices):
    TRANSFER = "transfer", "移交函"
    ORDER = "order", "交办单"

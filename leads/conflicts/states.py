"""Why somebody keeps away from a lead."""

from django.db import models


class Why(models.TextChoices):
    NAMED_UNIT = "named_unit", "被反映单位"
    NAMED_PERSON = "named_person", "与被反映人同名"
    RECUSED = "recused", "本人申请回避"

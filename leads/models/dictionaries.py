"""What a clerk chooses from; each list is the office's to edit."""

from django.db import models

from departments.models import DictionaryEntry


class Channel(DictionaryEntry):
    """A way by which leads come in (来源渠道): the work plan's list, editable."""

    number_only = models.BooleanField(
        "只登记编号",
        default=False,
        help_text="线索内容留在原平台，本系统只记编号，例如 12337。",
    )
    gives_code = models.BooleanField(
        "登记后发查询码",
        default=False,
        help_text="举报人在电话中或在场的渠道：登记后随即出示查询码，读给或交给举报人。",
    )

    class Meta(DictionaryEntry.Meta):
        verbose_name = "来源渠道"


class Conduct(DictionaryEntry):
    """A kind of conduct that the public is asked to report: a dictionary, editable."""

    name = models.CharField("名称", max_length=60, unique=True)

    class Meta(DictionaryEntry.Meta):
        verbose_name = "行为类型"


class MajorCriterion(DictionaryEntry):
    """What makes a lead a major one (重大线索标准); a major lead says by which of them it is."""

    class Meta(DictionaryEntry.Meta):
        verbose_name = "重大线索标准"

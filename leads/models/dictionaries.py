"""What a clerk chooses from; each list is the office's to edit."""

from django.db import models


class Channel(models.Model):
    """A way by which leads come in (来源渠道): the work plan's list, editable."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=40, unique=True)
    position = models.PositiveSmallIntegerField("次序", default=0)
    is_active = models.BooleanField("启用", default=True)
    number_only = models.BooleanField(
        "只登记编号",
        default=False,
        help_text="线索内容留在原平台，本系统只记编号，例如 12337。",
    )

    class Meta:
        verbose_name = "来源渠道"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name


class Conduct(models.Model):
    """A kind of conduct that the public is asked to report: a dictionary, editable."""

    code = models.SlugField("代码", max_length=30, unique=True)
    name = models.CharField("名称", max_length=60, unique=True)
    position = models.PositiveSmallIntegerField("次序", default=0)
    is_active = models.BooleanField("启用", default=True)

    class Meta:
        verbose_name = "行为类型"
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.name

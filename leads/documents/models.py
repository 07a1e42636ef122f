"""Official papers: their templates, their numbers, and what was issued."""

from __future__ import annotations

from django.core.validators import MaxLengthValidator, RegexValidator
from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from departments.models import Account, Unit
from leads.documents import texts
from leads.documents.querysets import PaperQuerySet
from leads.documents.states import PaperKind
from leads.models.assignment import Assignment


class PaperTemplate(models.Model):
    """The words of a town's papers of one kind; the layout is `jobs.official_document`'s."""

    jurisdiction = models.ForeignKey(Unit, models.CASCADE, related_name="+", verbose_name="乡镇")
    kind = models.CharField("文种", max_length=10, choices=PaperKind.choices)
    mark = models.CharField(
        "发文字号的代字",
        max_length=20,
        validators=[RegexValidator(r"^[^\s〔〕\d]+$", "代字不能含空格、数字和〔〕。")],
        help_text="如“演扫黑办交”，编号写成 演扫黑办交〔2026〕1号。",
    )
    issuer = models.CharField("发文机关署名", max_length=60)
    title = models.CharField("标题", max_length=60, validators=[texts.check])
    body = models.TextField(
        "正文",
        max_length=2000,
        validators=[MaxLengthValidator(2000), texts.check],
        help_text="每行一段。",
    )
    requirements = models.TextField(
        "办理要求",
        max_length=2000,
        validators=[MaxLengthValidator(2000), texts.check],
        help_text="每行一条，自动编号。",
    )

    class Meta:
        verbose_name = "文书模板"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["jurisdiction", "kind"], name="paper_template_once")
        ]

    def __str__(self) -> str:
        return self.get_kind_display()

    @property
    def audit_label(self) -> str:
        return self.get_kind_display()


class PaperSeries(models.Model):
    """The last number given out in a town, kind and year; locked while the next one is taken."""

    jurisdiction = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    kind = models.CharField("文种", max_length=10, choices=PaperKind.choices)
    year = models.PositiveSmallIntegerField("年份")
    last = models.PositiveIntegerField("末号", default=0)

    class Meta:
        verbose_name = "文书编号"
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "year"], name="paper_series_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}〔{self.year}〕{self.last}"


class Paper(AppendOnly):
    """A paper as it was issued: number and words stay, whatever becomes of the template.

    What the lead alleges is not copied into it: the attachment is drawn from the lead when the
    file is made, for those alone who may read it.
    """

    assignment = models.OneToOneField(
        Assignment, models.CASCADE, related_name="paper", verbose_name="交办"
    )
    jurisdiction = models.ForeignKey(Unit, models.PROTECT, related_name="+", verbose_name="乡镇")
    kind = models.CharField("文种", max_length=10, choices=PaperKind.choices)
    year = models.PositiveSmallIntegerField("年份")
    serial = models.PositiveIntegerField("序号")
    number = models.CharField("文号", max_length=60)
    issuer = models.CharField("发文机关", max_length=60)
    title = models.CharField("标题", max_length=200)
    addressee = models.CharField("主送", max_length=60)
    body = models.TextField("正文")
    requirements = models.TextField("办理要求")
    issued_by = models.ForeignKey(Account, models.PROTECT, related_name="+", verbose_name="移交人")
    issued_on = models.DateField("成文日期")
    at = models.DateTimeField("时间", db_default=Now())

    objects = PaperQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "文书"
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["jurisdiction", "kind", "year", "serial"], name="paper_number_once"
            )
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def audit_label(self) -> str:
        return self.number

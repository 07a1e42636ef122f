"""People whom a lead names: rows of that lead alone, never a register across leads."""

from __future__ import annotations

from django.db import models

from leads.models.lead import Lead


class Subject(models.Model):
    """Someone whom a lead names (被反映人), and what is alleged of them. Nothing here is found.

    Deliberately without an index on the name: nobody looks people up across leads.
    """

    lead = models.ForeignKey(Lead, models.CASCADE, related_name="subjects", verbose_name="线索")
    name = models.CharField("姓名或称呼", max_length=40)
    position = models.CharField("身份或职务", max_length=60, blank=True)
    alleged = models.CharField("反映其", max_length=500, blank=True)
    is_official = models.BooleanField("公职人员", default=False)

    class Meta:
        verbose_name = "被反映人"
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.name

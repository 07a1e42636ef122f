"""Settling when leads are restricted, and keeping one open."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms

from leads import due
from leads.fading import rules
from leads.fading.models import FadingRule
from leads.fading.services import LONGEST_DAYS
from leads.forms.steps import StepForm, day_field
from leads.states import UNPROVEN, Finding


class FadingForm(forms.Form):
    """One row of the page: after how many days leads with one finding are restricted."""

    days = forms.IntegerField(label="办结后天数", min_value=1, max_value=rules.MOST_DAYS)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, finding: str, **kwargs: Any) -> None:
        super().__init__(*args, prefix=finding, **kwargs)
        self.finding = Finding(finding)
        field = self.fields["days"]
        field.required = finding == Finding.DISPROVEN
        field.label = f"{self.finding.label}，{field.label}"
        invalid = " is-invalid" if "days" in self.errors else ""
        field.widget.attrs["class"] = f"form-control{invalid}"


def fading_forms(data: Any, *, town: int) -> list[FadingForm]:
    """A form for each finding, filled with what is in force."""
    days = rules.in_force(town)
    versions = {row.finding: row.version for row in FadingRule.objects.in_force(town)}
    return [
        FadingForm(
            data,
            finding=finding,
            initial={"days": days[finding], "version": versions.get(finding, 0)},
        )
        for finding in UNPROVEN
    ]


class KeepOpenForm(StepForm):
    until = day_field("保持可见至", help_text=f"当日有效，最长 {LONGEST_DAYS} 天；到期后自动受限。")
    note = forms.CharField(label="理由", max_length=400, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, version: int, **kwargs: Any) -> None:
        month = due.today() + dt.timedelta(days=30)
        super().__init__(*args, initial={"version": version, "until": month}, **kwargs)

"""Changing days of the table."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms

from departments.calendar.states import FIRST_YEAR, LAST_YEAR, DayKind
from departments.models import CalendarDay


class DaysForm(forms.Form):
    """A span of days and what they become. `seen` is the year as the page showed it."""

    first = forms.DateField(label="开始日", widget=forms.DateInput(attrs={"type": "date"}))
    last = forms.DateField(
        label="结束日",
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text="只改一天的，可以不填。",
    )
    kind = forms.ChoiceField(label="改为", choices=DayKind.choices)
    name = forms.CharField(
        label="名称",
        required=False,
        max_length=CalendarDay._meta.get_field("name").max_length,
        help_text="例如：国庆节、调休上班。",
    )
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first: dt.date | None = cleaned.get("first")
        if first and not FIRST_YEAR <= first.year <= LAST_YEAR:
            self.add_error("first", f"年份应在 {FIRST_YEAR} 到 {LAST_YEAR} 之间。")
        cleaned["last"] = cleaned.get("last") or first
        return cleaned


class YearForm(forms.Form):
    """Whether a year is complete."""

    year = forms.IntegerField(min_value=FIRST_YEAR, max_value=LAST_YEAR)
    is_complete = forms.BooleanField(required=False)

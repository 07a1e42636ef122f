"""The range of weeks that the board shows."""

from __future__ import annotations

import datetime as dt

from django import forms
from django.utils import timezone

from departments.models import UnitKind
from reporting.board.rates import COUNTED

USUAL_WEEKS = 12
MOST_WEEKS = 260
DAY = {"type": "date", "class": "form-control form-control-sm"}


class RangeForm(forms.Form):
    """From and to, by any day of the first and of the last week; at most five years."""

    since = forms.DateField(label="自", required=False, widget=forms.DateInput(attrs=DAY))
    until = forms.DateField(label="至", required=False, widget=forms.DateInput(attrs=DAY))
    kind = forms.ChoiceField(
        label="单位类别",
        required=False,
        choices=[
            ("", "全部"),
            *(one for one in UnitKind.choices if one[0] not in (UnitKind.DISTRICT, UnitKind.TOWN)),
        ],
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
    )

    @property
    def unit_kind(self) -> str:
        """The kind of unit that is asked for; what cannot be read is all."""
        return self.cleaned_data["kind"] if self.is_valid() else ""

    @property
    def span(self) -> tuple[dt.date, dt.date]:
        """The first and the last day that are asked for; what cannot be read is the usual."""
        given = self.cleaned_data if self.is_valid() else {}
        until = given.get("until") or timezone.localdate()
        earliest = dt.date(2004, 1, 1)
        until = max(until, earliest + dt.timedelta(weeks=MOST_WEEKS))
        since = given.get("since") or until - dt.timedelta(weeks=USUAL_WEEKS - 1)
        return max(since, until - dt.timedelta(weeks=MOST_WEEKS)), until


class RowsForm(RangeForm):
    """Of a range, the rows behind one number of its rates; of one unit, where it is named."""

    of = forms.ChoiceField(
        label="报送情况",
        required=False,
        choices=[(name, label) for name, (label, _) in COUNTED.items()],
        widget=forms.Select(attrs={"class": "form-select form-select-sm"}),
    )
    unit = forms.SlugField(required=False, max_length=30, widget=forms.HiddenInput)

    @property
    def number(self) -> str:
        """The number whose rows are asked for; what cannot be read is 应报."""
        given = self.cleaned_data.get("of") if self.is_valid() else ""
        return given or "expected"


class UrgeForm(forms.Form):
    """The unit that is urged, by its code; all that have not reported without one."""

    unit = forms.SlugField(required=False, max_length=30)

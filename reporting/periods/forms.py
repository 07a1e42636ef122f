"""What the board is asked for."""

from django import forms


class WeekForm(forms.Form):
    """The week to export."""

    period = forms.IntegerField(min_value=1, max_value=2**63 - 1)

"""What the board is asked for."""

from django import forms


class ExportForm(forms.Form):
    """The week to export, and the token that makes two clicks one job."""

    period = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    submission = forms.UUIDField()

"""What a form says so far of a lead: anything in it may be missing or wrong."""

from __future__ import annotations

from django import forms

from leads import due
from leads.duplicates.services import Told


class ToldForm(forms.Form):
    """Takes what can be read and leaves the rest out; it has no errors to show."""

    title = forms.CharField(required=False)
    allegation = forms.CharField(required=False)
    place = forms.IntegerField(required=False, min_value=1)
    domain = forms.IntegerField(required=False, min_value=1)
    external_number = forms.CharField(required=False, max_length=40)
    received_on = forms.DateField(required=False)

    def told(self) -> Told:
        self.full_clean()
        read = self.cleaned_data
        return Told(
            title=read.get("title", ""),
            allegation=read.get("allegation", ""),
            place_id=read.get("place"),
            domain_id=read.get("domain"),
            external_number=read.get("external_number", ""),
            received_on=read.get("received_on") or due.today(),
        )

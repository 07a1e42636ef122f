"""Correcting a lead: the form of its words, filled with what it says now."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.models import model_to_dict

from leads.forms.intake import LeadWordsForm, layout_of_words
from leads.forms.steps import page_helper
from leads.models import Lead


class CorrectionForm(LeadWordsForm):
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    note = forms.CharField(label="更正说明", required=False, max_length=300)

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        self.kept = lead
        initial = model_to_dict(lead, fields=self.Meta.fields)
        super().__init__(
            *args,
            town=lead.jurisdiction,
            initial=initial | {"version": lead.version},
            subjects=list(lead.subjects.values("name", "position", "alleged", "is_official")),
            **kwargs,
        )
        self.helper = page_helper("version", layout_of_words(), "note")

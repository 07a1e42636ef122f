"""Asking for more time."""

from __future__ import annotations

from django import forms

from leads.forms.steps import StepForm, day_field


class ExtensionForm(StepForm):
    new_due_on = day_field("申请延至")
    reason = forms.CharField(
        label="延期理由",
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写明已做的核查、未能按期的原因和还需做的工作。",
    )

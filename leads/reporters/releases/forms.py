"""Asking to see who reported, and deciding about it."""

from __future__ import annotations

import uuid

from django import forms
from django.conf import settings

from leads.reporters.forms import ReasonedForm
from leads.reporters.releases.states import MOST_DAYS


class AskForm(ReasonedForm):
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)


class ApproveForm(forms.Form):
    days = forms.IntegerField(
        label="期限（天）",
        min_value=1,
        max_value=MOST_DAYS,
        help_text=f"从批准起算，最长 {MOST_DAYS} 天；到期即不能再看。",
    )
    note = forms.CharField(label="意见", max_length=150, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        self.fields["days"].initial = min(settings.PORTAL_RELEASE_DAYS, MOST_DAYS)


class RejectForm(ReasonedForm):
    """A refusal, with its reason."""

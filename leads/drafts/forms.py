"""Which draft a request is about."""

from __future__ import annotations

from django import forms


class DraftToken(forms.Form):
    """Sent along with what was typed. `owner` is the person for whom the page was made."""

    submission = forms.UUIDField()
    draft_version = forms.IntegerField(min_value=0)
    owner = forms.IntegerField(min_value=1)

"""What the inbox is asked for."""

from django import forms

LARGEST_KEY = 2**63 - 1


class PageForm(forms.Form):
    """Where a page of the inbox begins, and what it leaves out."""

    before = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_KEY)
    unread = forms.BooleanField(required=False)
    up_to = forms.IntegerField(required=False, min_value=1, max_value=LARGEST_KEY)

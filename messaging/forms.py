"""What the inbox is asked for."""

from django import forms


class ReadAllForm(forms.Form):
    """The newest message that the person has seen in the list."""

    up_to = forms.IntegerField(min_value=1, max_value=2**63 - 1)

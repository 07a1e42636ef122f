"""Signing in."""

from django import forms
from django.contrib.auth.forms import AuthenticationForm, UsernameField

from departments.models import Account


class SignInForm(AuthenticationForm):
    """Refuses a name that no account can have before anything looks for it or keeps it."""

    username = UsernameField(
        max_length=Account._meta.get_field("username").max_length,
        widget=forms.TextInput(attrs={"autofocus": True}),
    )

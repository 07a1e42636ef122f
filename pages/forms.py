"""What forms of every app share."""

from django.core.exceptions import ValidationError
from django.forms import BaseForm


def add_errors(form: BaseForm, error: ValidationError) -> None:
    """Show a service's refusal where a person looks: at the field, else above the form."""
    if not hasattr(error, "error_dict"):
        form.add_error(None, error)
        return
    for field, errors in error.error_dict.items():
        form.add_error(field if field in form.fields else None, errors)


def add_conflict(form: BaseForm, words: str, mark: str) -> None:
    """Say on the form that somebody was faster, and keep what was typed.

    `mark` is that of what stands there now (`audit.seen`): whoever sends the form again has seen
    it and decides.
    """
    form.add_error(None, words)
    form.data = form.data.copy()
    form.data["seen"] = mark

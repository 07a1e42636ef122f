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


def ask_again(form: BaseForm, field: str, doubts: dict[str, str]) -> None:
    """Show the form once more for what looks wrong; sent unchanged, it is taken as it is.

    The hidden `field` carries for which places the person has been asked already: never words.
    """
    seen = set(filter(None, form.cleaned_data.get(field, "").split(",")))
    if not doubts.keys() - seen or form.errors:
        return
    form.is_asking = True  # for its error summary
    form.data = form.data.copy()
    form.data[form.add_prefix(field)] = ",".join(sorted(seen | doubts.keys()))
    for words in doubts.values():
        form.add_error(None, f"{words}请核对；确实如此的，请再点一次按钮。")

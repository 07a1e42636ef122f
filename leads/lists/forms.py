"""Forms about the lists of leads."""

from __future__ import annotations

from typing import Any

from django import forms

from departments.models import Account
from jobs.forms import PurposeForm
from leads.forms.steps import page_helper
from leads.lists import columns
from leads.lists.models import NAME_LIMIT


class NameForm(forms.Form):
    """The name of a saved filter."""

    name = forms.CharField(label="名称", max_length=NAME_LIMIT)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()


class ExportForm(PurposeForm):
    """What the file is for, and which columns it has."""

    SHOWN, LEDGER = "shown", "ledger"

    layout = forms.ChoiceField(
        label="包含的列",
        choices=[(SHOWN, "列表当前显示的列"), (LEDGER, "线索摸排台账的全部列")],
        initial=SHOWN,
        widget=forms.RadioSelect,
    )


class ColumnsForm(forms.Form):
    """Which columns a list shows; those that it always shows are not asked for."""

    columns = forms.MultipleChoiceField(
        label="显示的列", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["columns"].choices = [
            (column.code, column.heading)
            for column in columns.offered(user)
            if column.on_page and not column.is_fixed
        ]

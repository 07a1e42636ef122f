"""What an act on many leads asks for."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispy_forms.layout import Column, Field, Row
from django import forms

from departments.models import Account, Domain, Unit
from leads import due
from leads.forms.steps import DATE, page_helper
from leads.models import Conduct


class BulkRemindForm(forms.Form):
    """批量催办 asks for nothing but the confirmation."""

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()

    @property
    def params(self) -> dict[str, Any]:
        return {}


class BulkAssignForm(forms.Form):
    """批量转办: the same units and one deadline for all."""

    units = forms.ModelMultipleChoiceField(
        label="承办单位", queryset=Unit.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    due_on = forms.DateField(
        label="办理期限", widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d")
    )
    domain = forms.ModelChoiceField(
        label="行业领域（仅用于未研判的线索）",
        queryset=Domain.objects.filter(is_active=True),
        required=False,
        empty_label="不统一填写",
    )
    conduct = forms.ModelChoiceField(
        label="行为类型（仅用于未研判的线索）",
        queryset=Conduct.objects.filter(is_active=True),
        required=False,
        empty_label="不统一填写",
    )
    instructions = forms.CharField(
        label="交办要求", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        kwargs.setdefault("initial", {"due_on": due.default_deadline(is_major=False)})
        super().__init__(*args, **kwargs)
        self.fields["units"].queryset = Unit.objects.recipients_in(
            user.main_unit.jurisdiction_id
        ).order_by("path")
        self.helper = page_helper(
            Field("units", template="leads/choice_columns.html"),
            Row(Column("due_on", css_class="col-sm-6")),
            Row(Column("domain", css_class="col-sm-6"), Column("conduct", css_class="col-sm-6")),
            "instructions",
        )

    def clean_due_on(self) -> dt.date:
        due_on = self.cleaned_data["due_on"]
        if due_on < due.today():
            raise forms.ValidationError("办理期限不能早于今天。")
        return due_on

    @property
    def params(self) -> dict[str, Any]:
        """The answers as the run keeps them."""
        given = self.cleaned_data
        return {
            "units": [unit.pk for unit in given["units"]],
            "due_on": given["due_on"].isoformat(),
            "domain": given["domain"].pk if given["domain"] else None,
            "conduct": given["conduct"].pk if given["conduct"] else None,
            "instructions": given["instructions"],
        }

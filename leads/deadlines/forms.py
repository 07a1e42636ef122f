"""Settling a town's deadlines."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.deadlines.kinds import Basis, DeadlineKind, Rule
from leads.deadlines.models import MOST_DAYS, DeadlineRule

#: From when each kind counts, as the page says it.
COUNTED_FROM = {
    DeadlineKind.ORDINARY: "自转办之日起",
    DeadlineKind.MAJOR: "自转办之日起",
    DeadlineKind.TO_POLICE: "自转办之日起",
    DeadlineKind.TO_DISCIPLINE: "自转办之日起",
    DeadlineKind.CONTACT: "自收到之日起",
}


class RuleForm(forms.Form):
    """One row of the page: the rule of one kind."""

    days = forms.IntegerField(label="期限", min_value=1, max_value=MOST_DAYS)
    basis = forms.ChoiceField(label="计算方式", choices=Basis.choices)
    near_days = forms.IntegerField(label="临期提前", min_value=0, max_value=MOST_DAYS)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, prefix=kind, **kwargs)
        self.kind = DeadlineKind(kind)
        self.counted_from = COUNTED_FROM[self.kind]
        for name, field in self.fields.items():
            if not field.widget.is_hidden:
                field.short = field.label
                field.label = f"{self.kind.label}，{field.label}"
                look = "form-select" if name == "basis" else "form-control"
                field.widget.attrs["class"] = look + (" is-invalid" if name in self.errors else "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        days, near_days = cleaned.get("days"), cleaned.get("near_days")
        if days and near_days is not None and near_days >= days:
            self.add_error("near_days", "临期提前的天数须少于期限。")
        return cleaned

    @property
    def rule(self) -> Rule:
        values = self.cleaned_data
        return Rule(values["days"], values["basis"], values["near_days"])


def rule_forms(data: Any, *, town: int, usual: dict[str, Rule]) -> list[RuleForm]:
    """A form for each kind, filled with what is in force."""
    settled = {row.kind: row for row in DeadlineRule.objects.in_force(town)}
    forms_ = []
    for kind in DeadlineKind.values:
        row = settled.get(kind)
        rule = row.rule if row else usual[kind]
        initial = {"days": rule.days, "basis": rule.basis, "near_days": rule.near_days}
        initial["version"] = row.version if row else 0
        forms_.append(RuleForm(data, kind=kind, initial=initial))
    return forms_

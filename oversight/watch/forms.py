"""Looking at findings, and setting the rules."""

from __future__ import annotations

from typing import Any

import django_filters
from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import QuerySet

from oversight.watch.models import Finding, WatchSetting
from oversight.watch.rules import BY_CODE, CHOICES, MOST_MINUTES, RULES
from oversight.watch.services import Setting, settings_in_force


class FindingFilter(django_filters.FilterSet):
    STATES = [("open", "未核查"), ("looked", "已核查")]

    rule = django_filters.ChoiceFilter(label="规则", choices=CHOICES, empty_label="全部")
    state = django_filters.ChoiceFilter(
        label="状态", choices=STATES, empty_label="全部", method="of_state"
    )

    class Meta:
        model = Finding
        fields: list[str] = []

    def of_state(self, findings: QuerySet, name: str, value: str) -> QuerySet:
        return findings.open() if value == "open" else findings.exclude(look=None)


class LookForm(forms.Form):
    note = forms.CharField(
        label="核查情况",
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="写明核查了什么、结论如何；不写线索内容。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class RuleForm(forms.Form):
    """One row of the page: what one rule is set to."""

    is_active = forms.BooleanField(label="启用", required=False)
    threshold = forms.IntegerField(label="次数", min_value=1, max_value=100_000)
    minutes = forms.IntegerField(label="时间（分钟）", min_value=1, max_value=MOST_MINUTES)
    night_from = forms.IntegerField(label="夜间自（时）", min_value=0, max_value=23)
    night_to = forms.IntegerField(label="夜间至（时）", min_value=0, max_value=23)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, prefix=code, **kwargs)
        self.rule = BY_CODE[code]
        if not self.rule.at_night:
            del self.fields["night_from"], self.fields["night_to"]
        for name, field in self.fields.items():
            field.short = field.label
            if not field.widget.is_hidden:
                field.label = f"{self.rule.label}，{field.label}"
                look = "form-check-input" if name == "is_active" else "form-control"
                field.widget.attrs["class"] = look + (" is-invalid" if name in self.errors else "")

    @property
    def setting(self) -> Setting:
        values = dict(self.cleaned_data)
        del values["version"]
        return Setting(**values)


def rule_forms(data: Any) -> list[RuleForm]:
    """A form for each rule, filled with what is in force."""
    settings = settings_in_force()
    versions = {row.rule: row.version for row in WatchSetting.objects.in_force()}
    return [
        RuleForm(
            data,
            code=rule.code,
            initial=vars(settings[rule.code]) | {"version": versions.get(rule.code, 0)},
        )
        for rule in RULES
    ]

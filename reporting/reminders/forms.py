"""Settling a town's reminders."""

from __future__ import annotations

from typing import Any

from django import forms

from messaging import quiet
from reporting.reminders import rounds, texts
from reporting.reminders.rounds import BEFORE, MOST_DAYS, Round, Rule
from reporting.reminders.services import QUIET, versions_of

CLOCK = {"type": "time"}


class _VersionedForm(forms.Form):
    """A part of the page, under a prefix of its own; the version is the one that was shown."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0, max_value=2**31 - 1)

    def dress(self) -> None:
        """The looks of the fields, once it is settled which there are."""
        for name, field in self.fields.items():
            look = "form-check-input" if name == "is_on" else "form-control"
            if not field.widget.is_hidden:
                wrong = " is-invalid" if name in self.errors else ""
                field.widget.attrs["class"] = f"{look}{wrong}"


class RoundForm(_VersionedForm):
    """One round: whether, when, and in which words."""

    is_on = forms.BooleanField(label="启用", required=False)
    day = forms.IntegerField(label="天数", min_value=0, max_value=MOST_DAYS)
    at = forms.TimeField(label="时间", widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    title = forms.CharField(label="标题", max_length=60, validators=[texts.check])
    body = forms.CharField(
        label="内容",
        max_length=400,
        validators=[texts.check],
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, code: str, **kwargs: Any) -> None:
        super().__init__(*args, prefix=code, **kwargs)
        self.code = Round(code)
        if self.code == Round.CUTOFF:
            del self.fields["day"], self.fields["at"]
        else:
            before = self.code in BEFORE
            self.fields["day"].label = "截止前几天" if before else "截止后第几个工作日"
        self.dress()

    @property
    def rule(self) -> Rule:
        values = self.cleaned_data
        return Rule(
            is_on=values["is_on"],
            day=values.get("day", 0),
            at=values.get("at"),
            title=values["title"],
            body=values["body"],
        )


class QuietForm(_VersionedForm):
    begins = forms.TimeField(label="开始", widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))
    ends = forms.TimeField(label="结束", widget=forms.TimeInput(attrs=CLOCK, format="%H:%M"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, prefix=QUIET, **kwargs)
        self.dress()


def round_forms(data: Any, *, town: int) -> list[RoundForm]:
    """A form for each round, filled with what is in force."""
    versions, rules = versions_of(town), rounds.rules_of([town])[town]
    return [
        RoundForm(data, code=code, initial=vars(rules[code]) | {"version": versions[code]})
        for code in Round.values
    ]


def quiet_form(data: Any, *, town: int) -> QuietForm:
    begins, ends = quiet.hours_of(town)
    initial = {"begins": begins, "ends": ends, "version": versions_of(town)[QUIET]}
    return QuietForm(data, initial=initial)

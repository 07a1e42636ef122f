"""Settling weeks, who reports in them, and who need not."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispy_forms.helper import FormHelper
from django import forms
from django.utils import timezone

from reporting.duties.models import KINDS, MOST_GRACE, REASON_LIMIT
from reporting.periods import week
from reporting.periods.rules import Rule, Scope, Weekday

WEEKS_AHEAD = 26


class WeekField(forms.TypedChoiceField):
    """One of the weeks that follow `first`, as its Saturday."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(coerce=dt.date.fromisoformat, **kwargs)

    def offer(self, first: dt.date, count: int = WEEKS_AHEAD) -> None:
        weeks = [first + number * week.WEEK for number in range(count)]
        self.choices = [(one.isoformat(), week.label(one)) for one in weeks]


class SettingForm(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


def reason_field(help_text: str) -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 2})
    return forms.CharField(
        label="理由", max_length=REASON_LIMIT, widget=widget, help_text=help_text
    )


class RuleForm(SettingForm):
    """How the weeks are from one on. `version` is the newest that the page showed."""

    from_week = WeekField(label="自哪一周起", help_text="已经开启的周期不变。")
    weekday = forms.TypedChoiceField(label="截止日", choices=Weekday.choices, coerce=int)
    due_time = forms.TimeField(
        label="截止时间", widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M")
    )
    scope = forms.ChoiceField(
        label="报送范围",
        choices=Scope.choices,
        help_text="“一周”报周六至周五的情况；“截止当日”只报截止那一天的情况。",
    )
    grace_days = forms.IntegerField(
        label="补报天数",
        min_value=0,
        max_value=MOST_GRACE,
        help_text="一周结束后还可以补报的天数，过后关闭。截止后报送的都是迟报。",
    )
    kinds = forms.MultipleChoiceField(
        label="报送单位类别",
        choices=[(kind.value, kind.label) for kind in KINDS],
        widget=forms.CheckboxSelectMultiple,
    )
    version = forms.IntegerField(min_value=0, max_value=2**31 - 1, widget=forms.HiddenInput)

    def __init__(self, *args: Any, first: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_week"].offer(first)

    @property
    def rule(self) -> Rule:
        names = ("weekday", "due_time", "scope", "grace_days")
        return Rule(*(self.cleaned_data[name] for name in names))


class DutyForm(SettingForm):
    from_week = WeekField(label="自哪一周起", help_text="已经开启的周期不变。")
    reports = forms.TypedChoiceField(
        label="改为",
        choices=[("1", "开始报送"), ("0", "停止报送")],
        coerce=lambda value: value == "1",
    )
    reason = reason_field("例如：新设单位，撤并。")

    def __init__(self, *args: Any, first: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["from_week"].offer(first)


class ExemptForm(SettingForm):
    first_week = WeekField(label="起始周")
    last_week = WeekField(label="截止周", help_text="含这一周。")
    reason = reason_field("例如：防汛抢险，全村转移。")

    def __init__(self, *args: Any, first: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("first_week", "last_week"):
            self.fields[name].offer(first)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("first_week"), cleaned.get("last_week")
        if first and last and last < first:
            self.add_error("last_week", "截止周不能早于起始周。")
        return cleaned


class ReopenForm(SettingForm):
    until = forms.DateTimeField(
        label="开放至",
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text="到时自动关闭；在此期间报送的仍记为迟报。",
    )
    reason = reason_field("例如：因停电未能按期报送。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        soon = timezone.localtime().replace(hour=18, minute=0) + dt.timedelta(days=2)
        self.fields["until"].initial = soon

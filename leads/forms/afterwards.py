"""What follows when a lead has ended."""

from __future__ import annotations

from django import forms

from leads import due
from leads.forms.steps import StepForm, day_field
from leads.states import Attitude, ContactWay


class ArchiveForm(StepForm):
    archive_ref = forms.CharField(
        label="档案号", required=False, max_length=40, help_text="本办档案有编号的，填写编号。"
    )


class FollowUpForm(StepForm):
    """回访: how and with what answer; never who."""

    contacted_on = day_field("回访日期", initial=due.today)
    way = forms.ChoiceField(
        label="方式",
        choices=[("", "请选择"), *ContactWay.choices],
        help_text="选“未联系上”的，仍须在期限以前再联系。",
    )
    attitude = forms.ChoiceField(label="举报人态度", choices=[("", "请选择"), *Attitude.choices])
    words = forms.CharField(
        label="回访情况",
        required=False,
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="不要写举报人的姓名、电话、住址。",
    )

"""What the pages of a lead's circle ask."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispy_forms.layout import Field
from django import forms
from django.utils import timezone

from departments.models import Account
from leads.circle import services
from leads.forms.steps import StepForm, day_field, page_helper
from leads.models import Lead
from leads.states import Secrecy


class CircleForm(StepForm):
    """Who reads the lead: the whole office, or those of it who handle it."""

    secrecy = forms.ChoiceField(label="知悉范围", choices=Secrecy.choices)
    handlers = forms.ModelMultipleChoiceField(
        label="承办人",
        queryset=Account.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="限定知悉时，扫黑办只有主任、登记人和这里所选的人能看内容、办理。",
    )
    note = forms.CharField(
        label="说明", max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        handlers = lead.accesses.in_force().handlers().values_list("account", flat=True)
        kwargs["initial"] = {
            "version": lead.version,
            "secrecy": lead.secrecy,
            "handlers": list(handlers),
        }
        super().__init__(*args, **kwargs)
        self.fields["handlers"].queryset = services.able_handlers(lead).order_by("pk")
        handlers_field = Field("handlers", template="leads/choice_columns.html")
        self.helper = page_helper("version", "secrecy", handlers_field, "note")


class UrgentForm(StepForm):
    """Why somebody from outside the circle must read the lead now."""

    #: Stands on the page in place of the lead's title.
    about = "限定知悉"
    note = forms.CharField(
        label="紧急查阅的理由", max_length=400, widget=forms.Textarea(attrs={"rows": 4})
    )


class GrantForm(StepForm):
    """A town leader, a reason, and a day until which they may read."""

    account = forms.ModelChoiceField(
        label="镇领导", queryset=Account.objects.none(), empty_label="请选择"
    )
    ends_on = day_field("查阅至", help_text=f"当日有效，最长 {services.LONGEST_DAYS} 天。")
    reason = forms.CharField(
        label="授权理由", max_length=400, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        week = timezone.localdate() + dt.timedelta(days=7)
        kwargs["initial"] = {"version": lead.version, "ends_on": week}
        super().__init__(*args, **kwargs)
        self.fields["account"].queryset = services.grantable(lead).order_by("pk")

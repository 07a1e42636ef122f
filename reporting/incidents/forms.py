"""What a unit tells of an incident, and the office's answer."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms
from django.utils import timezone

from departments.models import Unit
from leads.forms.steps import page_helper
from reporting.incidents.models import LONGEST, LONGEST_ANSWER

MINUTES = "%Y-%m-%dT%H:%M"


def _now() -> str:
    return timezone.localtime().strftime(MINUTES)


class IncidentForm(forms.Form):
    """Short enough to be filled on a phone, standing where it happened."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    in_danger = forms.BooleanField(
        label="有人正处于危险中",
        required=False,
        help_text="本页不代替报警，请先拨打 110。",
    )
    what = forms.CharField(
        label="发生了什么",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="写经过和现状。不写举报人姓名、电话，不写涉密内容。",
    )
    place = forms.ModelChoiceField(
        label="发生地（村居）",
        queryset=Unit.objects.none(),
        required=False,
        empty_label="不详或跨村",
    )
    happened_at = forms.DateTimeField(
        label="发生时间",
        initial=_now,
        input_formats=[MINUTES],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MINUTES),
    )
    handling = forms.CharField(
        label="现场处置情况",
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="已经做了什么、谁在现场；还没有处置的也请写明。",
    )

    def __init__(self, *args: Any, unit: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        villages = Unit.objects.villages_in(unit.jurisdiction_id).order_by("path")
        self.fields["place"].queryset = villages
        self.fields["place"].initial = unit.pk
        self.helper = page_helper()


class AnswerForm(forms.Form):
    note = forms.CharField(
        label="答复",
        max_length=LONGEST_ANSWER,
        widget=forms.Textarea(attrs={"rows": 4, "autofocus": True}),
        help_text="上报单位会看到。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()

"""What the pages of clarifications ask."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from departments.models import Unit
from leads import due
from leads.clarifications import services
from leads.clarifications.models import WORDS_LIMIT
from leads.clarifications.states import HELD, Made
from leads.forms.steps import StepForm, day_field, page_helper
from leads.models import Lead, Subject
from leads.states import Finding


def _words(label: str, help_text: str = "") -> forms.CharField:
    widget = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=WORDS_LIMIT, widget=widget, help_text=help_text)


class ProposeForm(forms.Form):
    """What is cleared, of whom, and on what grounds."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    subject = forms.ModelChoiceField(
        label="为谁澄清",
        queryset=Subject.objects.none(),
        required=False,
        empty_label="未具名，或反映的是单位",
    )
    allegation = _words("不属实的反映事项", "只写经核查不属实的事项，不写举报人的任何情况。")
    verified = _words("核查情况")
    basis = _words("依据", "核查反馈、证据材料、笔录、鉴定等。")
    verified_by = forms.ModelChoiceField(
        label="核查单位", queryset=Unit.objects.none(), empty_label="请选择"
    )
    verifiers = forms.CharField(label="核查人", max_length=60, help_text="两人以上，用顿号分开。")

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        subjects, units = lead.subjects.all(), services.verifying_units(lead)
        kwargs["initial"] = {}
        if len(units) == 1:
            kwargs["initial"]["verified_by"] = units[0]
        if len(subjects) == 1:
            [subject] = subjects
            kwargs["initial"] |= {"subject": subject, "allegation": subject.alleged}
        super().__init__(*args, **kwargs)
        self.fields["subject"].queryset = subjects
        self.fields["verified_by"].queryset = units
        if lead.finding == Finding.PARTLY_PROVEN:
            words = "线索部分查实：只写经核查不属实的那部分，查实和未能查清的不写。"
            self.fields["allegation"].help_text = words
        self.helper = page_helper()


class MakeKnownForm(StepForm):
    """How, when, where and by whom a name was cleared."""

    way = forms.ChoiceField(label="澄清方式", choices=[("", "请选择"), *Made.choices])
    made_on = day_field("澄清日期", initial=due.today)
    place = forms.CharField(
        label="地点和范围",
        max_length=100,
        required=False,
        help_text="当面、单位范围、公开场合澄清的必填。",
    )
    made_by = forms.ModelChoiceField(
        label="澄清单位", queryset=Unit.objects.none(), empty_label="请选择"
    )
    people = forms.CharField(
        label="参加人员", max_length=200, help_text="宣布人、送达人、见证人等；不写举报人。"
    )

    def __init__(self, *args: Any, town: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.filter(jurisdiction=town).active().order_by("path")
        self.fields["made_by"].queryset = units

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("way") in HELD and not cleaned.get("place"):
            self.add_error("place", "这种方式须写明地点和范围。")
        return cleaned

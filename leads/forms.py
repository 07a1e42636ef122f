"""Forms of the leads pages. They check what was typed; the services check what is allowed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crispy_forms.helper import FormHelper
from crispy_forms.layout import HTML, Column, Field, Layout, Row
from django import forms

from departments.models import Domain, Unit
from leads import due
from leads.models import ALLEGATION_LIMIT, Channel, Conduct, Feedback, Lead
from leads.states import Disposition, Finding

DATE = {"type": "date"}


def _helper(*layout: Any) -> FormHelper:
    """The page writes the form tag, the buttons and the summary of errors itself."""
    helper = FormHelper()
    helper.form_tag = False
    helper.disable_csrf = True
    if layout:
        helper.layout = Layout(*layout)
    return helper


class LeadForm(forms.ModelForm):
    """Logging a lead: one screen, the fields in the order in which a caller tells them."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    class Meta:
        model = Lead
        fields = [
            "channel",
            "reporter_kind",
            "received_on",
            "title",
            "allegation",
            "place",
            "place_detail",
            "domain",
            "conduct",
            "is_major",
            "umbrella_suspected",
            "named_units",
        ]
        widgets = {
            "received_on": forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
            "allegation": forms.Textarea(attrs={"rows": 8, "maxlength": ALLEGATION_LIMIT}),
            "named_units": forms.SelectMultiple(attrs={"size": 4}),
        }
        help_texts = {
            "title": "用一句话概括反映的行为，不要写举报人信息。",
            "allegation": "按反映人所述如实记录行为、时间、地点。请勿填写举报人姓名、电话、住址。"
            "依法信访不是线索。",
            "is_major": "涉黑性质、涉公职人员、人命枪爆、多人联名、群体性事件等。",
            "named_units": "反映内容涉及的单位。被反映的单位不会收到、也看不到本线索。"
            "按住 Ctrl 可多选。",
        }

    def __init__(self, *args: Any, town: Unit, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["channel"].queryset = Channel.objects.filter(is_active=True)
        self.fields["domain"].queryset = Domain.objects.filter(is_active=True)
        self.fields["conduct"].queryset = Conduct.objects.filter(is_active=True)
        self.fields["place"].queryset = Unit.objects.villages_in(town).order_by("path")
        self.fields["named_units"].queryset = (
            Unit.objects.active().filter(jurisdiction=town).exclude(pk=town.pk).order_by("path")
        )
        self.fields["domain"].empty_label = self.fields["conduct"].empty_label = "待研判"
        self.fields["place"].empty_label = "不详或跨村"
        self.fields["channel"].empty_label = "请选择"
        self.fields["channel"].widget.attrs["autofocus"] = True
        told = Column(
            Row(
                Column("channel", css_class="col-sm-4"),
                Column("reporter_kind", css_class="col-sm-4"),
                Column("received_on", css_class="col-sm-4"),
            ),
            "title",
            "allegation",
            Row(
                Column("is_major", css_class="col-sm-6"),
                Column("umbrella_suspected", css_class="col-sm-6"),
            ),
            css_class="col-lg-8",
        )
        settled_later = Column(
            "place", "place_detail", "domain", "conduct", "named_units", css_class="col-lg-4"
        )
        self.helper = _helper("submission", Row(told, settled_later))

    def clean_received_on(self) -> dt.date:
        received = self.cleaned_data["received_on"]
        if received > due.today():
            raise forms.ValidationError("收到日期不能晚于今天。")
        return received


class ReasonForm(forms.Form):
    """A step that needs a reason and nothing else."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    note = forms.CharField(
        label="理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 4, "autofocus": True})
    )

    def __init__(self, *args: Any, label: str = "理由", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].label = label
        self.helper = _helper()


class UnitChoice(forms.ModelMultipleChoiceField):
    """Units to assign to; those that answer for the lead's domain are marked so."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **kwargs)
        self.responsible: set[int] = set()

    def label_from_instance(self, unit: Unit) -> str:
        return f"{unit.name}（主管该领域）" if unit.pk in self.responsible else unit.name


class AssignForm(forms.Form):
    """研判转办: what the office settles about a lead, and to whom it goes until when."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    domain = forms.ModelChoiceField(
        label="行业领域", queryset=Domain.objects.filter(is_active=True), empty_label="请选择"
    )
    conduct = forms.ModelChoiceField(
        label="行为类型", queryset=Conduct.objects.filter(is_active=True), empty_label="请选择"
    )
    is_major = forms.BooleanField(label="重大线索", required=False)
    umbrella_suspected = forms.BooleanField(label="反映涉及“保护伞”", required=False)
    units = UnitChoice(label="承办单位", queryset=Unit.objects.none())
    due_on = forms.DateField(
        label="办理期限", widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d")
    )
    instructions = forms.CharField(
        label="交办要求", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        kwargs["initial"] = {
            "version": lead.version,
            "domain": lead.domain_id,
            "conduct": lead.conduct_id,
            "is_major": lead.is_major,
            "umbrella_suspected": lead.umbrella_suspected,
            "due_on": due.default_deadline(is_major=lead.is_major),
        } | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        units = self.fields["units"]
        units.queryset = (
            Unit.objects.recipients_in(lead.jurisdiction_id)
            .exclude(pk__in=lead.named_units.values("pk"))
            .order_by("path")
        )
        if lead.domain_id:
            responsible = lead.domain.units.filter(jurisdiction=lead.jurisdiction_id)
            units.responsible = set(responsible.values_list("pk", flat=True))
        self.helper = _helper(
            "version",
            Row(Column("domain", css_class="col-sm-6"), Column("conduct", css_class="col-sm-6")),
            Row(
                Column("is_major", css_class="col-sm-6"),
                Column("umbrella_suspected", css_class="col-sm-6"),
            ),
            Field("units", template="leads/unit_choice.html"),
            Row(Column("due_on", css_class="col-sm-6")),
            "instructions",
        )

    def clean_due_on(self) -> dt.date:
        due_on = self.cleaned_data["due_on"]
        if due_on < due.today():
            raise forms.ValidationError("办理期限不能早于今天。")
        return due_on


class FeedbackForm(forms.ModelForm):
    """核查反馈: two verifiers, what they found and on what it rests."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    class Meta:
        model = Feedback
        fields = [
            "first_verifier",
            "second_verifier",
            "verified_facts",
            "basis",
            "opinion",
            "finding",
        ]
        widgets = {
            "verified_facts": forms.Textarea(attrs={"rows": 6}),
            "basis": forms.Textarea(attrs={"rows": 3}),
            "opinion": forms.Textarea(attrs={"rows": 3}),
        }
        help_texts = {
            "verified_facts": "只写经核查确认的事实，与反映内容分开；没有查实的写“未能查实”。",
            "basis": "谈话、台账、现场查看、票据等。",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["finding"].choices = [("", "请选择"), *Finding.choices]
        self.helper = _helper(
            "version",
            Row(
                Column("first_verifier", css_class="col-sm-6"),
                Column("second_verifier", css_class="col-sm-6"),
            ),
            "verified_facts",
            "basis",
            "opinion",
            "finding",
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, second = cleaned.get("first_verifier"), cleaned.get("second_verifier")
        if first and first == second:
            self.add_error("second_verifier", "核查人须为两名不同的人员。")
        return cleaned


class CloseForm(forms.Form):
    """办结: finding and disposition are two questions with two answers."""

    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)
    finding = forms.ChoiceField(label="核查结论", choices=[("", "请选择"), *Finding.choices])
    disposition = forms.ChoiceField(
        label="处理结果", choices=[("", "请选择"), *Disposition.choices]
    )
    closing_words = forms.CharField(
        label="办结说明", max_length=2000, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = _helper(
            "version",
            Row(
                Column("finding", css_class="col-sm-6"),
                Column("disposition", css_class="col-sm-6"),
            ),
            "closing_words",
            HTML(
                '<p class="form-text">“查否”只说明反映的行为经核查不属实或不存在；'
                "未能查实的请选“存疑”或“无法核查”。</p>"
            ),
        )

"""Logging a lead."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from crispy_forms.layout import Column, Row
from django import forms

from departments.models import Domain, Unit
from leads import due, number_only
from leads.forms.steps import DATE, page_helper
from leads.models import ALLEGATION_LIMIT, Channel, Conduct, Lead


class LeadForm(forms.ModelForm):
    """Logging a lead: one screen, the fields in the order in which a caller tells them."""

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)

    class Meta:
        model = Lead
        fields = [
            "channel",
            "external_number",
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
            "external_number": "12337 线索只填编号。上级交办的，可填文号。",
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
        self._without_words()
        told = Column(
            Row(
                Column("channel", css_class="col-sm-6"),
                Column("external_number", css_class="col-sm-6"),
                Column("reporter_kind", css_class="col-sm-6"),
                Column("received_on", css_class="col-sm-6"),
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
        self.helper = page_helper("submission", Row(told, settled_later))

    def _without_words(self) -> None:
        """Ask for no words where the chosen channel keeps a number only."""
        number_only_channels = self.fields["channel"].queryset.filter(number_only=True)
        keys = {str(key) for key in number_only_channels.values_list("pk", flat=True)}
        self.fields["channel"].widget.attrs["data-number-only"] = " ".join(sorted(keys))
        if self["channel"].value() is not None and str(self["channel"].value()) in keys:
            for name in ("title", "allegation"):
                self.fields[name].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        try:
            return number_only.settle(cleaned)
        except forms.ValidationError as error:
            self.add_error(None, error)
            return cleaned

    def clean_received_on(self) -> dt.date:
        received = self.cleaned_data["received_on"]
        if received > due.today():
            raise forms.ValidationError("收到日期不能晚于今天。")
        return received

"""Logging a lead."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from crispy_forms.layout import HTML, Column, Field, Row
from django import forms
from django.db.models import Q
from django.http import QueryDict

from departments.models import Domain, Unit
from leads import due, number_only
from leads.forms.steps import DATE, page_helper
from leads.forms.subjects import subject_rows
from leads.models import ALLEGATION_LIMIT, TOLD, Channel, Conduct, Lead
from leads.reporters.forms import reporter_rows
from leads.reporters.identity import require_named
from pages.forms import ask_again

#: Where the hints of `leads.duplicates` appear while a person types.
HINTS = '{% include "leads/duplicates_while_typing.html" %}'
SUBJECTS = '{% include "leads/subject_rows.html" %}'
REPORTERS = '{% include "leads/reporters/rows.html" %}'


class LeadWordsForm(forms.ModelForm):
    """What a lead says: one screen, the fields in the order in which a caller tells them.

    The rows of people named belong to it: `cleaned_data["subjects"]` holds them unsaved.
    """

    class Meta:
        model = Lead
        fields = [*TOLD, "named_units"]
        widgets = {
            "received_on": forms.DateInput(attrs=DATE, format="%Y-%m-%d"),
            "allegation": forms.Textarea(attrs={"rows": 8, "maxlength": ALLEGATION_LIMIT}),
            "named_units": forms.CheckboxSelectMultiple,
        }
        help_texts = {
            "external_number": "12337 线索只填编号；上级交办的可填文号。",
            "title": "用一句话概括反映的行为，不要写举报人信息。",
            "allegation": "按反映人所述如实记录行为、时间、地点。请勿填写举报人姓名、电话、住址。"
            "依法信访不是线索。",
            "is_major": "涉黑性质、涉公职人员、人命枪爆、多人联名、群体性事件等。",
            "named_units": "反映内容涉及的单位。被反映的单位不会收到、也看不到本线索。",
        }

    #: Kept selectable though out of use: what the lead has already.
    kept: Lead | None = None

    def __init__(
        self,
        data: QueryDict | None = None,
        *args: Any,
        town: Unit,
        subjects: list[dict[str, Any]] | None = None,
        add_row: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.subjects = subject_rows(data, subjects, add=add_row)
        kept = self.kept
        for name, model in (("channel", Channel), ("domain", Domain), ("conduct", Conduct)):
            there = Q(is_active=True) | Q(pk=getattr(kept, f"{name}_id", None))
            self.fields[name].queryset = model.objects.filter(there)
        self.fields["place"].queryset = Unit.objects.villages_in(town).order_by("path")
        self.fields["named_units"].queryset = (
            Unit.objects.active()
            .filter(jurisdiction=town)
            .exclude(pk=town.pk)
            .order_by("kind", "path")
        )
        self.fields["domain"].empty_label = self.fields["conduct"].empty_label = "待研判"
        self.fields["place"].empty_label = "不详或跨村"
        self.fields["channel"].empty_label = "请选择"
        self._ask_for_words()

    def _ask_for_words(self) -> None:
        """Ask for none where the chosen channel keeps a number only."""
        channels = self.fields["channel"].queryset.filter(number_only=True)
        keys = {str(key) for key in channels.values_list("pk", flat=True)}
        self.fields["channel"].widget.attrs["data-number-only"] = " ".join(sorted(keys))
        self.keeps_no_words = str(self["channel"].value()) in keys
        if self.keeps_no_words:
            self.fields["title"].required = self.fields["allegation"].required = False

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["subjects"] = []
        if not self.keeps_no_words:
            if self.subjects.is_valid():
                cleaned["subjects"] = self.subjects.people
            for complaint in self.subjects.complaints:
                self.add_error(None, complaint)
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


class LeadForm(LeadWordsForm):
    """Logging a lead. `submission` makes a second click harmless, and names the draft.

    Who reported belongs to it: `cleaned_data["reporters"]` holds their identities, to be sealed.
    """

    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    draft_version = forms.IntegerField(
        widget=forms.HiddenInput, initial=0, min_value=0, required=False
    )

    reporters_seen = forms.CharField(
        widget=forms.HiddenInput, required=False, max_length=200, strip=True
    )

    def __init__(
        self,
        data: QueryDict | None = None,
        *args: Any,
        reporters: Sequence[dict[str, str]] = (),
        add_reporter: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(data, *args, **kwargs)
        self.reporters = reporter_rows(data, list(reporters), add=add_reporter)
        # With the channel known beforehand, a caller's first words are what is typed first.
        first = "title" if self["channel"].value() else "channel"
        self.fields[first].widget.attrs["autofocus"] = True
        self.helper = page_helper(
            "submission", "draft_version", "reporters_seen", layout_of_words(HTML(REPORTERS))
        )

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        cleaned["reporters"] = []
        if not self.keeps_no_words:
            if self.reporters.is_valid():
                cleaned["reporters"] = self.reporters.identities
                self._check_reporters(cleaned)
            for complaint in self.reporters.complaints:
                self.add_error(None, complaint)
        cleaned.pop("reporters_seen", None)
        return cleaned

    def _check_reporters(self, cleaned: dict[str, Any]) -> None:
        try:
            require_named(cleaned.get("reporter_kind", ""), cleaned["reporters"])
        except forms.ValidationError as error:
            self.add_error(None, error)
        else:
            ask_again(self, "reporters_seen", self.reporters.doubts)

    def clean_draft_version(self) -> int:
        return self.cleaned_data["draft_version"] or 0


def layout_of_words(*after_the_channel: Any) -> Row:
    told = Column(
        Row(
            Column("channel", css_class="col-sm-6"),
            Column("external_number", css_class="col-sm-6"),
            Column("reporter_kind", css_class="col-sm-6"),
            Column("received_on", css_class="col-sm-6"),
        ),
        *after_the_channel,
        "title",
        "allegation",
        HTML(HINTS),
        HTML(SUBJECTS),
        css_class="col-lg-8",
    )
    settled_later = Column(
        "place",
        "place_detail",
        "domain",
        "conduct",
        Field("named_units", template="leads/choice_picker.html"),
        "is_major",
        "umbrella_suspected",
        css_class="col-lg-4",
    )
    return Row(told, settled_later)

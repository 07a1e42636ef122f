"""Assessing a lead, and handing it to units."""

from __future__ import annotations

import datetime as dt
from typing import Any

from crispy_forms.layout import Column, Field, Row
from django import forms

from departments.models import Domain, Unit
from leads import due
from leads.deadlines.kinds import DeadlineKind
from leads.deadlines.rules import Deadline, Rules, kind_of
from leads.forms.steps import DATE, page_helper
from leads.models import Conduct, Lead


class UnitChoice(forms.ModelMultipleChoiceField):
    """Units to assign to; those that answer for the lead's domain are marked so."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=forms.CheckboxSelectMultiple, **kwargs)
        self.responsible: set[int] = set()

    def label_from_instance(self, unit: Unit) -> str:
        return f"{unit.name}（主管该领域）" if unit.pk in self.responsible else unit.name


def due_help(rules: Rules, offered: Deadline) -> str:
    """How the offered deadline came about, and whether its days are sure."""
    usual, major = (rules.by_kind[kind] for kind in (DeadlineKind.ORDINARY, DeadlineKind.MAJOR))
    words = f"一般线索 {usual.length}，重大线索 {major.length}，可以修改。"
    return words + (f"{offered.note}。" if offered.note else "")


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
        rules = Rules.of(lead.jurisdiction_id)
        offered = rules.deadline(kind_of(is_major=lead.is_major), due.today())
        kwargs["initial"] = {
            "version": lead.version,
            "domain": lead.domain_id,
            "conduct": lead.conduct_id,
            "is_major": lead.is_major,
            "umbrella_suspected": lead.umbrella_suspected,
            "due_on": offered.due_on,
        } | kwargs.get("initial", {})
        super().__init__(*args, **kwargs)
        self.fields["due_on"].help_text = due_help(rules, offered)
        units = self.fields["units"]
        units.queryset = (
            Unit.objects.recipients_in(lead.jurisdiction_id)
            .exclude(pk__in=lead.named_units.values("pk"))
            .order_by("path")
        )
        if lead.domain_id:
            responsible = lead.domain.units.filter(jurisdiction=lead.jurisdiction_id)
            units.responsible = set(responsible.values_list("pk", flat=True))
        self.helper = page_helper(
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


class AddUnitsForm(AssignForm):
    """加派: as handing out, with the assessment settled already."""

    domain = conduct = is_major = umbrella_suspected = None

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, lead=lead, **kwargs)
        units = self.fields["units"]
        units.label = "加派单位"
        units.queryset = units.queryset.exclude(pk__in=lead.assignments_of_round().values("unit"))
        self.helper = page_helper(
            "version",
            Field("units", template="leads/unit_choice.html"),
            Row(Column("due_on", css_class="col-sm-6")),
            "instructions",
        )

"""Assessing a lead, and handing it to units."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from crispy_forms.layout import Column, Field, Row
from django import forms
from django.db.models import QuerySet

from departments.models import Domain, Unit, UnitKind
from leads import due
from leads.deadlines.kinds import DeadlineKind
from leads.deadlines.rules import HALVES, Deadline, Rules, kind_of
from leads.forms.steps import StepForm, day_field, page_helper
from leads.models import Conduct, Lead, MajorCriterion
from leads.routing.suggestions import JOINT_KINDS, Facts, Suggestion, Table
from leads.services import JointTransfer
from leads.states import AssignmentRole, Secrecy


@dataclass(frozen=True)
class UnitRow:
    """A unit of the table to tick in: whether it is ticked, leads, and why it is suggested."""

    unit: Unit
    is_ticked: bool
    leads: bool
    suggestion: Suggestion | None


def due_help(rules: Rules, offered: Deadline) -> str:
    """How the offered deadline came about, and whether its days are sure."""
    usual, major = (rules.by_kind[kind] for kind in (DeadlineKind.ORDINARY, DeadlineKind.MAJOR))
    words = f"一般线索 {usual.length}，重大线索 {major.length}，可以修改。"
    return words + (f"{offered.note}。" if offered.note else "")


class UnitsForm(StepForm):
    """Units to tick, from those that may have the lead: until when, and with what words.

    The units that the routing table suggests are ticked to begin with. Units that must keep away
    are not among the choices, but are named beneath them.
    """

    units = forms.ModelMultipleChoiceField(
        label="承办单位",
        queryset=Unit.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    due_on = day_field("办理期限")
    instructions = forms.CharField(
        label="交办要求", required=False, max_length=2000, widget=forms.Textarea(attrs={"rows": 3})
    )

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        rules = Rules.of(lead.jurisdiction_id)
        offered = rules.deadline(kind_of(is_major=lead.is_major), due.today())
        usual = {"version": lead.version, "due_on": offered.due_on} | self._usual(lead, rules)
        kwargs["initial"] = usual | (kwargs.get("initial") or {})
        super().__init__(*args, **kwargs)
        self.fields["due_on"].help_text = due_help(rules, offered)
        self._explain(rules)
        fit = Unit.objects.recipients_in(lead.jurisdiction_id).order_by("path")
        self.barred = list(fit.filter(pk__in=lead.barred.units))
        self._offer(fit.exclude(pk__in=lead.barred.units))
        self.suggested: dict[int, Suggestion] = {}

    def _usual(self, lead: Lead, rules: Rules) -> dict[str, Any]:
        """What else the form begins with."""
        return {}

    def _explain(self, rules: Rules) -> None:
        """Say how the other deadlines of the form came about."""

    def _offer(self, units: QuerySet[Unit]) -> None:
        self.able = list(units)
        for name in ("units", "lead_unit"):
            if name in self.fields:
                self.fields[name].queryset = units

    @property
    def unit_rows(self) -> list[UnitRow]:
        """Every unit that can be chosen, the suggested ones first."""
        ticked = {str(key) for key in self["units"].value() or []}
        lead = str(self["lead_unit"].value() or "") if "lead_unit" in self.fields else ""
        rows = [
            UnitRow(unit, str(unit.pk) in ticked, str(unit.pk) == lead, self.suggested.get(unit.pk))
            for unit in self.able
        ]
        order = list(self.suggested)
        return sorted(
            rows,
            key=lambda row: order.index(row.unit.pk) if row.suggestion else len(order),
        )

    def clean_due_on(self) -> dt.date:
        return self._not_past("due_on")

    def _not_past(self, name: str) -> dt.date | None:
        day = self.cleaned_data[name]
        if day and day < due.today():
            raise forms.ValidationError("办理期限不能早于今天。")
        return day


class AddUnitsForm(UnitsForm):
    """加派: as handing out, with the assessment settled already."""

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, lead=lead, **kwargs)
        units = self.fields["units"]
        units.label, units.required = "加派单位", True
        there = lead.assignments_of_round().values("unit")
        self._offer(units.queryset.exclude(pk__in=there))
        self.helper = page_helper(
            "version",
            Field("units", template="leads/unit_choice.html"),
            Row(Column("due_on", css_class="col-sm-6")),
            "instructions",
        )


class AssignForm(UnitsForm):
    """研判转办: what the office settles about a lead, and to whom it goes until when.

    `choices_of` takes what was typed, and ticks anew what the table suggests for it.
    """

    suggest_label = "按所选重新建议单位"
    #: The page shows what is assessed, and leads that may be the same, beside the form.
    assesses = True
    domain = forms.ModelChoiceField(
        label="行业领域", queryset=Domain.objects.active(), empty_label="请选择"
    )
    conduct = forms.ModelChoiceField(
        label="行为类型", queryset=Conduct.objects.active(), empty_label="请选择"
    )
    is_major = forms.BooleanField(label="重大线索", required=False)
    criteria = forms.ModelMultipleChoiceField(
        label="符合的重大线索标准",
        queryset=MajorCriterion.objects.active(),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text="勾选任何一项即为重大线索。",
    )
    umbrella_suspected = forms.BooleanField(label="反映涉及“保护伞”", required=False)
    secrecy = forms.ChoiceField(
        label="知悉范围",
        choices=Secrecy.choices,
        required=False,
        help_text="限定：扫黑办只有主任、登记人和承办人能看内容。不是密级，涉密内容不得录入本系统。",
    )
    is_joint = forms.BooleanField(
        label="双移交（公安、纪检同时主办）",
        required=False,
        help_text="一次转办，两家分别签收、分别限期、分别反馈；其他所选单位为协办。",
    )
    police_due_on = day_field("公安办理期限", required=False)
    discipline_due_on = day_field("纪检办理期限", required=False)
    lead_unit = forms.ModelChoiceField(
        label="主办单位", queryset=Unit.objects.none(), required=False
    )

    def __init__(self, *args: Any, lead: Lead, **kwargs: Any) -> None:
        super().__init__(*args, lead=lead, **kwargs)
        self.suggested = {one.unit.pk: one for one in self._suggest(lead)}
        self._tick_suggested()
        self.helper = page_helper(
            "version",
            Row(
                Column("domain", css_class="col-sm-4"),
                Column("conduct", css_class="col-sm-4"),
                Column("secrecy", css_class="col-sm-4"),
            ),
            Row(
                Column("is_major", css_class="col-sm-6"),
                Column("umbrella_suspected", css_class="col-sm-6"),
            ),
            Field("criteria", template="leads/choice_columns.html"),
            "is_joint",
            Row(
                Column("police_due_on", css_class="col-sm-6"),
                Column("discipline_due_on", css_class="col-sm-6"),
            ),
            Field("units", template="leads/unit_choice.html"),
            Row(Column("due_on", css_class="col-sm-6")),
            "instructions",
        )

    @classmethod
    def choices_of(cls, data: Any, *, lead: Lead) -> AssignForm:
        """The form with what was typed kept, and the units suggested anew for it."""
        kept = {
            name: field.widget.value_from_datadict(data, {}, name)
            for name, field in cls.base_fields.items()
            if name not in ("units", "lead_unit", "is_joint")
        }
        return cls(lead=lead, initial=kept)

    def _usual(self, lead: Lead, rules: Rules) -> dict[str, Any]:
        return {
            "domain": lead.domain_id,
            "conduct": lead.conduct_id,
            "is_major": lead.is_major,
            "criteria": [criterion.pk for criterion in lead.criteria.all()],
            "umbrella_suspected": lead.umbrella_suspected,
            "secrecy": lead.secrecy,
            **{f"{unit}_due_on": found.due_on for unit, found in self._halves(rules).items()},
        }

    def _explain(self, rules: Rules) -> None:
        for unit, found in self._halves(rules).items():
            length, note = rules.by_kind[HALVES[unit]].length, found.note and f"{found.note}。"
            self.fields[f"{unit}_due_on"].help_text = f"{length}，可以修改。{note}"

    @staticmethod
    def _halves(rules: Rules) -> dict[str, Deadline]:
        """The deadlines of a 双移交 that begins today, by the kind of unit."""
        return {unit: rules.deadline(HALVES[unit], due.today()) for unit in JOINT_KINDS}

    def _suggest(self, lead: Lead) -> list[Suggestion]:
        """By what stands in the form, not in the lead: the office settles it here."""
        facts = Facts(
            domain=_key(self["domain"].value()),
            conduct=_key(self["conduct"].value()),
            place=lead.place_id,
            umbrella=bool(self["umbrella_suspected"].value()),
            from_units=lead.registered_unit.kind != UnitKind.OFFICE,
        )
        return Table.read(lead.jurisdiction_id).suggest(facts, barred=lead.barred.units)

    def _tick_suggested(self) -> None:
        leading = [one for one in self.suggested.values() if one.role == AssignmentRole.LEAD]
        joint = {unit.kind for unit in self.able if unit.kind in JOINT_KINDS} == set(JOINT_KINDS)
        joint = joint and len(leading) > 1
        self.initial.setdefault("is_joint", joint)
        self.initial.setdefault("units", list(self.suggested))
        if leading and not joint:
            self.initial.setdefault("lead_unit", leading[0].unit.pk)

    def clean_secrecy(self) -> str:
        return self.cleaned_data["secrecy"] or Secrecy.NORMAL

    def clean_police_due_on(self) -> dt.date | None:
        return self._not_past("police_due_on")

    def clean_discipline_due_on(self) -> dt.date | None:
        return self._not_past("discipline_due_on")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._clean_weight(cleaned)
        is_joint = cleaned.pop("is_joint", False)
        days = [cleaned.pop(f"{kind}_due_on", None) for kind in JOINT_KINDS]
        self._clean_units(cleaned, is_joint=is_joint)
        cleaned["joint"] = None
        if is_joint:
            for kind, day in zip(JOINT_KINDS, days, strict=True):
                if day is None and f"{kind}_due_on" not in self.errors:
                    self.add_error(f"{kind}_due_on", "双移交须分别填写办理期限。")
            cleaned["joint"] = JointTransfer(*days)
        return cleaned

    def _clean_weight(self, cleaned: dict[str, Any]) -> None:
        criteria = cleaned.get("criteria")
        if criteria:
            cleaned["is_major"] = True
        elif cleaned.get("is_major") and self.fields["criteria"].queryset.exists():
            self.add_error("criteria", "请勾选这条线索符合的重大线索标准。")

    def _clean_units(self, cleaned: dict[str, Any], *, is_joint: bool) -> None:
        units, lead_unit = list(cleaned.get("units") or []), cleaned.get("lead_unit")
        if is_joint or "units" in self.errors:
            cleaned["lead_unit"] = None
            return
        if not units:
            self.add_error("units", self.fields["units"].error_messages["required"])
        elif lead_unit is None:
            # As the table on the page has it: the suggested one, or the first that is ticked.
            order = [row.unit for row in self.unit_rows]
            cleaned["lead_unit"] = min(units, key=order.index)
        elif lead_unit not in units:
            self.add_error("units", "主办单位须在所选的承办单位之中。")
        kinds = {unit.kind for unit in units}
        able = {unit.kind for unit in self.able}
        if (
            cleaned.get("umbrella_suspected")
            and UnitKind.DISCIPLINE in able
            and UnitKind.DISCIPLINE not in kinds
        ):
            self.add_error("is_joint", "反映涉及“保护伞”的线索须移交纪检机关，请选双移交。")


def _key(value: Any) -> int | None:
    try:
        return int(value)
    except (TypeError, ValueError):
        return None

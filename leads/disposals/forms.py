"""Forms of retention, reviews and holds."""

from __future__ import annotations

from typing import Any

from django import forms

from leads import due
from leads.disposals import rules
from leads.disposals.models import REASON_LIMIT, DisposalItem
from leads.disposals.services import STATEMENT, Review
from leads.disposals.states import Decision, OutcomeKind
from leads.forms.steps import DATE, StepForm, page_helper


class YearsForm(forms.Form):
    """One row of the schedule: for how many years leads that ended one way are kept."""

    years = forms.IntegerField(min_value=1, max_value=rules.MOST_YEARS, required=False)
    version = forms.IntegerField(widget=forms.HiddenInput, min_value=0)

    def __init__(self, *args: Any, kind: str, **kwargs: Any) -> None:
        super().__init__(*args, prefix=kind, **kwargs)
        self.kind = OutcomeKind(kind)
        self.usual = rules.USUAL[kind]
        field = self.fields["years"]
        field.label = f"{self.kind.label}，留存年数"
        invalid = " is-invalid" if "years" in self.errors else ""
        field.widget.attrs["class"] = f"form-control{invalid}"


def years_forms(data: Any, *, town: int) -> list[YearsForm]:
    """A form for each kind, filled with what is in force."""
    schedule = rules.in_force(town)
    return [
        YearsForm(data, kind=kind, initial={"years": kept.years, "version": kept.version})
        for kind, kept in schedule.items()
    ]


class WhyForm(forms.Form):
    """Why the schedule is changed."""

    reason = forms.CharField(
        label="修改的理由和依据",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 2}),
        help_text="例如档案保管期限表、上级通知的文号。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()


class ItemForm(forms.Form):
    """One lead of a batch under review. Nothing chosen is no error: not everybody does all."""

    decision = forms.ChoiceField(choices=[("", "未复核"), *Decision.choices], required=False)
    reason = forms.CharField(max_length=REASON_LIMIT, required=False)
    keep_until = forms.DateField(
        required=False, widget=forms.DateInput(attrs=DATE, format="%Y-%m-%d")
    )

    def __init__(self, data: Any, *, item: DisposalItem) -> None:
        initial = {
            "decision": item.decision,
            "reason": item.reason,
            "keep_until": item.keep_until,
        }
        super().__init__(data, prefix=f"item-{item.pk}", initial=initial)
        self.item = item
        labels = {
            "decision": "复核意见",
            "reason": "继续留存的理由",
            "keep_until": "继续留存至",
        }
        for name, label in labels.items():
            field = self.fields[name]
            field.label = f"{item.number}，{label}"
            field.widget.attrs["aria-label"] = field.label
            if name == "reason":
                field.widget.attrs["placeholder"] = label
            kind = "form-select" if name == "decision" else "form-control"
            invalid = " is-invalid" if name in self.errors else ""
            field.widget.attrs["class"] = f"{kind} {kind}-sm{invalid}"

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("decision") == Decision.KEEP:
            if not cleaned.get("reason"):
                self.add_error("reason", f"{self.item.number}：请填写继续留存的理由。")
            until = cleaned.get("keep_until")
            if "keep_until" not in self.errors and (until is None or until <= due.today()):
                self.add_error("keep_until", f"{self.item.number}：请填写今天以后的日期。")
        return cleaned

    @property
    def review(self) -> Review:
        """What was said; of what goes, no reason is kept."""
        given = self.cleaned_data
        decision = given["decision"]
        if decision != Decision.KEEP:
            return Review(decision)
        return Review(decision, given["reason"], given["keep_until"])


class ApproveForm(StepForm):
    statement = forms.BooleanField(label=STATEMENT, required=False)


class HoldForm(StepForm):
    """Why the disposal of a lead is put off, or goes on."""

    note = forms.CharField(
        label="理由",
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3, "autofocus": True}),
        help_text="例如诉讼、复议、信访复查、审计正在进行。不要写举报人的情况。",
    )

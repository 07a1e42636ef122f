"""The form of a correction: that of the report, with the reason and what it was written against."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django import forms

from reporting.corrections.models import REASON_LIMIT, WeeklyCorrection
from reporting.weekly.form import Content, ReportForm
from reporting.weekly.forms import StepForm, WeeklyForm, initial
from reporting.weekly.models import WeeklyReport


class CorrectionForm(WeeklyForm):
    """A received report, typed anew; the office is shown its numbers alone."""

    seen = forms.CharField(max_length=64, widget=forms.HiddenInput)
    reason = forms.CharField(
        max_length=REASON_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": "请写明更正的理由。"},
    )

    def __init__(
        self,
        *args: Any,
        report: WeeklyReport,
        by_office: bool,
        correction: WeeklyCorrection | None,
        **kwargs: Any,
    ) -> None:
        said = correction or report
        shown = initial(said.content, version=correction.version if correction else 0)
        shown |= {"seen": report.signature, "reason": correction.reason if correction else ""}
        form = report.form
        super().__init__(
            *args,
            declared=_numbers_of(form) if by_office else form,
            before=report,
            counted={} if by_office else report.counted,
            initial=shown,
            **kwargs,
        )
        self.report, self.by_office = report, by_office
        if by_office:
            del self.fields["is_zero"]
        self.fields["reason"].label = "核减理由" if by_office else "更正理由"
        self.fields["reason"].help_text = (
            "填报单位和镇领导会看到。" if by_office else "扫黑办和镇领导会看到，与更正一并签字。"
        )

    @property
    def corrected(self) -> Content:
        """All that the report shall say: what was typed, and of the unit's words those it has."""
        if not self.by_office:
            return self.content
        return replace(self.report.content, figures=self.content.figures)

    @property
    def sent(self) -> dict[str, Any]:
        """What the services that write are given of it."""
        return {
            "report": self.report,
            "by_office": self.by_office,
            "content": self.corrected,
            "reason": self.cleaned_data["reason"],
            "expected_version": self.cleaned_data["version"],
            "seen": self.cleaned_data["seen"],
        }

    def says_the_same_as(self, correction: WeeklyCorrection) -> bool:
        typed = (self.corrected, self.cleaned_data["reason"])
        return typed == (correction.content, correction.reason)

    def show_what_stands(self, correction: WeeklyCorrection | None) -> None:
        """Keep what was typed; whoever sends it again has seen what stands beside it now."""
        self.data = self.data.copy()
        self.data["version"] = str(correction.version if correction else 0)
        self.data["seen"] = self.report.signature


def _numbers_of(form: ReportForm) -> ReportForm:
    shown = {figure.block for figure in form.figures}
    blocks = tuple(block for block in form.blocks if block in shown)
    return replace(form, texts=(), blocks=blocks)


class CorrectionStepForm(StepForm):
    """One step of a correction."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["note"].help_text = "填报单位会看到。退回后原报内容不变。"

"""Forms of rewards and their tiers."""

from __future__ import annotations

import uuid
from typing import Any

from django import forms

from leads.codes.forms import CodeForm
from leads.forms.steps import StepForm, page_helper
from leads.rewards.models import BASIS_LIMIT, MOST_YUAN, RewardTier
from leads.rewards.services import STATEMENT


class ProposeForm(forms.Form):
    submission = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    tier = forms.ModelChoiceField(
        label="档次", queryset=RewardTier.objects.none(), empty_label="请选择"
    )
    amount = forms.IntegerField(label="金额（元）", min_value=1, max_value=MOST_YUAN)
    basis = forms.CharField(
        label="依据",
        max_length=BASIS_LIMIT,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="适用的奖励办法条款和线索所起的作用。不要写举报人的姓名和能认出举报人的情况。",
    )

    def __init__(self, *args: Any, town: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tier"].queryset = RewardTier.objects.of(town).active()
        self.helper = page_helper()


class ApproveForm(StepForm):
    statement = forms.BooleanField(label=STATEMENT, required=False)


class PayForm(StepForm, CodeForm):
    """The code that the reporter presents."""


class TierForm(forms.ModelForm):
    """A tier, as the director edits it."""

    seen = forms.CharField(widget=forms.HiddenInput, max_length=64, required=False)

    class Meta:
        model = RewardTier
        fields = ["name", "low", "high", "is_active"]
        help_texts = {"is_active": "停用后不能再选，已经提出的奖励不变。"}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()

    def _post_clean(self) -> None:
        """The service writes the row, and checks it: this form only reads what was typed."""

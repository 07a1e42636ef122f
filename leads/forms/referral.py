"""Sending a lead up, and the receipt for it."""

from __future__ import annotations

from django import forms

from leads import due
from leads.forms.steps import StepForm, day_field


class ReferForm(StepForm):
    authority = forms.CharField(label="移送单位", max_length=60)
    document_number = forms.CharField(label="移送文号", max_length=60, required=False)
    referred_on = day_field("移送日期", initial=due.today)
    pages = forms.IntegerField(label="材料页数", min_value=0, max_value=30_000, initial=0)
    note = forms.CharField(
        label="移送理由", max_length=1000, widget=forms.Textarea(attrs={"rows": 3})
    )


class ReceiptForm(StepForm):
    receipt_number = forms.CharField(label="回执文号", max_length=60, required=False)
    received_by = forms.CharField(label="接收人", max_length=30)
    received_on = day_field("接收日期", initial=due.today)

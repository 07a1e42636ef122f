"""Handing out a code, typing one, adding to a lead, answering."""

from __future__ import annotations

from typing import Any

from django import forms

from leads.codes import digits
from leads.codes.models import REPLY_LIMIT, SUPPLEMENT_LIMIT
from leads.codes.states import CLERKS_WAYS
from leads.forms.steps import StepForm, page_helper


class CodeForm(forms.Form):
    """A code as somebody types it."""

    code = forms.CharField(
        label="查询码",
        max_length=60,
        help_text="20 位数字，空格可以不填。",
        widget=forms.TextInput(
            attrs={"inputmode": "numeric", "autocomplete": "off", "spellcheck": "false"}
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()

    def clean_code(self) -> str:
        code = digits.read(self.cleaned_data["code"])
        if code is None:
            raise forms.ValidationError("查询码应是 20 位数字，请核对有没有多一位、少一位或输错。")
        return code


class IssueForm(forms.Form):
    """The token that makes a second click show the same code; a reason where one is replaced."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=300)
    note = forms.CharField(
        label="补发的理由",
        max_length=150,
        required=False,
        help_text="补发后，原来的查询码即作废。请先确认来人就是举报人，例如请其说出举报的要点。",
    )

    def __init__(self, *args: Any, replaces: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not replaces:
            del self.fields["note"]
        self.helper = page_helper()


class SupplementForm(forms.Form):
    """What the reporter adds. `token` stands for the code that was typed."""

    token = forms.CharField(widget=forms.HiddenInput, max_length=300)
    way = forms.ChoiceField(label="方式", choices=CLERKS_WAYS)
    text = forms.CharField(
        label="补充内容",
        max_length=SUPPLEMENT_LIMIT,
        widget=forms.Textarea(attrs={"rows": 5, "maxlength": SUPPLEMENT_LIMIT}),
        help_text="如实记录补充的行为、时间、地点。不要写举报人的姓名、电话、住址，不得填写涉密内容。",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = page_helper()


class ReplyForm(StepForm):
    """What a code tells besides where the lead stands."""

    words = forms.CharField(
        label="可告知举报人的内容",
        required=False,
        max_length=REPLY_LIMIT,
        widget=forms.Textarea(attrs={"rows": 4, "maxlength": REPLY_LIMIT}),
        help_text="凭查询码的人都能看到。不要写承办单位、办案人员、他人姓名和核查细节；"
        "留空保存即撤回现有的答复。",
    )

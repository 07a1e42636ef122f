"""Accounts, proposals and reasons."""

from __future__ import annotations

from typing import Any

import django_filters
from crispy_forms.helper import FormHelper
from django import forms
from django.db.models import Q, QuerySet

from departments.models import Account, Unit
from departments.roles import Role


class _Form(forms.Form):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helper = FormHelper()
        self.helper.form_tag = False
        self.helper.disable_csrf = True


class ProposalForm(_Form):
    """A role at a unit of the administrator's towns."""

    unit = forms.ModelChoiceField(label="单位", queryset=Unit.objects.none())
    role = forms.ChoiceField(
        label="角色",
        choices=[("", "请选择"), *Role.choices],
        help_text="由安全管理员决定是否授予。三类管理员互斥，也不能兼任其他角色。",
    )

    def __init__(self, *args: Any, user: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.active().filter(
            jurisdiction_id__in=user.jurisdictions_as(Role.SYSTEM_ADMIN)
        )
        self.fields["unit"].queryset = units


class AccountForm(ProposalForm):
    username = forms.CharField(
        label="用户名", max_length=150, help_text="登录用，建立后不能更改；字母、数字和 . _ -。"
    )
    full_name = forms.CharField(label="姓名", max_length=60)
    email = forms.EmailField(
        label="电子邮箱",
        required=False,
        max_length=254,
        help_text="接收提醒；不填则只在系统内提醒。",
    )
    field_order = ["username", "full_name", "email", "unit", "role"]


class ReasonForm(_Form):
    reason = forms.CharField(label="理由", max_length=120, help_text="记入审计记录；不写线索内容。")


class SeenForm(ReasonForm):
    seen = forms.CharField(widget=forms.HiddenInput, max_length=64)


class DecisionForm(_Form):
    is_granted = forms.TypedChoiceField(
        label="决定",
        choices=[("1", "同意授予"), ("0", "不同意")],
        coerce=lambda value: value == "1",
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label="理由", max_length=120, required=False, help_text="不同意的必须填写。"
    )

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("is_granted") is False and not values.get("reason"):
            self.add_error("reason", "请写明不同意的理由。")
        return values


class AccountFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label="姓名或用户名", method="of_name")
    role = django_filters.ChoiceFilter(
        label="角色", choices=Role.choices, empty_label="全部", method="of_role"
    )

    class Meta:
        model = Account
        fields: list[str] = []

    def of_name(self, accounts: QuerySet, name: str, value: str) -> QuerySet:
        return accounts.filter(Q(username__icontains=value) | Q(full_name__icontains=value))

    def of_role(self, accounts: QuerySet, name: str, value: str) -> QuerySet:
        return accounts.filter(memberships__role=value).distinct()

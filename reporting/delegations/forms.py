"""Naming who signs in the leader's place."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils import timezone

from departments.models import Account, Unit
from departments.roles import UNIT_ROLES, Role
from leads.forms.steps import day_field
from reporting.delegations.models import MOST_DAYS
from reporting.duties.forms import SettingForm, reason_field


class Person(forms.ModelChoiceField):
    def label_from_instance(self, account: Account) -> str:
        return account.full_name


class DelegationForm(SettingForm):
    """A leader names a delegate; the director also says for which of the unit's leaders."""

    leader = Person(label="委托人", queryset=Account.objects.none())
    to = Person(
        label="受托人",
        queryset=Account.objects.none(),
        help_text="本单位的联络员或其他负责人。受托人不能再委托他人。",
    )
    first_day = day_field("起始日")
    last_day = day_field("截止日", help_text=f"含这一天，连续最多 {MOST_DAYS} 天，可以提前结束。")
    reason = reason_field("例如：外出培训，因病住院。扫黑办会看到。")

    def __init__(self, *args: Any, unit: Unit, actor: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        leaders = Account.objects.members_of(unit, frozenset({Role.LEADER}))
        is_leader = unit.pk in actor.unit_ids(Role.LEADER)
        if is_leader:
            leaders = leaders.filter(pk=actor.pk)
        self.fields["leader"].queryset = leaders
        self.fields["leader"].empty_label = None
        members = Account.objects.members_of(unit, UNIT_ROLES)
        self.fields["to"].queryset = members.exclude(pk=actor.pk) if is_leader else members
        self.fields["first_day"].initial = timezone.localdate()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        first, last = cleaned.get("first_day"), cleaned.get("last_day")
        longest = dt.timedelta(days=MOST_DAYS - 1)
        if first and last and not dt.timedelta(0) <= last - first <= longest:
            self.add_error("last_day", f"不能早于起始日，连续最多 {MOST_DAYS} 天。")
        if cleaned.get("leader") and cleaned.get("leader") == cleaned.get("to"):
            self.add_error("to", "不能委托给委托人自己。")
        return cleaned

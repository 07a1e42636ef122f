"""The only writers of the town's forms, and which of them holds for a week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.utils import timezone

from audit.machine import Conflict
from audit.models import Action
from audit.services import record
from departments.models import Account, Unit, UnitKind
from departments.roles import Role
from reporting.form_versions.default import DEFAULT
from reporting.form_versions.models import FIRST_WEEK, FormVersion
from reporting.form_versions.rules import problems
from reporting.periods import week
from reporting.periods.models import ReportPeriod
from reporting.weekly.form import ReportForm

CHANGED = "填报表单刚刚在别处被修改过，请查看最新内容后再修改。"


def form_of_week(town: int, first: dt.date) -> ReportForm:
    """The form of the town's week that begins on `first`; one query."""
    settled = FormVersion.objects.of_week(town, first)
    return settled.form if settled else DEFAULT


def begin(town: int) -> None:
    """Give a town without any its first form."""
    first = FormVersion(
        jurisdiction_id=town,
        version=DEFAULT.version,
        from_week=FIRST_WEEK,
        definition=DEFAULT.as_data(),
    )
    FormVersion.objects.bulk_create([first], ignore_conflicts=True)


def first_free_week(town: int) -> dt.date:
    """The first week for which a form can be settled: this one as long as nobody has begun a
    report on it, else the next."""
    newest = ReportPeriod.objects.filter(jurisdiction=town).order_by("-starts_on").first()
    this_week = week.starts_on(timezone.localdate())
    if newest is None or newest.ends_on < this_week:
        return this_week
    if newest.reports.exists():
        return newest.ends_on + dt.timedelta(days=1)
    return newest.starts_on


@transaction.atomic
def settle(
    *,
    actor: Account,
    town: int,
    from_week: dt.date,
    form: ReportForm,
    renamed: Collection[str],
    reason: str,
    version: int,
) -> FormVersion | None:
    """Let `form` be the town's from `from_week` on; None where the newest says the same already.

    `version` is the newest that the person saw: Conflict when there is another. ValidationError
    for a week on which someone has begun to report, and for a form that cannot be filled. Who
    begins a report in the same moment keeps the form that he was shown.
    """
    if town not in actor.jurisdictions_as(Role.DIRECTOR):
        raise PermissionDenied
    # One at a time in a town, openings of weeks included.
    Unit.objects.select_for_update(no_key=True, of=("self",)).get(pk=town, kind=UnitKind.TOWN)
    begin(town)
    newest = FormVersion.objects.filter(jurisdiction=town).order_by("-version")[0]
    if newest.form.says(form) and newest.from_week <= from_week:
        return None
    if newest.version != version or form.version != version + 1:
        raise Conflict(CHANGED)
    first = first_free_week(town)
    if from_week < first:
        words = f"{week.short_label(from_week)}已有单位填报，最早自{week.short_label(first)}起。"
        raise ValidationError({"from_week": words})
    if found := problems(form, newest.form, renamed):
        raise ValidationError([problem.words for problem in found])
    row = FormVersion(
        jurisdiction_id=town,
        version=form.version,
        from_week=from_week,
        definition=form.as_data(),
        reason=reason.strip(),
        set_by=actor,
    )
    row.full_clean(exclude=["set_at"])
    row.save(force_insert=True)
    words = f"第{row.version}版填报表单，自{row.week_label}起：{row.reason}"
    record(action=Action.SETTINGS_CHANGED, actor=actor, obj=row, reason=words)
    return row

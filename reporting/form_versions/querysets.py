"""Reads of the forms of a town."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

from django.db import models

from departments.roles import OFFICE_ROLES

if TYPE_CHECKING:
    from departments.models import Account
    from reporting.form_versions.models import FormVersion


class FormVersionQuerySet(models.QuerySet):
    def visible_to(self, user: Account) -> FormVersionQuerySet:
        """The forms of the town for whose office the person works."""
        return self.filter(jurisdiction__in=user.jurisdictions_as(*OFFICE_ROLES))

    def of_week(self, town: int, first: dt.date) -> FormVersion | None:
        """That of the town's week that begins on `first`: the last settled that has begun."""
        begun = self.filter(jurisdiction=town, from_week__lte=first)
        return begun.order_by("-version").first()

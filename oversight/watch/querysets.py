"""Reads of findings and of what the rules are set to."""

from __future__ import annotations

from typing import Any

from django.db import models

from audit.permissions import is_auditor


class FindingQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> FindingQuerySet:
        """All of them for the auditor, nothing for anybody else."""
        return self.all() if is_auditor.test(user) else self.none()

    def open(self) -> FindingQuerySet:
        """Those that nobody has looked at."""
        return self.filter(look=None)


class WatchSettingQuerySet(models.QuerySet):
    def in_force(self) -> WatchSettingQuerySet:
        """The latest setting of every rule that has one."""
        return self.order_by("rule", "-version").distinct("rule")


def open_count(user: Any) -> int:
    """What waits behind the entry of the menu."""
    from oversight.watch.models import Finding

    return Finding.objects.visible_to(user).open().count()

"""Reads of the audit trail."""

from __future__ import annotations

from typing import Any

from django.db import models

from audit.permissions import is_auditor


class AuditQuerySet(models.QuerySet):
    def visible_to(self, user: Any) -> AuditQuerySet:
        """The whole trail for the auditor, nothing for anybody else."""
        return self.all() if is_auditor.test(user) else self.none()

"""Background work on leads, declared."""

from __future__ import annotations

from django.urls import reverse

from jobs.models import Job
from jobs.work import Work, register
from leads.imports import services
from leads.imports.permissions import can_import


def _address(job: Job) -> str:
    batch = services.batch_of(job)
    return reverse("leads:import", args=[batch.public_id]) if batch else ""


IMPORT_CHECK = register(
    Work(
        id=services.CHECK,
        title="检查导入的台账",
        allowed=can_import,
        prepare=services.prepare_check,
        address=_address,
    )
)
IMPORT = register(
    Work(
        id=services.IMPORT,
        title="导入台账",
        allowed=can_import,
        prepare=services.prepare_import,
        address=_address,
    )
)

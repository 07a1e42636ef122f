"""Background work on leads, declared."""

from __future__ import annotations

from django.urls import reverse

from departments.permissions import is_director, is_office
from jobs.models import Job
from jobs.work import Work, register
from leads.disposals import carrying_out
from leads.imports import services
from leads.imports.permissions import can_import
from leads.lists.bulk import services as bulk


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
BULK = register(
    Work(
        id=bulk.WORK,
        title="批量操作",
        allowed=is_office,
        prepare=bulk.prepare,
        address=lambda job: reverse("leads:bulk", args=[job.params["run"]]),
        left="已办理的条目有效，其余没有办理",
    )
)
DISPOSAL = register(
    Work(
        id=carrying_out.WORK,
        title="处置到期线索",
        allowed=is_director,
        prepare=carrying_out.prepare,
        address=lambda job: reverse("leads:disposal", args=[job.params["batch"]]),
        left="已处置的不能恢复，其余没有处置",
    )
)

"""Background work of the auditor's desk, declared."""

from __future__ import annotations

from collections.abc import Callable

from django.urls import reverse

from audit.permissions import is_auditor
from audit.seals.kept import kept_heads
from audit.seals.services import note_verification
from audit.seals.verifying import Head, count_seals, verify
from jobs.models import Job
from jobs.work import Progress, Work, register
from oversight.trail.services import tell_of_faults


def _prepare(job: Job, progress: Progress) -> Callable[[], int]:
    job.total = count_seals()
    Job.objects.filter(pk=job.pk).update(total=job.total)
    given = job.params.get("head")
    report = verify(head=Head.parse(given) if given else None, kept=kept_heads(), progress=progress)

    def publish() -> int:
        tell_of_faults(note_verification(report=report, actor=job.requested_by))
        return report.entries

    return publish


VERIFY = register(
    Work(
        id="verify_audit",
        title="核验审计记录",
        allowed=is_auditor,
        prepare=_prepare,
        address=lambda _job: reverse("oversight:verify"),
        left="没有得出结论",
    )
)

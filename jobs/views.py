"""One's own background jobs: progress, the finished file, and giving one up."""

import uuid

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import FileResponse, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from audit.models import Action
from audit.services import record
from files.sealing import Unreadable
from jobs import exports, services
from jobs.models import Job, JobState
from pages.polling import polled

SHOWN = 50


@require_safe
def job_list(request: HttpRequest) -> HttpResponse:
    jobs = Job.objects.visible_to(request.user)[:SHOWN]
    return render(request, "jobs/job_list.html", {"jobs": jobs})


@polled
@require_safe
def job_detail(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    """Progress of one job; asked by htmx, only the part that changes."""
    job = get_object_or_404(Job.objects.visible_to(request.user), public_id=public_id)
    template = "jobs/progress.html" if request.htmx else "jobs/job_detail.html"
    return render(request, template, {"job": job})


@require_safe
def job_file(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    job = get_object_or_404(Job.objects.visible_to(request.user), public_id=public_id)
    if job.is_expired:
        return render(request, "jobs/job_file_gone.html", {"job": job}, status=410)
    if job.state != JobState.DONE or not job.stored_as:
        return redirect("jobs:detail", public_id)
    export = exports.find(job.kind)
    if export is not None and not export.allowed.test(request.user, None):
        raise PermissionDenied  # the role that the file was made for is gone
    if not services.may_fetch(job=job, actor=request.user):
        record(action=Action.DENIED, request=request, obj=job, reason="文件中的内容已不再对其开放")
        return render(request, "jobs/job_file_gone.html", {"job": job}, status=410)
    try:
        file = job.open()
    except Unreadable as unreadable:
        return render(request, "files/unreadable.html", {"why": str(unreadable)}, status=503)
    record(action=Action.EXPORT_DOWNLOADED, request=request, obj=job, reason=job.purpose)
    return FileResponse(file, as_attachment=True, filename=job.file_name)


@require_POST
def job_cancel(request: HttpRequest, public_id: uuid.UUID) -> HttpResponse:
    job = get_object_or_404(Job.objects.visible_to(request.user), public_id=public_id)
    if services.cancel(job=job):
        messages.success(request, "已取消，没有写入任何内容。")
    else:
        messages.error(request, "任务已经结束，不能再取消。")
    return redirect("jobs:detail", public_id)

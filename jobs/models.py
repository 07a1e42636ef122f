"""Job rows: the truth about background work. A broker's message is only a knock on the door."""

import io
import secrets
import uuid
from pathlib import Path
from typing import BinaryIO

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now
from django.utils import timezone

from files.keys import key_ring
from files.sealing import Damaged, Opened
from jobs import work
from jobs.querysets import ExportedQuerySet, JobQuerySet, patience


class JobState(models.TextChoices):
    QUEUED = "queued", "排队中"
    RUNNING = "running", "处理中"
    DONE = "done", "已完成"
    FAILED = "failed", "失败"
    CANCELLED = "cancelled", "已取消"


#: So long may the words be that say what a file is for.
PURPOSE_LIMIT = 100
FINISHED = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


class Job(models.Model):
    """One piece of work for one person.

    A worker claims the row for the length of a lease and renews it while it works. `attempt`
    counts the claims: a worker whose lease went to another finds its own number outdated and
    can neither report progress nor publish its file. `kind` names an export or another kind of
    work (`jobs.exports`, `jobs.work`). A file is made for a purpose and can be fetched until
    `expires_at`; for some time after that the row still says that there was one.
    """

    public_id = models.UUIDField("编号", default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField("种类", max_length=60)
    title = models.CharField("名称", max_length=120)
    params = models.JSONField("参数", default=dict)
    requested_by = models.ForeignKey(
        "departments.Account", models.CASCADE, related_name="jobs", verbose_name="申请人"
    )
    purpose = models.CharField("用途", max_length=PURPOSE_LIMIT, blank=True)
    submission = models.UUIDField("提交标识", unique=True)
    state = models.CharField(
        "状态", max_length=10, choices=JobState.choices, default=JobState.QUEUED
    )
    attempt = models.PositiveSmallIntegerField("次数", default=0)
    lease_until = models.DateTimeField("租约至", null=True)
    done = models.PositiveIntegerField("已处理", default=0)
    total = models.PositiveIntegerField("总数", default=0)
    cancel_asked = models.BooleanField("要求取消", default=False)
    error = models.CharField("失败原因", max_length=200, blank=True)
    file_name = models.CharField("文件名", max_length=120, blank=True)
    stored_as = models.CharField("存储名", max_length=80, blank=True)
    created_at = models.DateTimeField("申请时间", db_default=Now())
    finished_at = models.DateTimeField("完成时间", null=True)
    expires_at = models.DateTimeField("可下载至", null=True)

    objects = JobQuerySet.as_manager()

    class Meta:
        verbose_name = "后台任务"
        ordering = ["-pk"]
        indexes = [
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["queued", "running"]),
                name="job_unfinished",
            ),
            models.Index(fields=["requested_by", "-id"], name="job_by_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(stored_as="")
                | (~models.Q(purpose="") & models.Q(expires_at__isnull=False)),
                name="job_file_is_for_something_and_ends",
            )
        ]

    def __str__(self) -> str:
        return f"{self.title}（{self.get_state_display()}）"

    @property
    def audit_label(self) -> str:
        return self.title

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED

    @property
    def is_expired(self) -> bool:
        """Whether its file has had its time, deleted already or not."""
        return self.expires_at is not None and self.expires_at <= timezone.now()

    @property
    def is_stuck(self) -> bool:
        """Whether no worker answers for it at present; a sweep starts it again (`lost`)."""
        now = timezone.now()
        if self.state == JobState.QUEUED:
            return self.created_at < now - patience()
        return self.state == JobState.RUNNING and self.lease_until < now

    @property
    def result_url(self) -> str:
        """Where the result of a job without a file is seen; empty for an export."""
        declared = work.find(self.kind)
        return declared.address(self) if declared else ""

    @property
    def left_words(self) -> str:
        """What stays of the work when it is given up before its end."""
        declared = work.find(self.kind)
        return declared.left if declared else work.Work.left

    @property
    def path(self) -> Path:
        """Where the finished file lies, sealed; its name cannot be guessed."""
        return Path(settings.MEDIA_ROOT) / "exports" / self.stored_as

    def open(self) -> BinaryIO:
        """The finished file as plain bytes. Raises `sealing.Unreadable`."""
        try:
            source = self.path.open("rb")
        except FileNotFoundError:
            raise Damaged from None
        return io.BufferedReader(Opened(source, ring=key_ring(), file_id=self.public_id))

    def new_stored_name(self) -> str:
        return f"{self.pk}-{self.attempt}-{secrets.token_hex(16)}"


class ExportedRows(models.Model):
    """The keys of what a finished file tells of; asked when it is fetched.

    A row of its own, since it may hold a million keys. `whole` names the rows with all their
    words, `figures` those of which the requester was shown figures alone, `outlines` those of which
    he was told little more than that they exist.
    """

    job = models.OneToOneField(
        Job, models.CASCADE, primary_key=True, related_name="exported", verbose_name="后台任务"
    )
    whole = ArrayField(models.BigIntegerField(), verbose_name="全文的行")
    figures = ArrayField(models.BigIntegerField(), verbose_name="只有数据的行")
    outlines = ArrayField(models.BigIntegerField(), verbose_name="只有概况的行", default=list)

    objects = ExportedQuerySet.as_manager()

    class Meta:
        verbose_name = "导出的行"

    def __str__(self) -> str:
        return f"{self.job_id}"

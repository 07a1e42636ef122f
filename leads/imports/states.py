"""The states of an import, and the words for how a row arrives."""

from django.db import models


class BatchState(models.TextChoices):
    UPLOADED = "uploaded", "待对应列"
    CHECKING = "checking", "检查中"
    CHECKED = "checked", "待确认"
    IMPORTING = "importing", "导入中"
    DONE = "done", "已导入"
    CANCELLED = "cancelled", "已取消"


#: While a job works on it.
BUSY = (BatchState.CHECKING, BatchState.IMPORTING)
#: Before it is known whom the rows name.
UNCHECKED = (BatchState.UPLOADED, BatchState.CHECKING)
ENDED = (BatchState.DONE, BatchState.CANCELLED)
TONES = {
    BatchState.UPLOADED: "warn",
    BatchState.CHECKING: "active",
    BatchState.CHECKED: "warn",
    BatchState.IMPORTING: "active",
    BatchState.DONE: "ok",
    BatchState.CANCELLED: "idle",
}

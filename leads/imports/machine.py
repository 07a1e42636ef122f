"""How an import moves: by the office, and by the worker in the name of who asked."""

from audit.machine import Machine, Transition
from leads.imports.permissions import can_work_batch
from leads.imports.states import BatchState as B

BATCH = Machine(
    Transition("check", B.UPLOADED, B.CHECKING, "检查", can_work_batch),
    Transition("check", B.CHECKED, B.CHECKING, "检查", can_work_batch),
    # Again, where a job failed: the job is another, the state is the same.
    Transition("check", B.CHECKING, B.CHECKING, "检查", can_work_batch),
    Transition("check", B.IMPORTING, B.CHECKING, "检查", can_work_batch),
    Transition("tell", B.CHECKING, B.CHECKED, "检查完毕", can_work_batch),
    Transition("confirm", B.CHECKED, B.IMPORTING, "确认导入", can_work_batch),
    Transition("stop", B.IMPORTING, B.CHECKED, "发现新的错误", can_work_batch),
    Transition("finish", B.IMPORTING, B.DONE, "导入", can_work_batch),
    Transition("cancel", B.UPLOADED, B.CANCELLED, "取消", can_work_batch),
    Transition("cancel", B.CHECKING, B.CANCELLED, "取消", can_work_batch),
    Transition("cancel", B.CHECKED, B.CANCELLED, "取消", can_work_batch),
    Transition("cancel", B.IMPORTING, B.CANCELLED, "取消", can_work_batch),
)

"""The audit trail."""

import pgtrigger
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models.functions import Now

from audit.append_only import AppendOnly
from audit.querysets import AuditQuerySet
from audit.seals.models import Seal, Verification

__all__ = ["Action", "AuditEntry", "Outcome", "Seal", "Verification"]


class Action(models.TextChoices):
    """What was done. A closed list: the auditor filters by it."""

    SIGNED_IN = "signed_in", "登录"
    SIGN_IN_FAILED = "sign_in_failed", "登录失败"
    SIGNED_OUT = "signed_out", "退出"
    FACTOR_PASSED = "factor_passed", "通过二次验证"
    FACTOR_FAILED = "factor_failed", "二次验证失败"
    FACTOR_CHANGED = "factor_changed", "变更二次验证"
    PASSWORD_CHANGED = "password_changed", "修改密码"
    CREDENTIALS_RESET = "credentials_reset", "重置密码或二次验证"
    SESSIONS_ENDED = "sessions_ended", "结束登录"
    LEAD_VIEWED = "lead_viewed", "查看线索内容"
    CIRCLE_CHANGED = "circle_changed", "调整知悉范围"
    READING_GRANTED = "reading_granted", "授权查阅线索"
    READING_ENDED = "reading_ended", "终止查阅授权"
    URGENT_LOOK = "urgent_look", "紧急查阅线索"
    RESTRICTION_LIFTED = "restriction_lifted", "解除或暂缓线索受限"
    INCIDENT_VIEWED = "incident_viewed", "查看重大事项"
    HINT_VIEWED = "hint_viewed", "查看相似线索提示"
    SEARCHED = "searched", "检索线索"
    LEADS_IMPORTED = "leads_imported", "导入台账"
    EXPORT_REQUESTED = "export_requested", "申请导出"
    EXPORT_DOWNLOADED = "export_downloaded", "下载导出文件"
    ATTACHMENT_VIEWED = "attachment_viewed", "查看附件"
    ATTACHMENT_DOWNLOADED = "attachment_downloaded", "下载附件"
    PAPER_DOWNLOADED = "paper_downloaded", "下载文书"
    REPORTER_ADDED = "reporter_added", "录入举报人信息"
    REPORTER_VIEWED = "reporter_viewed", "查看举报人信息"
    REPORTER_CORRECTED = "reporter_corrected", "更正举报人信息"
    REPORTER_SOUGHT = "reporter_sought", "按电话或证件查找举报人"
    REPORTER_RELEASE = "reporter_release", "举报人信息调阅审批"
    RIGHTS_CHANGED = "rights_changed", "变更权限或账号"
    SIGNING_DELEGATED = "signing_delegated", "委托签发周报"
    SETTINGS_CHANGED = "settings_changed", "修改字典或规则"
    MESSAGE_RESENT = "message_resent", "重发消息"
    CODE_ISSUED = "code_issued", "发放查询码"
    CODE_QUERIED = "code_queried", "凭查询码查询"
    CODE_WRONG = "code_wrong", "查询码不符"
    REWARD_STEP = "reward_step", "办理举报奖励"
    HOLD_CHANGED = "hold_changed", "暂停或恢复线索处置"
    DISPOSAL_STEP = "disposal_step", "办理到期处置"
    LEAD_DISPOSED = "lead_disposed", "处置线索"
    DENIED = "denied", "越权被拒"
    HIDDEN = "hidden", "访问不可见的对象"


class Outcome(models.TextChoices):
    DONE = "done", "完成"
    REFUSED = "refused", "被拒"


class AuditEntry(AppendOnly):
    """One act: who, when, from where, on what, with which outcome. Never the content itself.

    What a row says is sealed in the words of `audit.seals.canonical`: a column that is added
    here needs a new version there.
    """

    at = models.DateTimeField("时间", db_default=Now())
    action = models.CharField("动作", max_length=30, choices=Action.choices)
    actor = models.ForeignKey(
        "departments.Account", models.PROTECT, null=True, related_name="+", verbose_name="操作人"
    )
    actor_name = models.CharField("账号", max_length=150, blank=True)
    address = models.GenericIPAddressField("地址", null=True)
    object_type = models.CharField("对象类型", max_length=40, blank=True)
    object_label = models.CharField("对象", max_length=100, blank=True)
    reason = models.CharField("理由", max_length=200, blank=True)
    outcome = models.CharField(
        "结果", max_length=10, choices=Outcome.choices, db_default=Outcome.DONE
    )

    objects = AuditQuerySet.as_manager()

    class Meta(AppendOnly.Meta):
        verbose_name = "审计记录"
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["actor_name", "-id"], name="audit_by_name"),
            models.Index(fields=["action", "-id"], name="audit_by_action"),
            models.Index(
                fields=["object_label", "-id"],
                condition=~models.Q(object_label=""),
                name="audit_by_object",
            ),
            # Entries come in the order of time: so small an index that a write does not feel it.
            BrinIndex(fields=["at"], autosummarize=True, name="audit_by_time"),
        ]
        triggers = [
            *AppendOnly.Meta.triggers,
            # Nobody who writes an entry chooses its time, but for the owner, who restores a backup.
            pgtrigger.Trigger(
                name="at_is_now",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    IF NOT pg_has_role(
                        current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'USAGE'
                    ) THEN
                        NEW.at := statement_timestamp();
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor_name} {self.get_action_display()}"

"""`manage.py verify_audit [--head FILE|HASH]`: is the trail still what was sealed?"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from audit.seals.kept import kept_heads
from audit.seals.services import note_verification
from audit.seals.verifying import BadHead, Head, verify


class Command(BaseCommand):
    help = "核验审计记录与封存：被修改、删除、插入、调换或截去的，逐条说明，并以非零状态结束。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--head",
            help="另存的链头：PORTAL_AUDIT_HEAD_FILE 所指的文件，或邮件中的“序号:校验值”",
        )

    def handle(self, *args: Any, head: str | None, **options: Any) -> None:
        try:
            given = Head.of(head) if head else None
        except (BadHead, OSError, UnicodeDecodeError) as error:
            raise CommandError(str(error)) from error
        report = verify(head=given, kept=kept_heads())
        note_verification(report=report)
        for fault in report.faults:
            self.stdout.write(fault)
        self.stdout.write(
            f"封存 {report.seals} 次，已封存记录 {report.entries} 条，"
            f"未封存 {report.unsealed} 条，链头 {report.head or '无'}"
        )
        if not report.holds:
            raise CommandError("审计记录未通过核验。")
        self.stdout.write("审计记录完好。")

"""`manage.py verify_reporters`: reads every sealed identity and says which cannot be read."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leads.reporters import rotation


class Command(BaseCommand):
    help = "逐条核对加密保存的举报人信息；有损坏或缺少密钥的，列出编号并以非零状态结束。"

    def handle(self, *args: Any, **options: Any) -> None:
        good = bad = 0
        for fault in rotation.verify():
            if fault:
                bad += 1
                self.stdout.write(fault)
            else:
                good += 1
        self.stdout.write(f"完好 {good} 条，有问题 {bad} 条。")
        if bad:
            raise CommandError("有举报人信息未通过核对。")

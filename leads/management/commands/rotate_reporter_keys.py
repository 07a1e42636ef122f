"""`manage.py rotate_reporter_keys`: seals identities anew under the current key and cipher."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from leads.reporters import rotation


class Command(BaseCommand):
    help = (
        "用当前密钥重新加密举报人信息（含更正前的内容和草稿）；可随时中断、重新执行，期间照常使用。"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--batch", type=int, default=rotation.BATCH, help="每批条数")

    def handle(self, *args: Any, batch: int, **options: Any) -> None:
        done, bad = 0, 0
        for count, faults in rotation.rotate(batch=max(1, batch)):
            done += count
            bad += len(faults)
            for fault in faults:
                self.stdout.write(fault)
        self.stdout.write(f"已重新加密 {done} 条，读不出来 {bad} 条。")
        if bad:
            raise CommandError("有举报人信息没有重新加密，旧密钥不能撤除。")

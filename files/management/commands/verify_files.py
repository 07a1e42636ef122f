"""`manage.py verify_files`: reads every stored file and compares it with its row."""

import hashlib
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from files.models import StoredFile
from files.sealing import CHUNK, Unreadable


class Command(BaseCommand):
    help = "逐个解密并核对已保存的文件；有缺失、损坏或缺少密钥的，列出编号并以非零状态结束。"

    def handle(self, *args: Any, **options: Any) -> None:
        good = bad = 0
        for file in StoredFile.objects.order_by("pk").iterator(chunk_size=500):
            wrong = fault(file)
            if wrong:
                bad += 1
                self.stdout.write(f"{file.public_id} {wrong}")
            else:
                good += 1
        self.stdout.write(f"完好 {good} 个，有问题 {bad} 个。")
        if bad:
            raise CommandError("有文件未通过核对。")


def fault(file: StoredFile) -> str:
    """What is wrong with the bytes of `file`, in words; empty when they are what was uploaded."""
    digest = hashlib.sha256()
    try:
        with file.open() as source:
            while piece := source.read(CHUNK):
                digest.update(piece)
    except Unreadable as unreadable:
        return str(unreadable)
    return "" if digest.hexdigest() == file.sha256 else "内容与登记的 SHA-256 不符。"

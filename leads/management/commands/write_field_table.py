"""Write docs/fields.md: who sees which field of a lead, as people read it."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from leads.fields import document

FILE = Path(settings.BASE_DIR) / "docs" / "fields.md"


class Command(BaseCommand):
    help = "由代码生成线索各项内容的可见范围表（docs/fields.md）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=FILE)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        file.write_text(document(), encoding="utf-8")

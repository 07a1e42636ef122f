"""Write docs/states.md: the transition tables as people read them."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from campaign.state_tables import document

FILE = Path(settings.BASE_DIR) / "docs" / "states.md"


class Command(BaseCommand):
    help = "由代码生成各项工作的状态转移表（docs/states.md）。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", nargs="?", type=Path, default=FILE)

    def handle(self, *args: Any, file: Path, **options: Any) -> None:
        file.write_text(document(), encoding="utf-8")

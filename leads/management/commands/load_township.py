"""Load a township: its units and dictionaries from a file, and the calendar."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from departments import calendar, township
from leads import dictionaries

FIRST_YEAR = 2024
LAST_YEAR = 2026


class Command(BaseCommand):
    help = "载入乡镇：单位、职责、字典和工作日历。可重复执行，只补缺，不改动已有内容。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "file",
            nargs="?",
            type=Path,
            default=township.DEMO_FILE,
            help="JSON 文件；不写则载入随附的演示乡镇（departments/data/township.json）",
        )

    def handle(self, *args: Any, file: Path, verbosity: int, **options: Any) -> None:
        try:
            described = township.read(file)
            with transaction.atomic():
                added = township.load(described) | dictionaries.load(described)
        except township.TownshipError as error:
            raise CommandError(str(error)) from error
        last = max(LAST_YEAR, timezone.localdate().year + 1)
        added["节假日和调休"] = sum(calendar.seed(year) for year in range(FIRST_YEAR, last + 1))
        if verbosity:
            words = "，".join(f"{name} {count}" for name, count in added.items())
            self.stdout.write(f"{described.town.name}：新增{words}")

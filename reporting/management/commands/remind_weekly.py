"""Fire the reminders that are due, now or as if it were another time."""

import datetime as dt
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from messaging.deliveries.services import deliver_due
from reporting.reminders.services import remind_due


class Command(BaseCommand):
    help = "发送到期的周报催报消息；已发过的轮次不会重发。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--now", help="按这个时间处理并投递，例如 2026-11-27T09:00")

    def handle(self, *args: Any, now: str | None, **options: Any) -> None:
        moment = _moment(now) if now else None
        self.stdout.write(f"新发 {remind_due(moment)} 条催报消息")
        if moment:
            # Workers go by the clock: at another time the letters are not due, or moot.
            deliver_due(moment)


def _moment(text: str) -> dt.datetime:
    try:
        moment = parse_datetime(text)
    except ValueError:
        moment = None
    if moment is None:
        raise CommandError("--now 应为 ISO 格式的日期时间，例如 2026-11-27T09:00")
    return moment if timezone.is_aware(moment) else timezone.make_aware(moment)

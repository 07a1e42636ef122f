"""Fill the try-out with demo accounts, leads and weekly reports."""

import datetime as dt
import os
from argparse import ArgumentParser
from random import Random
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from tqdm import tqdm

from demo import (
    accounts,
    bulletins,
    clock,
    corrections,
    delegations,
    disposals,
    fading,
    incidents,
    leads,
    notes,
    report_files,
    reports,
)
from demo.town import MissingDictionaries, Town
from departments.models import Unit, UnitKind
from leads.models import Lead
from reporting.statistics.services import roll_up_open

MOST_WEEKS = 520


class Command(BaseCommand):
    help = "生成演示账号、线索和周报。参数相同则内容相同。只用于试用和测试，不得用于正式环境。"

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--leads", type=int, default=120, help="线索条数")
        parser.add_argument("--weeks", type=int, default=8, help="截至今天的周数")
        parser.add_argument("--seed", type=int, default=1, help="随机种子")
        parser.add_argument(
            "--today", type=_day, help="按这一天生成，例如 2026-11-24；不得晚于今天"
        )
        parser.add_argument(
            "--if-empty", action="store_true", help="已有线索时只补账号，不生成数据"
        )

    def handle(self, *args: Any, verbosity: int, **options: Any) -> None:
        if not settings.PORTAL_DEMO:
            raise CommandError("当前环境不是试用或测试环境，不生成演示数据。")
        span = clock.Clock(options["today"] or clock.usual_today(), options["weeks"])
        _check(span, options["leads"])
        unit = _town()
        given = os.environ.get("DEMO_PASSWORD", "")
        # All or nothing: half a demo would be taken for a whole one by the next --if-empty.
        with transaction.atomic():
            people, password = accounts.ensure(unit, password=given)
            if not (options["if_empty"] and Lead.objects.filter(jurisdiction=unit).exists()):
                _fill(unit, people, span, options["leads"], options["seed"], quiet=not verbosity)
        if password:
            self.stdout.write(f"演示账号的口令：{password}")
        if verbosity:
            total = Lead.objects.filter(jurisdiction=unit).count()
            self.stdout.write(f"演示数据就绪：{unit.name}现有线索 {total} 条")


def _fill(
    unit: Unit, people: accounts.People, span: clock.Clock, count: int, seed: int, *, quiet: bool
) -> None:
    try:
        town = Town.read(unit)
    except MissingDictionaries as error:
        raise CommandError("来源渠道、行业领域和行为类型与演示内容不符，无法生成。") from error
    old = disposals.OLD if count >= disposals.FROM else 0
    if old:
        rng = _random(seed, "disposals")
        disposals.make_leads(town=town, people=people, span=span, rng=rng)
    with tqdm(total=count - old, desc="演示线索", unit="条", disable=quiet, mininterval=0.5) as bar:
        figures = leads.make(
            town=town,
            people=people,
            span=span,
            count=count - old,
            rng=_random(seed, "leads"),
            progress=bar.update,
        )
    if old:
        disposals.make(town=town, people=people, span=span)
    fading.make(town=unit, people=people, span=span)
    desk = reports.Desk(
        town=unit,
        office=town.office,
        people=people,
        span=span,
        figures=figures,
        binder=report_files.Binder.of(unit, span),
        rng=_random(seed, "reports"),
    )
    with tqdm(total=span.weeks + 1, desc="演示周报", unit="周", disable=quiet) as bar:
        desk.make(bar.update)
    bulletins.make(town=unit, people=people, span=span)
    incidents.make(town=unit, people=people, span=span)
    notes.make(town=unit, people=people, span=span, rng=_random(seed, "notes"))
    corrections.make(town=unit, people=people, span=span)
    delegations.make(town=unit, people=people, span=span)
    # Counted at once, so that the first page has its figures before the first beat.
    roll_up_open()


def _random(seed: int, purpose: str) -> Random:
    """Leads and reports draw from sources of their own: more of one does not change the other."""
    return Random(f"{seed}:{purpose}")  # noqa: S311  repeatable, not secret


def _check(span: clock.Clock, count: int) -> None:
    if count < 0:
        raise CommandError("--leads 不能小于 0。")
    if not 1 <= span.weeks <= MOST_WEEKS:
        raise CommandError(f"--weeks 应在 1 到 {MOST_WEEKS} 之间。")
    if span.today > clock.usual_today():
        raise CommandError("--today 不能晚于今天。")


def _town() -> Unit:
    """The first town, if it has the units without which no lead goes anywhere."""
    unit = Unit.objects.active().filter(kind=UnitKind.TOWN).first()
    if unit is None:
        raise CommandError("还没有乡镇，请先执行 manage.py load_township。")
    needed = {UnitKind.OFFICE, UnitKind.POLICE, UnitKind.DISCIPLINE}
    kinds = set(Unit.objects.active().filter(jurisdiction=unit).values_list("kind", flat=True))
    if not needed <= kinds:
        raise CommandError(f"{unit.name}缺少扫黑办、公安机关或纪检监察机关，无法生成演示数据。")
    return unit


def _day(text: str) -> dt.date:
    try:
        return dt.date.fromisoformat(text)
    except ValueError:
        raise CommandError("--today 应写成 2026-11-24 的样子。") from None

"""A year's ledger of 5,000 rows taken over, against the bare INSERT of the same rows."""

from __future__ import annotations

import io
import uuid
from collections.abc import Callable, Iterator

from django.contrib.auth import get_user_model
from django.db import connection, transaction
from openpyxl import Workbook

from bench.figures import Figure, compare
from jobs import services as jobs
from leads.imports import services
from leads.models import Channel, ImportBatch, Lead

ROWS = 5_000
HEADINGS = ("序号", "登记日期", "来源", "实名/匿名", "被反映人", "反映内容", "承办单位", "备注")


def measure(rounds: int) -> Iterator[Figure]:
    """Upload, check, confirm and write, each time the whole ledger; and its rows alone."""
    content = _ledger()
    with transaction.atomic():
        _import(content)
        figure = compare(
            "leads.import_5000",
            lambda: _import(content),
            _bare_insert(),
            target=8,
            rounds=min(rounds, 2),
        )
        # The other figures are about the leads that were there before.
        transaction.set_rollback(True)
    yield figure


def _ledger() -> bytes:
    channel = Channel.objects.filter(number_only=False)[0].name
    book = Workbook(write_only=True)
    page = book.create_sheet("台账")
    page.append(HEADINGS)
    for n in range(1, ROWS + 1):
        words = (
            f"第{n}条：反映人称有人在集市收取管理费，不交就不让摆摊，已持续数月，涉及摊位多处。" * 3
        )
        day = f"2019.{n % 12 + 1}.{n % 28 + 1}"
        page.append([n, day, channel, "匿名", "张某、李某", words, "派出所", "已走访"])
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _import(content: bytes) -> None:
    office = get_user_model().objects.get(username="office")
    file = io.BytesIO(content)
    batch = services.upload(actor=office, file=file, size=len(content), name="台账.xlsx")
    jobs.run(batch.job_id)
    batch.refresh_from_db()
    batch = services.confirm(batch=batch, actor=office, expected_version=batch.version)
    jobs.run(batch.job_id)
    made = ImportBatch.objects.get(pk=batch.pk).imported_count
    if made != ROWS:
        raise RuntimeError(f"{made} leads were made of {ROWS} rows")


def _bare_insert() -> Callable[[], None]:
    """One INSERT of the same leads, already in the database: no file, no check, no timeline."""
    fields = [field.column for field in Lead._meta.concrete_fields if not field.generated]
    own = {"id": "nextval(pg_get_serial_sequence('leads_lead', 'id'))"}
    own |= {"number": "%(mark)s || number", "submission": "gen_random_uuid()"}
    columns = ", ".join(f'"{name}"' for name in fields)
    values = ", ".join(own.get(name, f'"{name}"') for name in fields)
    newest = list(Lead.objects.order_by("-pk").values_list("pk", flat=True)[:ROWS])

    def run() -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO leads_lead ({columns}) SELECT {values} FROM leads_lead "
                "WHERE id = ANY(%(keys)s)",
                {"mark": uuid.uuid4().hex[:8], "keys": newest},
            )

    return run

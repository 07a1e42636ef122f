"""Ledgers to import, and the way from a file to its leads."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from openpyxl import Workbook

from jobs import services as jobs
from leads.imports import services
from leads.models import ImportBatch

HEADINGS = ("序号", "登记日期", "来源", "涉及村居", "反映内容")
GOOD = (1, "2019.5.3", "来访", "东村", "反映人称有人在集市收取管理费。")


def workbook(*rows: Sequence[Any], merges: Sequence[str] = (), title: str = "台账") -> bytes:
    """A workbook with these rows from the first."""
    book = Workbook()
    page = book.active
    page.title = title
    for row in rows:
        page.append(list(row))
    for area in merges:
        page.merge_cells(area)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def ledger(*rows: Sequence[Any]) -> bytes:
    return workbook(HEADINGS, *rows)


@pytest.fixture(autouse=True)
def _own_files(settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


@pytest.fixture
def upload(people) -> Callable[..., ImportBatch]:
    def run(content: bytes, *, actor: Any = None, name: str = "台账.xlsx") -> ImportBatch:
        return services.upload(
            actor=actor or people.office, file=io.BytesIO(content), size=len(content), name=name
        )

    return run


@pytest.fixture
def checked(upload, people) -> Callable[..., ImportBatch]:
    """An uploaded ledger after its check, with its columns as they were guessed."""

    def run(content: bytes, **defaults: Any) -> ImportBatch:
        batch = upload(content)
        if batch.job is None or defaults:
            services.map_columns(
                batch=batch,
                actor=people.office,
                mapping=batch.mapping,
                defaults=batch.defaults | defaults,
                expected_version=batch.version,
            )
            batch.refresh_from_db()
        jobs.run(batch.job_id)
        batch.refresh_from_db()
        return batch

    return run


@pytest.fixture
def imported(checked, people) -> Callable[..., ImportBatch]:
    """A ledger from the file to its leads."""

    def run(content: bytes, **defaults: Any) -> ImportBatch:
        batch = checked(content, **defaults)
        assert batch.error_count == 0, told(batch)
        services.confirm(batch=batch, actor=people.director, expected_version=batch.version)
        batch.refresh_from_db()
        jobs.run(batch.job_id)
        batch.refresh_from_db()
        return batch

    return run


def told(batch: ImportBatch) -> list[tuple[int, int, str, str]]:
    """Row, column, what is wrong and the advice, of each problem."""
    return list(batch.problems.values_list("row", "column", "words", "advice"))

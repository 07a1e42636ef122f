"""Workbooks straight into where they are kept.

By itself the library writes every sheet into a temporary file first, in clear, and a process that
is killed leaves it behind. Here the rows go into the target as they come, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import IO, Protocol
from zipfile import ZIP_DEFLATED, ZipFile

from openpyxl import Workbook
from openpyxl.worksheet._write_only import WriteOnlyWorksheet
from openpyxl.worksheet._writer import WorksheetWriter
from openpyxl.worksheet.worksheet import Worksheet
from openpyxl.writer.excel import ExcelWriter


class Target(Protocol):
    """Where a workbook is written, from its first byte to its last."""

    def write(self, data: bytes) -> int: ...

    def flush(self) -> None: ...


@contextmanager
def streamed(title: str, target: Target) -> Iterator[WriteOnlyWorksheet]:
    """A sheet alone in its workbook; what is appended to it goes into `target` at once.

    The workbook is complete with the end of the block. A block that fails leaves half a workbook,
    which is the caller's to throw away.
    """
    book = Workbook(write_only=True)
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        page = _Sheet(book, title, archive)
        try:
            yield page
            page.finish()
            _Writer(book, archive).write_data()
        finally:
            page.let_go()


def save(book: Workbook, target: Target) -> None:
    """Write a workbook that stands in memory."""
    with ZipFile(target, "w", ZIP_DEFLATED) as archive:
        _Writer(book, archive).write_data()


class _Sheet(WriteOnlyWorksheet):
    """The sheet whose rows go straight into `archive`; it is begun with its first row."""

    def __init__(self, book: Workbook, title: str, archive: ZipFile) -> None:
        super().__init__(book, title)
        book._add_sheet(self)
        self._id = 1  # which gives its part of the archive a name
        self._archive = archive
        self._part: IO[bytes] | None = None

    def _get_writer(self) -> None:
        if self._part is None:
            self._part = self._archive.open(self.path[1:], "w")
            self._writer = WorksheetWriter(self, out=self._part)
            self._writer.write_top()

    def finish(self) -> None:
        """End the sheet: the archive takes the next part when this one is whole."""
        self.close()
        self._part.close()

    def let_go(self) -> None:
        """Free the archive; nothing where the sheet is finished."""
        if self._part is not None and not self._part.closed:
            with suppress(Exception):
                self.close()
            with suppress(Exception):
                self._part.close()


class _Writer(ExcelWriter):
    """Writes sheets into the archive instead of beside it."""

    def write_worksheet(self, ws: WriteOnlyWorksheet | Worksheet) -> None:
        if isinstance(ws, _Sheet):
            writer = ws._writer
        else:
            with self._archive.open(ws.path[1:], "w") as part:
                writer = WorksheetWriter(ws, out=part)
                writer.write()
        ws._rels = writer._rels
        self.manifest.append(ws)

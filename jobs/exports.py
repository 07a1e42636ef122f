"""Exports: each a declaration that names its columns, who may have it, and where rows come from.

An app declares its exports in its own `exports.py`; a worker makes the file, and asks again, at
that moment, what the requester may see.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from departments.models import Account

if TYPE_CHECKING:
    from jobs.models import ExportedRows


@dataclass(frozen=True, kw_only=True)
class Column:
    """A column: its heading, an optional heading above it, how wide, and what kind of value.

    `kind` is "text" (also for numbers that are names: phones, codes), "count" (summed in the
    last row), or "date". `width` is in characters. `share` names the headings of two counts, part
    and whole: the last row then holds what one sum is of the other, in percent, rounded down.
    """

    heading: str
    group: str = ""
    width: int = 12
    kind: str = "text"
    share: tuple[str, str] | None = None


class Told:
    """The keys of the rows that a file tells of, by how much: all words, figures, an outline.

    Filled while the rows are read, so that they are those of the file and no others.
    """

    def __init__(self) -> None:
        self.whole, self.figures, self.outlines = array("q"), array("q"), array("q")


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """What a file shows: title, the line under it, columns, rows, and the line at the foot.

    `frozen` is how many of its columns stay in sight beside the serial number: the first, as a
    rule, which says what the row is of. `told` is kept with the file of an export that asks again
    when the file is fetched.
    """

    title: str
    subtitle: tuple[str, ...]
    columns: tuple[Column, ...]
    rows: Iterable[tuple[Any, ...]]
    footer: tuple[str, ...] = ("填报人：", "审核人：", "签发人：", "联系电话：")
    landscape: bool = True
    frozen: int = 1
    total_label: str = "合计"
    told: Told | None = None


@dataclass(frozen=True, kw_only=True)
class Export:
    """A declared export. `build` is given the requester and the parameters, and nothing else."""

    id: str
    title: str
    allowed: Any
    build: Callable[[Account, dict[str, Any]], Sheet]
    file_name: Callable[[dict[str, Any]], str]
    clean: Callable[[Account, dict[str, Any]], dict[str, Any]] = field(
        default=lambda _user, _params: {}
    )
    """Checks the request's parameters; returns those that the job keeps. ValidationError if bad."""
    count: Callable[[Account, dict[str, Any]], int] = field(default=lambda _user, _params: 0)
    may_fetch: Callable[[Account, dict[str, Any], ExportedRows | None], bool] = field(
        default=lambda _user, _params, _rows: True
    )
    """Whether the requester may still have a file that was made earlier, of these rows."""


_registry: dict[str, Export] = {}


def register(export: Export) -> Export:
    if export.id in _registry:
        raise ValueError(f"two exports are called {export.id}")
    _registry[export.id] = export
    return export


def find(export_id: str) -> Export | None:
    return _registry.get(export_id)

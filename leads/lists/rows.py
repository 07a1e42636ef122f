"""The rows of a list of leads as its page writes them: HTML in Python, for its many cells."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from leads.lists.columns import ListColumn
from leads.models import Lead
from pages.markup import escaped

MAJOR = mark_safe(' <span class="tag tag-major">重大</span>')


class Cell(NamedTuple):
    """A cell of the page, ready to be written."""

    heading: str
    css: str
    content: SafeString | str

    @property
    def html(self) -> str:
        css = f' class="{self.css}"' if self.css else ""
        return f'<td{css} data-label="{escaped(self.heading)}">{escaped(self.content)}</td>'


class Row(NamedTuple):
    """A row of the page: the lead and its cells."""

    lead: Lead
    cells: list[Cell]

    @property
    def html(self) -> SafeString:
        """All cells at once: written one by one by a template they would cost the most."""
        return SafeString("".join([cell.html for cell in self.cells]))

    @property
    def key(self) -> str:
        """Names the lead, and the version of it that the person sees, in a tick box."""
        return f"{self.lead.pk}.{self.lead.version}"


def rows_of(leads: Iterable[Lead], columns: list[ListColumn], readable: set[int]) -> list[Row]:
    """The page's rows. `readable` holds the keys of the leads whose words the person may read.

    The title heads a row; where the person has no titles, the number does.
    """
    head = "title" if any(column.code == "title" for column in columns) else "number"
    return [_row(lead, columns, head, readable=lead.pk in readable) for lead in leads]


@lru_cache(maxsize=2048)
def _url(number: str) -> str:
    return reverse("leads:detail", args=[number])


def _row(lead: Lead, columns: list[ListColumn], head: str, *, readable: bool) -> Row:
    url = _url(lead.number)
    cells = []
    for column in columns:
        content = column.show(lead, readable=readable)
        if column.is_link:
            content = SafeString(f'<a href="{url}">{escaped(content)}</a>')
        css = column.css
        if column.code == head:
            css = "cell-title"
            content = content + MAJOR if lead.is_major else content
        cells.append(Cell(column.heading, css, content))
    return Row(lead, cells)

"""The rows of a list of leads as its page writes them: HTML in Python, for its many cells."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe

from departments.models import Account
from leads.fields import Seen
from leads.lists.columns import ListColumn
from leads.models import Lead
from pages.markup import escaped

MAJOR = mark_safe(' <span class="tag tag-major">重大</span>')


def rows_of(leads: Iterable[Lead], columns: list[ListColumn], user: Account) -> list[SafeString]:
    """The page's rows, for `user`, for whom `columns.prepare` has read them.

    The title heads a row; where the person has no titles, the number does.
    """
    head = "title" if any(column.code == "title" for column in columns) else "number"
    # What begins a cell is the same in every row.
    cells = [(column, _opening(column, head), column.code == head) for column in columns]
    return [_row(lead, cells, lead.seen_among(user)) for lead in leads]


def _opening(column: ListColumn, head: str) -> str:
    css = "cell-title" if column.code == head else column.css
    attribute = f' class="{css}"' if css else ""
    return f'<td{attribute} data-label="{escaped(column.heading)}">'


def _row(lead: Lead, cells: Iterable[tuple[ListColumn, str, bool]], seen: Seen) -> SafeString:
    url = _url(lead.number)
    parts = ["<tr>", _box(lead)]
    for column, opening, is_head in cells:
        content = escaped(column.show(lead, seen))
        if column.is_link:
            content = f'<a href="{url}">{content}</a>'
        if is_head and lead.is_major and "major" in seen:
            content += MAJOR
        parts += (opening, content, "</td>")
    parts.append("</tr>\n")
    return SafeString("".join(parts))


def _box(lead: Lead) -> str:
    """The tick box. It names the lead, and the version of it that the person sees."""
    return (
        '<td class="cell-check" data-label="选择"><label class="check-area">'
        '<input class="form-check-input" type="checkbox" name="lead" '
        f'value="{lead.pk}.{lead.version}" form="bulk">'
        f'<span class="visually-hidden">选择 {escaped(lead.number)}</span></label></td>'
    )


@lru_cache(maxsize=2048)
def _url(number: str) -> str:
    return reverse("leads:detail", args=[number])

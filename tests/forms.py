"""The forms of a page, filled in by what the page itself says about their fields."""

from __future__ import annotations

import datetime as dt
from html.parser import HTMLParser


class Form(HTMLParser):
    """The post form with the most fields on a page, filled in as a person might do it."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.forms: list[dict[str, list[str]]] = []
        self._open: dict[str, list[str]] | None = None
        self._select = ""
        self._options: list[str] = []
        self.feed(source)

    @property
    def values(self) -> dict[str, list[str]]:
        return max(self.forms, key=len, default={})

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "form" and given.get("method") == "post":
            self._open = {}
            self.forms.append(self._open)
        if self._open is None:
            return
        name = given.get("name") or ""
        if tag == "option" and self._select and given.get("value"):
            self._open.setdefault(self._select, [given["value"]])
        elif tag == "select":
            self._select = name
        elif tag == "textarea" and name:
            self._open[name] = ["文字"]
        elif tag == "input" and name and given.get("type") != "submit":
            self._open.setdefault(name, [given.get("value") or _typed(given.get("type"))])

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._open = None
        elif tag == "select":
            self._select = ""


def _typed(kind: str | None) -> str:
    return {"number": "1", "date": dt.date.today().isoformat(), "checkbox": "on"}.get(kind, "文字")

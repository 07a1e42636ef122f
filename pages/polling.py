"""Pages that a browser asks for again and again by itself, as long as they are open."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest


def polled(view: Callable) -> Callable:
    """Mark a view whose fragment is fetched on a timer: nobody need sit before it."""
    view.is_polled = True
    return view


def is_asked_by_itself(request: HttpRequest, view: Callable) -> bool:
    return bool(request.htmx) and getattr(view, "is_polled", False)

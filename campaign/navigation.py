"""What every page shows around its content: the menu, counts, names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from rules import Predicate, always_true

from audit.permissions import is_auditor
from departments.models import Account
from departments.permissions import acts_for_a_unit
from leads.models import Lead
from leads.permissions import can_register, can_search_leads
from messaging.models import Message
from pages.keyset import COUNT_LIMIT
from reporting.weekly.permissions import can_see_board


@dataclass(frozen=True)
class Item:
    """An entry of the menu, shown to whom `allowed` says; `count` is what waits behind it."""

    label: str
    url_name: str
    icon: str
    allowed: Predicate = always_true
    query: str = ""
    count: Callable[[Account], int] | None = None


def waiting_leads(user: Account) -> int:
    return Lead.objects.waiting_for(user).order_by().values("pk")[:COUNT_LIMIT].count()


MENU: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("", (Item("首页", "home", "house"),)),
    (
        "线索",
        (
            Item("登记线索", "leads:create", "pencil-square", can_register),
            Item("待办线索", "leads:list", "inbox", can_search_leads, "?tab=todo", waiting_leads),
            Item("全部线索", "leads:list", "list-ul", can_search_leads),
        ),
    ),
    (
        "周报",
        (
            Item("本单位周报", "reporting:mine", "file-earmark-text", acts_for_a_unit),
            Item("报送情况", "reporting:board", "grid-3x3-gap", can_see_board),
        ),
    ),
    (
        "其他",
        (
            Item("导出文件", "jobs:list", "download"),
            Item("单位职责", "departments:list", "diagram-3"),
            Item("审计记录", "audit:list", "shield-check", is_auditor),
        ),
    ),
)


def page(request: HttpRequest) -> dict[str, Any]:
    """The context processor. Counts are read only by pages that show them."""
    context = {"portal_name": settings.PORTAL_NAME, "is_demo": settings.PORTAL_DEMO}
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return context
    return context | {
        "portal_unit_name": user.main_unit.name if user.main_unit else "",
        "unread_count": SimpleLazyObject(lambda: Message.objects.visible_to(user).unread().count()),
        "navigation": SimpleLazyObject(lambda: menu(request)),
    }


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups that the person may use, with the current page marked."""
    groups = []
    for label, items in MENU:
        shown = [_entry(item, request) for item in items if item.allowed.test(request.user)]
        if shown:
            groups.append({"label": label, "items": shown})
    return groups


def _entry(item: Item, request: HttpRequest) -> dict[str, Any]:
    url = reverse(item.url_name)
    wanted = item.query.removeprefix("?tab=")
    active = request.path == url and request.GET.get("tab", "") == wanted
    return {
        "label": item.label,
        "url": url + item.query,
        "icon": item.icon,
        "active": active,
        "count": item.count(request.user) if item.count else 0,
    }

"""What every page shows around its content: the menu, counts, names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import SimpleLazyObject
from rules import Predicate, always_true

from access.accounts.permissions import sees_accounts
from access.accounts.querysets import waiting_count
from audit.permissions import is_auditor
from departments.models import Account
from departments.permissions import acts_for_a_unit, is_director, is_office
from leads.circle.services import unacknowledged_count
from leads.codes.permissions import can_answer
from leads.imports.permissions import can_import
from leads.lists.tabs import waiting_label
from leads.permissions import can_register, can_search_leads
from leads.reporters.permissions import is_custodian
from leads.rewards.permissions import sees_rewards
from messaging.deliveries.permissions import sees_deliveries
from messaging.models import Message
from oversight.watch.querysets import open_count
from reporting.incidents.permissions import sees_incidents
from reporting.weekly.permissions import can_open_board, can_see_board


@dataclass(frozen=True)
class Item:
    """An entry of the menu, shown to whom `allowed` says; `count` is what waits behind it."""

    label: str
    url_name: str
    icon: str
    allowed: Predicate = always_true
    query: str = ""
    count: Callable[[Account], str | int] | None = None


MENU: tuple[tuple[str, tuple[Item, ...]], ...] = (
    ("", (Item("首页", "home", "house"),)),
    (
        "线索",
        (
            Item("登记线索", "leads:create", "pencil-square", can_register),
            Item("待办线索", "leads:list", "inbox", can_register, "?tab=todo", waiting_label),
            Item("全部线索", "leads:list", "list-ul", can_search_leads),
            Item("查询码查询", "leads:codes", "key", can_answer),
            Item("举报奖励", "leads:rewards", "award", sees_rewards),
            Item("举报人信息", "leads:reporters", "person-lock", is_custodian),
            Item("导入台账", "leads:imports", "file-earmark-arrow-up", can_import),
            Item("查阅授权", "leads:readings", "eye", is_director, count=unacknowledged_count),
            Item("受限线索", "leads:fading", "hourglass-bottom", is_office),
            Item("到期处置", "leads:disposals", "archive", is_office),
        ),
    ),
    (
        "周报",
        (
            Item("本单位周报", "reporting:mine", "file-earmark-text", acts_for_a_unit),
            Item("写日动态", "reporting:notes", "journal-text", acts_for_a_unit),
            Item("日动态", "reporting:notes_of_day", "journal-text", can_see_board),
            Item("重大事项", "reporting:incidents", "exclamation-octagon", sees_incidents),
            Item("报送情况", "reporting:board", "grid-3x3-gap", can_see_board),
            Item("报送总览", "reporting:matrix", "table", can_see_board),
            Item("周报更正", "reporting:corrections", "pencil-square", can_open_board),
            Item("委托签发", "reporting:delegations", "person-check", can_open_board),
            Item("周通报", "reporting:bulletins", "megaphone", can_open_board),
            Item("催报设置", "reporting:reminders", "alarm", is_office),
            Item("报送设置", "reporting:settings", "calendar2-week", is_office),
            Item("填报表单", "reporting:form", "ui-checks", is_office),
        ),
    ),
    (
        "其他",
        (
            Item("后台任务", "jobs:list", "hourglass-split"),
            Item("单位职责", "departments:list", "diagram-3"),
            Item("工作日历", "calendar:year", "calendar3"),
            Item("消息投递", "messaging:deliveries", "send", sees_deliveries),
            Item("办理期限", "leads:deadlines", "calendar-check", is_office),
            Item("字典与规则", "leads:setup", "sliders", is_director),
            Item("账号与权限", "access:people", "people", sees_accounts, count=waiting_count),
            Item("审计记录", "oversight:list", "shield-check", is_auditor),
            Item(
                "异常提示",
                "oversight:findings",
                "exclamation-diamond",
                is_auditor,
                count=open_count,
            ),
        ),
    ),
)

#: The part of the portal to which the pages of an app belong: its label, its first page, and to
#: whom that is open.
SECTIONS = {
    "leads": ("线索", "leads:list", can_search_leads),
    "reporting": ("周报", "reporting:board", can_open_board),
    "messaging": ("消息", "messaging:inbox", always_true),
    "jobs": ("后台任务", "jobs:list", always_true),
    "departments": ("单位职责", "departments:list", always_true),
    "access": ("我的账号", "access:account", always_true),
    "oversight": ("审计记录", "oversight:list", is_auditor),
}
#: What a page is called where it is not the first of its section; some pages name themselves.
LEAVES = {
    "leads:notice": "举报公告",
    "leads:unit_notice": "举报公告",
    "messaging:deliveries": "消息投递",
    "messaging:contact": "接收方式",
    "reporting:mine": "本单位周报",
    "reporting:notes": "写日动态",
    "reporting:notes_of_day": "日动态",
    "reporting:report": "周报详情",
    "reporting:edit": "填写周报",
    "reporting:reminders": "催报设置",
    "jobs:detail": "任务进度",
    "oversight:export": "导出",
    "oversight:verify": "封存与核验",
    "oversight:findings": "异常提示",
    "oversight:finding": "异常提示",
    "oversight:look": "异常提示",
    "oversight:rules": "提示规则",
    "access:factor": "绑定手机验证",
    "access:renew": "重新生成恢复码",
    "access:remove": "解除手机验证",
    "password_change": "修改密码",
    "password_change_done": "修改密码",
}


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
        "breadcrumbs": breadcrumbs(request),
    }


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups that the person may use, with the current page marked."""
    groups = []
    for label, items in MENU:
        shown = [_entry(item, request) for item in items if item.allowed.test(request.user)]
        if shown:
            groups.append({"label": label, "items": shown})
    return groups


def breadcrumbs(request: HttpRequest) -> list[dict[str, str]]:
    """The way from the home page to this one; empty at home."""
    match = request.resolver_match
    if match is None or match.view_name == "home":
        return []
    crumbs = [{"label": "首页", "url": reverse("home")}]
    if match.namespace in SECTIONS:
        label, url_name, allowed = SECTIONS[match.namespace]
        url = reverse(url_name) if allowed.test(request.user) else ""
        crumbs.append({"label": label, "url": url})
    if match.view_name in LEAVES:
        crumbs.append({"label": LEAVES[match.view_name], "url": ""})
    return crumbs


#: An address by its name: the same in every request, and resolving costs more than the entry.
_address = cache(reverse)


def _entry(item: Item, request: HttpRequest) -> dict[str, Any]:
    url = _address(item.url_name)
    wanted = item.query.removeprefix("?tab=")
    active = request.path == url and request.GET.get("tab", "") == wanted
    return {
        "label": item.label,
        "url": url + item.query,
        "icon": item.icon,
        "active": active,
        "count": item.count(request.user) if item.count else 0,
    }

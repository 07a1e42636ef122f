"""The only writers of what a person keeps about the lists."""

from __future__ import annotations

from collections.abc import Collection

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction

from departments.models import Account
from leads.lists import columns
from leads.lists.models import QUERY_LIMIT, ListPreference, SavedFilter

#: The list that `ListPreference.view` names.
LEADS = "leads"
MOST_SAVED = 20


def choose_columns(*, actor: Account, chosen: Collection[str] | None) -> None:
    """Remember which columns the person wants; None goes back to the usual ones.

    Columns that the person may not have, or that no page shows, are left out.
    """
    own = ListPreference.objects.visible_to(actor).filter(view=LEADS)
    if chosen is None:
        own.delete()
        return
    kept = [column.code for column in columns.for_page(actor, chosen)]
    ListPreference.objects.update_or_create(owner=actor, view=LEADS, defaults={"columns": kept})


def save_filter(*, actor: Account, name: str, query: str) -> SavedFilter:
    """Keep `query` (`Listing.query`) under `name`; the same pair again is the same filter.

    ValidationError when the name stands for another filter, there are too many, or the query is
    empty or too long.
    """
    if not query:
        raise ValidationError("还没有设筛选条件，先查询再保存。")
    if len(query) > QUERY_LIMIT:
        raise ValidationError("筛选条件太长，不能保存。")
    own = SavedFilter.objects.visible_to(actor)
    if own.count() >= MOST_SAVED and not own.filter(name=name).exists():
        raise ValidationError(f"最多保存 {MOST_SAVED} 个常用筛选，请先删除不用的。")
    saved = SavedFilter(owner=actor, name=name, query=query)
    try:
        _write(saved)
    except ValidationError:
        same = own.filter(name=name, query=query).first()
        if same is None:
            raise
        return same
    return saved


def rename_filter(*, actor: Account, saved: SavedFilter, name: str) -> None:
    """ValidationError when another filter of the person has that name."""
    saved.name = name
    _write(saved)


def delete_filter(*, actor: Account, saved: SavedFilter) -> None:
    saved.delete()


def _write(saved: SavedFilter) -> None:
    saved.clean_fields()
    try:
        with transaction.atomic():
            saved.save()
    except IntegrityError:
        raise ValidationError({"name": "已有同名的常用筛选，请换一个名称。"}) from None

"""The lead list as a page: beside its frame, Django's admin and the barest view of its rows."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db import connection

from bench.figures import Figure, compare, in_database
from bench.pages import FRAME, page
from leads.models import Lead
from pages.keyset import PAGE_SIZE

#: A list page is to serve fifteen times as many requests as the admin's list, and half as many as
#: the barest view. One process answers one request at a time, so that times stand for rates.
OF_ADMIN, OF_BARE = 1 / 15, 2


def measure(rounds: int) -> Iterator[Figure]:
    """Whole pages in one process: everything between request and answer but the socket."""
    get_user_model().objects.filter(username="office").update(is_staff=True, is_superuser=True)
    listed = page("office", "/leads/")
    yield compare("leads.list_page", listed, page("office", FRAME), target=8, rounds=rounds)
    bare = page("office", "/bench/bare/")
    yield compare("leads.list_to_bare", listed, bare, target=OF_BARE, rounds=rounds)
    admin = page("office", "/bench/admin/leads/lead/")
    yield compare("leads.list_to_admin", listed, admin, target=OF_ADMIN, rounds=rounds)
    office = get_user_model().objects.get(username="office")

    def visible() -> None:
        list(Lead.objects.visible_to(office).order_by("-pk")[:PAGE_SIZE])

    yield compare("leads.visible", visible, newest, target=3, rounds=rounds, clock=in_database)


def newest() -> None:
    """The newest rows of the table, without asking who may see them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM leads_lead ORDER BY id DESC LIMIT {PAGE_SIZE}")
        cursor.fetchall()

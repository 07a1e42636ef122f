"""The lead list as a page: beside its frame, Django's admin and the barest view of its rows."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db import connection

from bench.figures import Figure, compare, in_database
from bench.pages import FRAME, page
from bench.rates import compare_rates
from departments.acting import as_person
from leads.models import Lead
from pages.keyset import PAGE_SIZE

LIST = "/leads/"
#: As many pages as fifteen times the admin's list, and as half the barest view.
RIVALS = (
    ("leads.list_to_bare", "/bench/bare/", 2),
    ("leads.list_to_admin", "/bench/admin/leads/lead/", 1 / 15),
)


def measure(rounds: int) -> Iterator[Figure]:
    """Whole pages: everything between request and answer but the socket."""
    get_user_model().objects.filter(username="office").update(is_staff=True, is_superuser=True)
    listed, frame = page("office", LIST), page("office", FRAME)
    yield compare("leads.list_page", listed, frame, target=8, rounds=rounds)
    for name, rival, target in RIVALS:
        yield compare_rates(name, LIST, rival, target=target, rounds=rounds)
    office = get_user_model().objects.get(username="office")

    def visible() -> None:
        list(Lead.objects.visible_to(office).order_by("-pk")[:PAGE_SIZE])

    yield compare("leads.visible", visible, newest, target=3, rounds=rounds, clock=in_database)
    for name, username in (("leads.wall_office", "office"), ("leads.wall_police", "liaison.pcs")):
        yield behind_wall(name, username, rounds)


def behind_wall(name: str, username: str, rounds: int) -> Figure:
    """What the policies of `leads.wall` cost: a page read as the person, and as the system."""
    user = get_user_model().objects.get(username=username)

    def rows() -> None:
        list(Lead.objects.visible_to(user).order_by("-pk")[:PAGE_SIZE])

    def behind() -> None:
        with as_person(user):
            rows()

    return compare(name, behind, rows, target=4, rounds=rounds, clock=in_database)


def newest() -> None:
    """The newest rows of the table, without asking who may see them."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM leads_lead ORDER BY id DESC LIMIT {PAGE_SIZE}")
        cursor.fetchall()

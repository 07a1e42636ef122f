"""Pages by key stay whole while rows come and go."""

import pytest
from django.db.models import F
from django.test import RequestFactory

from leads.models import Channel
from pages.keyset import NEWEST_FIRST, Order, page_of

BY_POSITION = Order(
    "position",
    "按次序",
    key=F("position"),
    of=lambda row: row.position,
    read=int,
    is_descending=False,
)


@pytest.fixture
def channels(db):
    """Thirty rows over four positions, so that most have equals."""
    made = [
        Channel(code=f"c{place}", name=f"渠道{place}", position=1 + place % 4)
        for place in range(30)
    ]
    return Channel.objects.bulk_create(made)


@pytest.mark.parametrize("order", [NEWEST_FIRST, BY_POSITION], ids=["by key", "among equals"])
def test_every_row_is_met_once_although_the_last_one_is_deleted_and_others_come(channels, order):
    met, url, added = [], "/", 0
    while True:
        request = RequestFactory().get(url)
        page = page_of(Channel.objects.all(), request, order, size=7)
        met += [row.code for row in page.rows]
        if not page.older_url:
            break
        # Before the next page is asked for, the row from which it follows is gone, and a new
        # one stands where the reader has been already.
        page.rows[-1].delete()
        position = 9 if order is NEWEST_FIRST else 0
        Channel.objects.create(code=f"n{added}", name=f"新{added}", position=position)
        added += 1
        url = f"/{page.older_url}"
    assert sorted(met) == sorted(channel.code for channel in channels)
    assert added == 4


@pytest.mark.parametrize("order", [NEWEST_FIRST, BY_POSITION], ids=["by key", "among equals"])
def test_the_way_back_shows_what_the_way_down_has_shown(channels, order):
    down, url = [], "/"
    while url:
        page = page_of(Channel.objects.all(), RequestFactory().get(url), order, size=7)
        down.append([row.code for row in page.rows])
        last, url = page, page.older_url and f"/{page.older_url}"
    up, url = [down[-1]], f"/{last.newer_url}"
    while url != "/":
        page = page_of(Channel.objects.all(), RequestFactory().get(url), order, size=7)
        up.append([row.code for row in page.rows])
        url = f"/{page.newer_url}"
    assert up[::-1] == down

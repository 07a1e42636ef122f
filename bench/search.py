"""Finding leads by words: the slowest of many words, drawn from the texts themselves."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from random import Random

from django.contrib.auth import get_user_model
from django.db import connection
from django.test import RequestFactory

from bench.figures import Figure, in_database, percentile
from bench.leads import newest
from leads.models import Lead
from pages.keyset import page_of

SIZES = (2, 3, 4)
#: So many leads are read to see how often words occur.
SAMPLE = 10_000
#: A common word occurs in every hundredth lead, a rare one in not even every thousandth.
COMMON, RARE = 1 / 100, 1 / 1000
DRAWN = 40
LIMIT = 20
RUN = re.compile(r"[\u4e00-\u9fff]+")


def measure(rounds: int) -> Iterator[Figure]:
    """The 95th percentile of a page's search in the database, beside the newest rows' bare walk."""
    texts = _texts()
    floor = sorted(in_database(newest) for _ in range(rounds))[rounds // 2]
    for size in SIZES:
        for name, words in _drawn(texts, size).items():
            for who in ("office", "liaison.pcs") if name == "common" else ("office",):
                yield Figure(
                    name=f"search.{name}_{size}" + ("" if who == "office" else "_unit"),
                    value=percentile([_search(word, who) for word in words], 0.95),
                    unit="ms",
                    floor=floor,
                    limit=LIMIT if who == "office" and name != "middle" else None,
                )


def _search(word: str, username: str) -> float:
    """The list's own queries: which way to look, the rows of the first page, the total."""
    user = get_user_model().objects.get(username=username)
    request = RequestFactory().get("/leads/", {"q": word})
    list(user.roles_at)

    def find() -> None:
        page_of(Lead.objects.visible_to(user).containing(word), request)

    # The second of two: what a server that is in use has in memory, it has in memory.
    find()
    return in_database(find)


def _texts() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) / %s FROM leads_lead", [SAMPLE])
        step = max(1, cursor.fetchone()[0])
        cursor.execute(
            "SELECT title || '。' || allegation FROM leads_lead WHERE id %% %s = 0", [step]
        )
        return [text for (text,) in cursor.fetchall()]


def _drawn(texts: list[str], size: int) -> dict[str, list[str]]:
    """Words of that size by how common they are, the same ones in every run."""
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(
            {
                run[place : place + size]
                for run in RUN.findall(text)
                for place in range(len(run) - size + 1)
            }
        )
    most, least = COMMON * len(texts), RARE * len(texts)
    by_name = {
        "rare": [word for word, count in counts.items() if count <= least / 2],
        "middle": [word for word, count in counts.items() if least < count < most],
        "common": [word for word, count in counts.items() if count >= most],
    }
    rng = Random(size)  # noqa: S311  repeatable, not secret
    return {
        name: rng.sample(sorted(words), min(DRAWN, len(words)))
        for name, words in by_name.items()
        if words
    }

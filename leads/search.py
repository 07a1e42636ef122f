"""Finding leads by words: character bigrams, because Chinese has no spaces between words.

The database cuts title, allegation, place and number into pairs of neighbouring characters (the
function `portal_bigrams`, migration 0001) and indexes them. A query is cut alike, and all its
pairs must occur. Pairs can occur apart, so words of three characters and more are checked against
the text itself.
"""

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import BooleanField, F, Func, Q, TextField, Value
from django.db.models.functions import StrIndex

#: The columns that are searched, in the order of `portal_search_text`'s arguments.
FIELDS = ("number", "title", "allegation", "place_detail")
#: Up to so many hits are collected first and sorted after; more are met soon enough in order.
RARE = 1000
WORD_LIMIT = 8


class SearchText(Func):
    """The text of a row as the index sees it: lower case, half width, without punctuation."""

    function = "portal_search_text"
    output_field = TextField()


class Bigrams(Func):
    function = "portal_bigrams"
    output_field = SearchVectorField()


class Matches(Func):
    """`search @@ query`, usable as a filter."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = BooleanField()


class _Query(Func):
    function = "portal_bigram_query"
    output_field = TextField()


def apply(queryset: models.QuerySet, text: str) -> models.QuerySet:
    """The rows of `queryset` that contain every word of `text`.

    Asks the index once beforehand: the hits of a rare word are collected and then sorted, while
    a common word is met by walking the list. The planner cannot tell the two apart and is slow
    by a factor of thousands where it guesses wrong.
    """
    words = [word for word in text.split() if any(sign.isalnum() for sign in word)][:WORD_LIMIT]
    if not words:
        return queryset
    condition = Q()
    for word in words:
        condition &= Q(Matches(F("search"), _Query(Value(word))))
    rare = _collect(words, queryset.model)
    queryset = queryset.filter(condition) if rare is None else queryset.filter(pk__in=rare)
    for place, word in enumerate(words):
        if len(word) > 2:
            found = StrIndex(SearchText(*FIELDS), SearchText(Value(word)))
            queryset = queryset.alias(**{f"word_{place}": found}).filter(**{f"word_{place}__gt": 0})
    return queryset


def _collect(words: list[str], model: type[models.Model]) -> list[int] | None:
    """The keys of all rows with these words, or None where they are too many to collect."""
    table = connection.ops.quote_name(model._meta.db_table)
    tests = " AND ".join(["search @@ portal_bigram_query(%s)"] * len(words))
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM {table} WHERE {tests} LIMIT {RARE + 1}",
            words,
        )
        keys = [row[0] for row in cursor.fetchall()]
    return keys if len(keys) <= RARE else None

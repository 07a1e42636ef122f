"""Finding leads by words: character bigrams, because Chinese has no spaces between words.

The database cuts title, allegation, place and number into pairs of neighbouring characters (the
function `portal_bigrams`, migration 0001) and indexes them. A query is cut alike, and all its
pairs must occur. Pairs can occur apart, so words of three characters and more are checked against
the text itself.

A list is read newest first and a page at a time. A common word is met soon on that way, a rare
one never: its hits are collected by the index, in any order, and sorted. The wrong way is slower
by a factor of thousands, and the planner cannot tell the two apart, because it does not know how
often pairs stand together. So the newest leads are asked first (`_collect`).
"""

from __future__ import annotations

from django.contrib.postgres.search import SearchVectorField
from django.db import connection, models
from django.db.models import BooleanField, Case, F, Func, Q, TextField, Value, When
from django.db.models.functions import StrIndex
from django.db.models.lookups import GreaterThan

#: The columns that are searched, in the order of `portal_search_text`'s arguments.
FIELDS = ("number", "title", "allegation", "place_detail")
#: Up to so many hits are collected; in smaller tables any word is.
COLLECTED = 5_000
#: A word is common that occurs so often among so many of the newest leads.
NEWEST, OFTEN = 1000, 3
WORD_LIMIT = 8


class SearchText(Func):
    """The text of a row as the index sees it: lower case, half width, without punctuation."""

    function = "portal_search_text"
    output_field = TextField()


class Bigrams(Func):
    function = "portal_bigrams"
    output_field = SearchVectorField()


class _Query(Func):
    function = "portal_bigram_query"
    output_field = TextField()


class _Matches(Func):
    """`search @@ query`, usable as a condition."""

    template = "(%(expressions)s)"
    arg_joiner = " @@ "
    output_field = BooleanField()


class _OneOf(Func):
    """`id = ANY(keys)`: thousands of keys as one value, read in the order of the list."""

    template = "(%(expressions)s::bigint[]))"
    arg_joiner = " = ANY("
    output_field = BooleanField()


def apply(queryset: models.QuerySet, text: str) -> models.QuerySet:
    """The rows of `queryset` that contain every word of `text`, or had it as their number before.

    Asks the database beforehand how to look: common words are met on the way through the list, and
    counting them would lead through all of it. How common a word is, hidden leads say too: so that
    no page tells how it was looked for, no search is counted (`is_searched` of the answer).
    """
    words = [word for word in text.split() if any(sign.isalnum() for sign in word)][:WORD_LIMIT]
    if not words:
        return queryset
    keys = _collect(words, whole=text.strip())
    if keys is None:
        found = _walk(words, queryset)
    else:
        found = queryset.filter(_OneOf(F("pk"), Value(f"{{{','.join(map(str, keys))}}}")))
    found.is_searched = True
    return found


def _walk(words: list[str], queryset: models.QuerySet) -> models.QuerySet:
    """The rows that pass a test that the planner cannot see through.

    It takes a CASE to hold for every second row and no index to help, so that it reads the list
    in its order until the page is full. What it would make of the test itself is a scan of the
    whole table, because it takes pairs for independent of each other.
    """
    passes = Q()
    for word in words:
        passes &= Q(_Matches(F("search"), _Query(Value(word))))
    for word in words:
        if len(word) > 2:
            # What stands there letter for letter need not be made plain first.
            plain = GreaterThan(StrIndex(SearchText(*FIELDS), SearchText(Value(word))), 0)
            passes &= Q(allegation__contains=word) | Q(title__contains=word) | Q(plain)
    met = Case(When(passes, then=Value(True)), default=Value(False), output_field=BooleanField())
    return queryset.filter(met)


def _collect(words: list[str], *, whole: str) -> list[int] | None:
    """The keys of all leads with these words, or None where they are better met than collected.

    Common words of a large table, and those with too many hits. One statement answers both: the
    index is not read where the newest rows have shown the words to be common. An imported lead
    is also found by the number that it had in its ledger, where `whole` is just that.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT portal_lead_hits(%s::text[], %s, %s, %s, %s)",
            [words, whole, COLLECTED, NEWEST, OFTEN],
        )
        keys = [row[0] for row in cursor.fetchall()]
    return None if None in keys or len(keys) > COLLECTED else keys

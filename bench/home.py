"""The leader's first page."""

from collections.abc import Iterator

from bench.figures import Figure, compare
from bench.pages import FRAME, page


def measure(rounds: int) -> Iterator[Figure]:
    """The home page of a town leader against the bare frame of a page."""
    yield compare("home.page", page("town", "/"), page("town", FRAME), target=6, rounds=rounds)

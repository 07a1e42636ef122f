"""Work in a process that has done nothing else: for what is to be said of its memory.

Django is set up after the process has begun, so nothing of the portal is imported here before.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from typing import TypeVar

import django

T = TypeVar("T")


def in_fresh_process(work: Callable[..., T], *given: object) -> T:
    """What `work` says, a function of a module of the bench, of what can be pickled.

    It finds the database that is measured, in the role of this process.
    """
    from django.db import connection

    place = {name: connection.settings_dict[name] for name in ("NAME", "USER", "PASSWORD")}
    with multiprocessing.get_context("spawn").Pool(1, _join, (place,)) as pool:
        return pool.apply(work, given)


def _join(place: dict[str, str]) -> None:
    django.setup()
    from django.db import connection

    connection.settings_dict.update(place)

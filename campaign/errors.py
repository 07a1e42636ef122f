"""What an exception is about."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg2
from django.db import DatabaseError, InterfaceError, OperationalError, ProgrammingError

#: The last two as the driver raises them, where Django does not pass them on under its own names:
#: when a cursor is closed.
UNSERVED = (
    OperationalError,
    InterfaceError,
    psycopg2.OperationalError,
    psycopg2.InterfaceError,
)
#: SQLSTATEs, by their first characters, of a server that stops, starts or is not reached.
AWAY = ("57P", "08")


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def is_of_the_service(error: BaseException | None) -> bool:
    """Whether the database could not serve, whatever was asked: away, too busy, or in conflict.

    A connection that breaks in the middle of an answer is a plain DatabaseError to the driver. What
    is asked within a transaction after its connection has gone is refused by Django itself, without
    the driver: the only ProgrammingError that has no error of the driver behind it.
    """
    return any(
        isinstance(one, UNSERVED)
        or type(one) is DatabaseError
        or (isinstance(one, ProgrammingError) and one.__cause__ is None)
        for one in chain(error)
    )


def is_of_the_connection(error: BaseException | None) -> bool:
    """Whether the database is simply not there: then no statement is to blame."""
    codes = [one.pgcode for one in chain(error) if isinstance(one, psycopg2.Error)]
    return is_of_the_service(error) and all(not code or code.startswith(AWAY) for code in codes)

"""What an exception is about."""

from __future__ import annotations

from collections.abc import Iterator

from django.db import DatabaseError, InterfaceError, OperationalError
from psycopg2 import Error as DriverError

#: SQLSTATEs, by their first characters, of a server that stops, starts or is not reached.
AWAY = ("57P", "08")


def chain(error: BaseException | None) -> Iterator[BaseException]:
    """The error and those that it came from."""
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def is_of_the_service(error: BaseException | None) -> bool:
    """Whether the database could not serve, whatever was asked: away, too busy, or in conflict.

    A connection that breaks in the middle of an answer is a plain DatabaseError to the driver.
    """
    return any(
        isinstance(one, OperationalError | InterfaceError) or type(one) is DatabaseError
        for one in chain(error)
    )


def is_of_the_connection(error: BaseException | None) -> bool:
    """Whether the database is simply not there: then no statement is to blame."""
    codes = [one.pgcode for one in chain(error) if isinstance(one, DriverError)]
    return is_of_the_service(error) and all(not code or code.startswith(AWAY) for code in codes)

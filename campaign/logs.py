"""What a log line may say: where and what kind of error, never what somebody typed."""

from __future__ import annotations

import logging
import traceback
from types import TracebackType

from django.core.exceptions import ValidationError
from django.db import Error as DatabaseError
from psycopg2 import Error as DriverError

from campaign.errors import chain, is_of_the_connection

#: Errors whose words quote values: rows of a table, fields of a form, what was to be converted.
QUOTING = (DatabaseError, DriverError, ValidationError, ValueError)


class Formatter(logging.Formatter):
    """Prints an error with its place and kind, but of those that quote values not the words."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        if record.exc_info and record.exc_info[1] is not None:
            for error in chain(record.exc_info[1]):
                # Others' messages repeat the error; Celery's do.
                for words in (repr(error), str(error)):
                    if isinstance(error, QUOTING) and words:
                        line = line.replace(words, _kind(error))
        return line

    def formatException(  # noqa: N802  logging's name
        self, ei: tuple[type[BaseException], BaseException, TracebackType | None]
    ) -> str:
        if is_of_the_connection(ei[1]):
            return _told(ei[1])  # the same from everywhere, many times over
        told = [
            "".join(traceback.format_tb(error.__traceback__)) + _told(error)
            for error in chain(ei[1])
        ]
        return "\n".join(reversed(told))


def _told(error: BaseException) -> str:
    return _kind(error) if isinstance(error, QUOTING) else f"{_kind(error)}: {error}"


def _kind(error: BaseException) -> str:
    """The error's class; of one from PostgreSQL its code and the constraint too."""
    name = f"{type(error).__module__}.{type(error).__qualname__}"
    if isinstance(error, DriverError) and error.pgcode:
        return f"{name} {error.pgcode} {error.diag.constraint_name or ''}".rstrip()
    return name

"""Log lines say what went wrong and where, never what somebody typed."""

from __future__ import annotations

import logging
import sys

import pytest
from django.core.exceptions import ValidationError
from django.db import DataError, IntegrityError, OperationalError, connection, transaction
from django.db.backends.postgresql.base import DatabaseWrapper

from campaign.logs import Formatter
from leads.models import Channel

TYPED = "反映人甲的话"


def line(error: Exception, message: str = "failed", *args: object) -> str:
    """How the error is logged when it is raised and caught."""
    try:
        raise error
    except type(error):
        record = logging.LogRecord("x", logging.ERROR, "x", 1, message, args, sys.exc_info())
    return Formatter("%(levelname)s %(message)s").format(record)


def test_an_error_of_the_database_is_logged_without_the_row(db):
    Channel.objects.create(code="one", name=TYPED)
    with pytest.raises(IntegrityError) as raised, transaction.atomic():
        Channel.objects.create(code="one", name=TYPED)
    told = line(raised.value)
    assert "UniqueViolation 23505 leads_channel_" in told
    assert "test_logs.py" in told
    assert "already exists" not in told
    assert TYPED not in told


def test_a_value_that_does_not_fit_is_not_logged(db):
    with pytest.raises(DataError) as raised, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::int", [TYPED])
    assert TYPED in str(raised.value)
    assert TYPED not in line(raised.value, "Task raised unexpected: %r", raised.value)


@pytest.mark.parametrize("error", [ValidationError(TYPED), ValueError(f"no number: {TYPED}")])
def test_what_was_typed_into_a_form_is_not_logged(error):
    told = line(error, "Task raised unexpected: %r", error)
    assert TYPED not in told
    assert type(error).__name__ in told


def test_our_own_words_are_logged():
    assert line(RuntimeError("the printer is on fire")).endswith(
        "builtins.RuntimeError: the printer is on fire"
    )


def test_what_an_error_came_from_is_told_too():
    try:
        raise ValueError(TYPED)
    except ValueError as cause:
        error = RuntimeError("no report")
        error.__cause__ = cause
    told = line(error)
    assert TYPED not in told
    assert told.index("builtins.ValueError") < told.index("builtins.RuntimeError: no report")


def test_a_database_that_is_away_takes_one_line(db):
    with pytest.raises(OperationalError) as raised:
        DatabaseWrapper(connection.settings_dict | {"HOST": "/nowhere"}).ensure_connection()
    told = line(raised.value)
    assert told == "ERROR failed\ndjango.db.utils.OperationalError"

"""Which errors mean that the database is away, and which that a statement is wrong."""

import psycopg2
import pytest
from django.db import ProgrammingError, connection, transaction

from campaign.errors import is_of_the_service
from leads.models import Lead


def test_what_is_asked_after_the_connection_has_gone_is_no_fault_of_the_statement():
    error = ProgrammingError("Cannot open a new connection in an atomic block.")
    assert is_of_the_service(error)


def test_a_wrong_statement_is(db):
    with (
        pytest.raises(ProgrammingError) as caught,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT nothing FROM nowhere")
    assert not is_of_the_service(caught.value)


@pytest.mark.django_db(transaction=True)
def test_a_cursor_closed_after_its_connection_has_gone_is_no_fault_of_the_statement():
    """Django passes on what the driver says when a cursor of many rows is closed."""
    rows = connection.chunked_cursor()
    rows.execute("SELECT generate_series(1, 9)")
    other = connection.copy()
    with other.cursor() as cursor:
        pid = connection.connection.info.backend_pid
        cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
    other.close()
    with pytest.raises(psycopg2.OperationalError) as caught:
        rows.close()
    connection.close()
    assert is_of_the_service(caught.value)


def test_a_lead_that_is_hidden_between_two_reads_is_missing(client_for, people, monkeypatch):
    """Of which the second is asked of the database alone, as a step asks for the row it locks."""

    def hidden(*args: object) -> None:
        raise Lead.DoesNotExist

    monkeypatch.setattr("leads.lists.views.Listing", hidden)
    answer = client_for(people.office).get("/leads/")
    assert answer.status_code == 404
    assert "找不到这个页面" in answer.text

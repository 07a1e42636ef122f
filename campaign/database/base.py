"""Django's PostgreSQL backend; before a statement runs, the connection knows who acts.

Told only when it changed, so that a process that serves one person after another sends one short
statement more for each change, and none else.
"""

from __future__ import annotations

from typing import Any

from django.db.backends.postgresql import base
from psycopg2.extensions import TRANSACTION_STATUS_INERROR

from departments import acting

TELL = (
    "SELECT set_config('portal.account', %s, false), set_config('portal.towns', %s, false), "
    "set_config('portal.units', %s, false), set_config('portal.places', %s, false)"
)


class DatabaseWrapper(base.DatabaseWrapper):
    #: What this connection was told last; None where that is not known.
    _told: acting.Acting | None = None

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        self._told = None
        return super().get_new_connection(conn_params)

    def create_cursor(self, name: str | None = None) -> Any:
        self._tell(acting.current())
        return super().create_cursor(name)

    def _tell(self, who: acting.Acting) -> None:
        if who == self._told:
            return
        if self.connection.info.transaction_status == TRANSACTION_STATUS_INERROR:
            return  # nothing but a rollback is possible, and that needs nobody
        with self.connection.cursor() as cursor:
            cursor.execute(TELL, (who.account, who.towns, who.units, who.places))
        self._told = who

    # What was told within a transaction is taken back with it.

    def _rollback(self) -> None:
        self._told = None
        super()._rollback()

    def _savepoint_rollback(self, sid: str) -> None:
        super()._savepoint_rollback(sid)
        self._told = None

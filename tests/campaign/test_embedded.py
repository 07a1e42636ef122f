"""The embedded servers: roles and rights, sharing, and that nothing outlives its users."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import environ
import kombu
import psutil
import psycopg2
import pytest
import redis

from campaign.embedded import broker, lease, postgres
from tests.processes import eventually

ROOT = Path(__file__).resolve().parents[2]

# Starts a broker or a database, tells the server's process, and stays until it is told to go.
# Whoever runs the tests in the background has had them ignore some signals.
HOLDER = """
import json, signal, sys
from pathlib import Path
signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)
from campaign.embedded import broker, postgres
folder = Path(sys.argv[2])
if sys.argv[1] == "broker":
    broker.start(folder)
else:
    postgres.start(folder, throwaway=True)
print(json.dumps("up"), flush=True)
sys.stdin.read()
"""


def servers_of(folder: Path) -> list[psutil.Process]:
    """The server processes (not the keepers) whose command line or folder is in `folder`."""
    found = []
    for process in psutil.process_iter():
        try:
            name, place = process.name(), process.cwd() + " " + " ".join(process.cmdline())
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
        if name in {"postgres", "redis-server"} and str(folder) in place:
            found.append(process)
    return found


def masters_of(folder: Path) -> list[int]:
    """Those of them that no other of them has started; workers come and go meanwhile."""
    parents = {}
    for process in servers_of(folder):
        with contextlib.suppress(psutil.NoSuchProcess):
            parents[process.pid] = process.ppid()
    return [pid for pid, parent in parents.items() if parent not in parents]


def keeper_of(folder: Path) -> psutil.Process:
    (master,) = masters_of(folder)
    return psutil.Process(psutil.Process(master).ppid())


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder that another user may cross, as pytest's own is not."""
    path = Path(tempfile.mkdtemp(prefix="portal-embedded-"))
    yield path
    shutil.rmtree(path, ignore_errors=True)


@pytest.fixture
def hold() -> Iterator[Callable[..., subprocess.Popen]]:
    """Start processes that hold a server."""
    holders = []

    def start(kind: str, folder: Path, *, wait: bool = True) -> subprocess.Popen:
        holder = subprocess.Popen(
            [sys.executable, "-c", HOLDER, kind, str(folder)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        holders.append(holder)
        if wait:
            assert json.loads(holder.stdout.readline()) == "up"
        return holder

    yield start
    for holder in holders:
        holder.kill()
        holder.wait()
        holder.stdin.close()
        holder.stdout.close()


@pytest.fixture(scope="module")
def urls() -> Iterator[postgres.Urls]:
    path = Path(tempfile.mkdtemp(prefix="portal-embedded-")) / "postgres"
    yield postgres.start(path, throwaway=True)
    postgres.stop(path)
    shutil.rmtree(path.parent)


def connect(url: str, **changes: str):
    settings = environ.Env.db_url_config(url)
    connection = psycopg2.connect(
        **{"host": settings["HOST"], "user": settings["USER"], "dbname": settings["NAME"]} | changes
    )
    connection.autocommit = True
    return connection


def rows(connection, query: str) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchall()


def run(connection, command: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(command)


class TestRoles:
    def test_attributes(self, urls):
        connection = connect(urls.owner)
        found = rows(
            connection,
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolbypassrls, rolreplication"
            " FROM pg_roles WHERE rolname LIKE 'portal%' ORDER BY 1",
        )
        assert found == [
            ("portal_app", False, False, False, False, False),
            ("portal_owner", False, True, False, False, False),
        ]
        connection.close()

    def test_runtime_role_has_only_what_it_was_granted(self, urls):
        owner, runtime = connect(urls.owner), connect(urls.runtime)
        run(owner, "CREATE TABLE kept (word text)")
        for command in (
            "SELECT * FROM kept",
            "INSERT INTO kept VALUES ('x')",
            "DROP TABLE kept",
            "CREATE TABLE own (word text)",
            "CREATE TEMP TABLE own (word text)",
            "SET ROLE portal_owner",
            "SET ROLE postgres",
            "CREATE DATABASE own",
        ):
            with pytest.raises(psycopg2.errors.InsufficientPrivilege):
                run(runtime, command)
        run(owner, "GRANT SELECT, INSERT ON kept TO portal_app")
        run(runtime, "INSERT INTO kept VALUES ('线索')")
        assert rows(runtime, "SELECT word FROM kept") == [("线索",)]
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run(runtime, "DELETE FROM kept")
        run(owner, "DROP TABLE kept")
        owner.close()
        runtime.close()

    def test_owner_may_become_the_runtime_role_and_then_loses_its_rights(self, urls):
        owner = connect(urls.owner)
        run(owner, "SET ROLE portal_app")
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            run(owner, "CREATE TABLE own (word text)")
        run(owner, "RESET ROLE")
        run(owner, "CREATE TABLE own (word text)")
        run(owner, "DROP TABLE own")
        owner.close()

    @pytest.mark.parametrize("template", ["template0", "template1"])
    def test_databases_of_tests_sort_and_fold_like_the_portals(self, urls, template):
        owner = connect(urls.owner, dbname="postgres")
        run(owner, f"CREATE DATABASE made_{template} TEMPLATE {template} ENCODING 'UTF8'")
        found = rows(
            owner,
            "SELECT DISTINCT pg_encoding_to_char(encoding), datlocprovider, datlocale, datctype"
            f" FROM pg_database WHERE datname IN ('portal', 'made_{template}')",
        )
        assert found == [("UTF8", "b", "C.UTF-8", "C")]
        run(owner, f"DROP DATABASE made_{template}")
        owner.close()

    def test_only_a_socket_of_its_own_and_room_for_parallel_tests(self, urls):
        owner = connect(urls.owner)
        assert rows(owner, "SHOW listen_addresses") == [("",)]
        assert rows(owner, "SHOW max_connections") == [("200",)]
        assert rows(owner, "SHOW fsync") == [("off",)]
        socket_folder = Path(environ.Env.db_url_config(urls.owner)["HOST"])
        assert socket_folder.stat().st_mode & 0o777 == 0o700
        owner.close()


class TestSharing:
    def test_data_survive_in_a_long_path_with_spaces(self, folder):
        data = folder / "乡 镇" / ("长" * 40) / "post'gres"
        urls = postgres.start(data)
        connection = connect(urls.owner)
        assert rows(connection, "SHOW fsync") == [("on",)]
        run(connection, "CREATE TABLE kept AS SELECT 1 AS number")
        connection.close()
        (first,) = masters_of(data)
        postgres.stop(data)
        assert masters_of(data) == []

        assert postgres.start(data) == urls
        (second,) = masters_of(data)
        assert second != first
        connection = connect(urls.owner)
        assert rows(connection, "SELECT number FROM kept") == [(1,)]
        connection.close()
        postgres.stop(data)
        assert not psutil.pid_exists(second)
        shutil.rmtree(environ.Env.db_url_config(urls.owner)["HOST"])

    def test_one_database_server_until_its_last_user_is_gone(self, folder, hold):
        data = folder / "postgres"
        first, second = hold("postgres", data), hold("postgres", data)
        (master,) = masters_of(data)
        first.kill()
        first.wait()
        assert not eventually(lambda: masters_of(data) != [master], seconds=0.3)
        second.terminate()
        assert eventually(lambda: servers_of(folder) == [])
        assert eventually(lambda: not data.exists()), "a throw-away folder is deleted"

    def test_starts_at_the_same_time_make_one_server(self, folder, hold):
        holders = [hold("broker", folder, wait=False) for _ in range(4)]
        for holder in holders:
            assert json.loads(holder.stdout.readline()) == "up"
        assert len(masters_of(folder)) == 1
        for holder in holders:
            holder.stdin.close()
        for holder in holders:
            assert holder.wait(60) == 0
        assert eventually(lambda: servers_of(folder) == [])

    @pytest.mark.parametrize("signum", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
    def test_a_signal_to_the_user_ends_the_server(self, folder, hold, signum):
        holder = hold("broker", folder)
        holder.send_signal(signum)
        holder.wait(60)
        assert eventually(lambda: servers_of(folder) == [])

    def test_a_killed_keeper_takes_its_server_along_and_a_start_repairs(self, folder, hold):
        data = folder / "postgres"
        hold("postgres", data)
        keeper_of(data).kill()
        hold("postgres", data)
        (master,) = masters_of(data)
        assert psutil.Process(master).is_running()
        assert lease.is_running(data)

    def test_a_start_right_after_a_stop_waits_for_it(self, folder, hold):
        data = folder / "postgres"
        first = hold("postgres", data)
        (old,) = masters_of(data)
        first.kill()
        hold("postgres", data)
        (new,) = masters_of(data)
        assert new != old
        assert data.exists()

    def test_a_server_that_will_not_start_says_why(self, folder, monkeypatch):
        monkeypatch.setattr(lease, "ATTEMPTS", 2)
        broken = lease.Server(argv=["/bin/sh", "-c", "echo no such luck; exit 3"])
        with pytest.raises(lease.ServerFailed, match="no such luck"):
            lease.hold(folder, prepare=lambda: broken, ready=lambda: False)
        assert not lease.is_running(folder)


class TestBroker:
    def test_redis_without_port_or_files(self, folder):
        started = broker.start(folder / "with space")
        path = kombu.Connection(started.url)
        path.connect()
        path.release()
        client = redis.Redis(unix_socket_path=str(folder / "with space/socket/redis.sock"))
        wanted = {"port": "0", "appendonly": "no", "save": ""}
        assert {name: client.config_get(name)[name] for name in wanted} == wanted
        client.close()
        assert started.options == {}
        assert broker.start(folder / "with space") == started
        broker.stop(folder / "with space")
        assert servers_of(folder) == []

    def test_the_first_candidate_that_runs_is_taken(self, folder):
        def program(name: str, status: int) -> str:
            path = folder / name
            path.write_text(f"#!/bin/sh\nexit {status}\n")
            path.chmod(0o755)
            return str(path)

        missing, broken = (lambda: None), (lambda: program("broken", 1))
        first, second = (lambda: program("first", 0)), (lambda: program("second", 0))
        gone = lambda: str(folder / "gone")  # noqa: E731
        assert broker.redis_program([first, second]) == str(folder / "first")
        assert broker.redis_program([missing, broken, gone, second]) == str(folder / "second")
        assert broker.redis_program([missing, broken]) is None

    def test_the_wheel_comes_before_the_path(self, folder, monkeypatch):
        on_path = folder / "redis-server"
        on_path.write_text("#!/bin/sh\n")
        on_path.chmod(0o755)
        monkeypatch.setenv("PATH", str(folder), prepend=os.pathsep)
        if broker.bundled_redis():
            assert broker.redis_program() == broker.bundled_redis()
        monkeypatch.setattr(broker.importlib.util, "find_spec", lambda name: None)
        assert broker.bundled_redis() is None
        assert broker.redis_program() == str(on_path)

    def test_a_folder_takes_messages_where_there_is_no_redis(self, folder, monkeypatch):
        monkeypatch.setattr(broker, "redis_program", lambda: None)
        started = broker.start(folder / "with space")
        assert started == broker.from_url(started.url)
        sender = kombu.Connection(started.url, transport_options=started.options)
        sender.SimpleQueue("jobs").put({"job": 7})
        again = broker.from_url(started.url)
        receiver = kombu.Connection(again.url, transport_options=again.options)
        message = receiver.SimpleQueue("jobs").get(timeout=30)
        assert message.payload == {"job": 7}
        message.ack()
        sender.release()
        receiver.release()

    def test_any_other_url_stays_as_it_is(self):
        assert broker.from_url("redis://broker:6379/0") == broker.Broker("redis://broker:6379/0")

"""The try-out's supervisor: clear refusals, and nothing left behind.

The services here are small stand-ins; database and broker are the real ones.
"""

import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable, Container, Iterator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from campaign import tryout
from tests.processes import eventually, free_port

ROOT = Path(__file__).resolve().parents[2]

# A supervisor whose web answers, and whose worker has a child; neither heeds SIGTERM at once.
DRIVER = """
import os, sys
from campaign import tryout
os.environ.pop("REDIS_URL", None)  # that of the tests: a try-out starts one of its own
WEB = '''
import http.server, sys
class Answer(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200); self.end_headers(); self.wfile.write(b"ok")
http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Answer).serve_forever()
'''
WORKER = '''
import os, signal, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
if os.fork() == 0:
    os.write(1, b"child\\\\n")
time.sleep(300)
'''
tryout.prepare_database = lambda var: None
tryout.STOP_SECONDS = 0.5
tryout.FIRST_PAUSE = 0.05
tryout.commands = lambda port, var: {
    "web": [sys.executable, "-c", WEB, str(port)],
    "worker": [sys.executable, "-c", WORKER],
}
sys.exit(tryout.main())
"""


def processes_of(var: Path) -> list[psutil.Process]:
    """Whatever was started for this data folder: all of it inherits or names the folder."""
    found = []
    for process in psutil.process_iter():
        try:
            named = str(var) in " ".join([*process.cmdline(), process.cwd()])
            if named or process.environ().get("PORTAL_VAR") == str(var):
                found.append(process)
        except (psutil.NoSuchProcess, psutil.AccessDenied):
            continue
    return found


def servers_of(var: Path, names: Container[str] = ("postgres", "redis-server")) -> list:
    found = []
    for process in processes_of(var):
        with suppress(psutil.NoSuchProcess):
            if process.name() in names:
                found.append(process)
    return found


@pytest.fixture
def var() -> Iterator[Path]:
    path = Path(tempfile.mkdtemp(prefix="portal-tryout-")).resolve()
    yield path
    for process in processes_of(path):
        process.kill()
    shutil.rmtree(path, ignore_errors=True)


class Supervisor:
    """A try-out in a process group of its own, as a terminal would start it."""

    def __init__(self, var: Path, port: int, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-c", DRIVER],
            cwd=ROOT,
            env={
                **{name: text for name, text in os.environ.items() if name != "DEMO_PASSWORD"},
                "PORTAL_VAR": str(var),
                "PORT": str(port),
                **environment,
            },
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            start_new_session=True,
        )
        self.output: list[str] = []

    def read_until(self, words: str) -> None:
        for line in self.process.stdout:
            self.output.append(line)
            if words in line:
                return
        raise AssertionError(f"{words} never came:\n{''.join(self.output)}")

    def service(self, part: str) -> psutil.Process | None:
        """The service that this supervisor runs now and whose code contains `part`."""
        for process in psutil.Process(self.process.pid).children():
            with suppress(psutil.NoSuchProcess):
                if part in " ".join(process.cmdline()):
                    return process
        return None

    def end(self) -> str:
        """Everything that was written; the process has ended."""
        with self.process.stdout:
            self.output.extend(self.process.stdout)
        self.process.wait(60)
        return "".join(self.output)


@pytest.fixture
def start(var: Path) -> Iterator[Callable[..., Supervisor]]:
    started = []

    def make(**environment: str) -> Supervisor:
        started.append(Supervisor(var, free_port(), **environment))
        return started[-1]

    yield make
    for supervisor in started:
        supervisor.process.kill()
        supervisor.process.wait()
        supervisor.process.stdout.close()


def to_group(supervisor: Supervisor, signum: int) -> None:
    os.killpg(supervisor.process.pid, signum)


def to_supervisor(supervisor: Supervisor, signum: int) -> None:
    supervisor.process.send_signal(signum)


@pytest.mark.parametrize(
    ("send", "signum"),
    [(to_group, signal.SIGINT), (to_supervisor, signal.SIGTERM), (to_group, signal.SIGHUP)],
    ids=["ctrl-c", "terminate", "closed terminal"],
)
def test_stopping_leaves_no_process(var, start, send, signum):
    supervisor = start()
    supervisor.read_until("按 Ctrl-C 停止")
    log = var / "log" / "worker.log"
    assert eventually(lambda: log.exists() and "child" in log.read_text())
    assert len(processes_of(var)) > 5, "supervisor, web, worker, its child, database, broker"

    send(supervisor, signum)
    supervisor.read_until("正在停止")
    # Impatience changes nothing.
    send(supervisor, signum)
    assert "已全部停止" in supervisor.end()
    assert supervisor.process.returncode == 0
    # What was killed is gone when its turn comes.
    assert eventually(lambda: processes_of(var) == [])


def test_stopping_in_the_middle_of_a_start(var, start):
    supervisor = start()
    supervisor.read_until("[1/")
    assert eventually((var / "postgres").exists)
    to_group(supervisor, signal.SIGINT)
    assert "Traceback" not in supervisor.end()
    assert supervisor.process.returncode == 0
    assert eventually(lambda: processes_of(var) == [])


def test_even_a_killed_supervisor_leaves_no_server(var, start):
    supervisor = start()
    supervisor.read_until("按 Ctrl-C 停止")
    supervisor.process.kill()
    assert eventually(lambda: servers_of(var) == [])


def test_what_dies_comes_back_and_a_second_start_keeps_secrets(var, start):
    supervisor = start()
    supervisor.read_until("按 Ctrl-C 停止")
    password = (var / "demo-password").read_text()
    assert password in "".join(supervisor.output)
    key = (var / "secret-key").read_text()

    (redis,) = servers_of(var, ["redis-server"])
    redis.kill()
    supervisor.read_until("消息队列意外停止")
    supervisor.service("SIG_IGN").kill()
    supervisor.read_until("worker 意外停止")
    assert eventually(lambda: supervisor.service("SIG_IGN") is not None)
    to_supervisor(supervisor, signal.SIGTERM)
    output = supervisor.end()
    assert key not in output
    assert eventually(lambda: processes_of(var) == [])

    again = start()
    again.read_until("按 Ctrl-C 停止")
    assert password in "".join(again.output)
    to_supervisor(again, signal.SIGTERM)
    again.end()


def test_a_web_server_that_dies_ends_everything_with_its_reason(var, start):
    supervisor = start()
    supervisor.read_until("按 Ctrl-C 停止")
    supervisor.service("HTTPServer").kill()
    output = supervisor.end()
    assert "网站意外停止" in output
    assert str(var / "log" / "web.log") in output
    assert supervisor.process.returncode == 1
    assert eventually(lambda: processes_of(var) == [])


def run_tryout(**environment: str) -> subprocess.CompletedProcess:
    return subprocess.run(
        [sys.executable, "-m", "campaign.tryout"],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


def test_a_taken_port_is_told_before_anything_is_done(var):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = run_tryout(PORT=str(port), PORTAL_VAR=str(var / "new"))
    assert done.returncode == 1
    assert f"端口 {port} 已被占用" in done.stdout
    assert done.stderr == ""
    assert not (var / "new").exists()


@pytest.mark.parametrize("port", ["0", "65536", "http", "-1", "８０"])
def test_a_port_that_is_none_is_told(var, port):
    done = run_tryout(PORT=port, PORTAL_VAR=str(var / "new"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "PORT 应为" in done.stdout
    assert not (var / "new").exists()


def test_a_data_folder_in_use_is_told(var):
    with (var / "tryout.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = run_tryout(PORT=str(free_port()), PORTAL_VAR=str(var))
    assert (done.returncode, done.stderr) == (1, "")
    assert f"数据目录 {var} 正被另一个 make run 使用" in done.stdout
    assert not (var / "postgres").exists()


def test_a_data_folder_that_cannot_be_made_is_told(var):
    (var / "file").touch()
    done = run_tryout(PORT=str(free_port()), PORTAL_VAR=str(var / "file" / "in"))
    assert (done.returncode, done.stderr) == (1, "")
    assert "不可写" in done.stdout


def test_a_secret_is_made_once_and_readable_by_its_owner_alone(var):
    first = tryout.kept_secret(var / "secret", 50)
    assert len(first) > 60
    assert tryout.kept_secret(var / "secret", 50) == first
    assert stat.S_IMODE((var / "secret").stat().st_mode) == 0o600
    assert [path.name for path in var.iterdir()] == ["secret"]


def test_a_large_log_is_put_aside(var, monkeypatch):
    monkeypatch.setattr(tryout, "LOG_BYTES", 10)
    (var / "log").mkdir()
    (var / "log" / "job.log").write_text("x" * 11)
    service = tryout.Service("job", ["/bin/echo", "new"], var)
    service.start()
    service.process.wait(60)
    assert (var / "log" / "job.log").read_text() == "new\n"
    assert (var / "log" / "job.log.1").read_text() == "x" * 11

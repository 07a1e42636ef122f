"""The try-out behind `make run`: everything on one machine, with demo data, until Ctrl-C.

Starts the embedded PostgreSQL and broker, brings the database up to date, then starts the web
server, a Celery worker and Celery beat, each in a process group of its own, and watches them.
Everything that was started is stopped: on Ctrl-C, on SIGTERM, when the terminal window closes, and
when a start fails half-way. Even a killed try-out leaves nothing: the kernel then asks the services
to end, and the database and the broker end with the last of their users.

Environment: PORT (8000), PORTAL_VAR (data folder, `var/`), DEMO_PASSWORD, REDIS_URL (another
broker than the embedded one).
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from campaign.embedded import broker, lease, postgres
from campaign.embedded.keeper import die_with_parent
from campaign.secret import kept_secret

ROOT = Path(__file__).resolve().parent.parent
STEPS = 5
STOP_SECONDS = 8
START_SECONDS = 60
#: A log that has grown beyond this many bytes is put aside at the next start.
LOG_BYTES = 10_000_000
#: How long a service that died waits for its restart, doubled each time, in seconds.
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
#: What is kept of a request: never the query, nor the page before it, which can hold a search, nor
#: the address: whoever uses the public page leaves none.
ACCESS_LOG = '%(t)s "%(m)s %(U)s" %(s)s %(b)s %(M)sms'
STOPPING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

MANAGE = """
import sys
from django.core.management import execute_from_command_line
for line in sys.argv[1:]:
    execute_from_command_line(["manage.py", *line.split()])
"""

ACCOUNTS = [
    ("office", "扫黑办工作人员", "登记、研判、转办、办结线索，接收周报"),
    ("director", "扫黑办主任", "同上，并审批办结和延期、维护字典与规则"),
    ("town", "镇领导", "首页：谁没报、多少逾期，点数字看明细"),
    ("liaison.pcs", "派出所联络员", "签收、核查反馈线索，填本单位周报"),
    ("leader.pcs", "派出所负责人", "审签本单位的反馈和周报"),
    ("liaison.单位代码", "各单位、各村联络员", "代码见“单位职责”页"),
    ("leader.单位代码", "各单位、各村负责人", "审签反馈和周报"),
    ("auditor", "审计员", "审计记录"),
    ("custodian", "举报人信息保管员", "凭理由查看实名举报人的身份信息，查看调阅申请"),
    ("sysadmin / secadmin", "管理员", "看不到任何线索"),
]


class Stop(Exception):
    """Somebody asked the portal to stop."""


class Refused(Exception):
    """The try-out cannot start; the message says why, for the person at the screen."""


def main() -> int:
    try:
        port = wanted_port()
        var = Path(os.environ.get("PORTAL_VAR") or ROOT / "var").resolve()
        require_free(port)
        stop_on_signals()
        with only_one(var):
            run(var, port)
    except Refused as refused:
        ignore_signals()
        say(str(refused))
        return 1
    except Stop:
        ignore_signals()
        say("已全部停止，数据保留。")
    return 0


def run(var: Path, port: int) -> None:
    """Prepare, start, tell, watch. Ends with Stop, or Refused when something does not start."""
    services: list[Service] = []
    try:
        step(1, "启动内置数据库 PostgreSQL 和消息队列")
        environment = prepare_environment(var, port)
        os.environ.update(environment)
        prepare_database(var)
        step(4, "启动网站、后台任务与定时任务")
        services += [Service(name, command, var) for name, command in commands(port, var).items()]
        for service in services:
            service.start()
        wait_until_it_answers(port, services)
        step(5, "启动完成")
        tell(port, var, environment["DEMO_PASSWORD"])
        watch(services, var)
    except lease.ServerFailed as failed:
        raise Refused(f"内置服务未能启动，原因如下：\n{failed}") from None
    except PermissionError as denied:
        raise Refused(
            f"没有权限使用 {denied.filename or var}。它可能是别的用户（例如 root）建立的，"
            "请改用那个用户，或用 PORTAL_VAR 指定另一个数据目录。"
        ) from None
    finally:
        ignore_signals()
        say("正在停止……")
        stop_all(services)
        broker.stop(var / "broker")
        postgres.stop(var / "postgres")


def wanted_port() -> int:
    text = os.environ.get("PORT") or "8000"
    if not (text.isascii() and text.isdigit()) or not 0 < int(text) < 65536:
        raise Refused(f"PORT 应为 1—65535 之间的数字，现在是“{text}”。")
    return int(text)


def require_free(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            raise Refused(
                f"端口 {port} 已被占用。请换一个端口，例如：PORT={port % 60000 + 1} make run"
            ) from None


@contextmanager
def only_one(var: Path) -> Iterator[None]:
    """Hold the data folder: two try-outs on one folder would stop each other's services."""
    try:
        var.mkdir(parents=True, exist_ok=True)
        lock = (var / "tryout.lock").open("w")
    except OSError as failed:
        raise Refused(f"数据目录 {var} 不可写（{failed.strerror}）。") from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"数据目录 {var} 正被另一个 make run 使用，请先停止它。") from None
        yield


def stop_on_signals() -> None:
    """Ctrl-C, SIGTERM and a closed terminal become Stop, once, wherever the try-out is."""

    def stop(number: int, frame: object) -> None:
        ignore_signals()
        raise Stop

    for number in STOPPING:
        signal.signal(number, stop)


def ignore_signals() -> None:
    """A second Ctrl-C must not interrupt the stopping: that would leave processes behind."""
    for number in STOPPING:
        signal.signal(number, signal.SIG_IGN)


def prepare_environment(var: Path, port: int) -> dict[str, str]:
    """Start database and broker, and name them for the processes to come."""
    urls = postgres.start(var / "postgres")
    named = os.environ.get("REDIS_URL")
    queue = broker.from_url(named) if named else broker.start(var / "broker")
    return {
        "DJANGO_SETTINGS_MODULE": "campaign.settings.dev",
        "PORTAL_VAR": str(var),
        "PORT": str(port),
        "DATABASE_URL": urls.runtime,
        "DATABASE_OWNER_URL": urls.owner,
        "PORTAL_DB_ROLE": "runtime",
        "REDIS_URL": queue.url,
        "SECRET_KEY": kept_secret(var / "secret-key", 50),
        "DEMO_PASSWORD": os.environ.get("DEMO_PASSWORD") or kept_secret(var / "demo-password", 9),
    }


def prepare_database(var: Path) -> None:
    """Migrate as the owner; everything after that runs as the runtime role."""
    step(2, "更新数据库结构")
    manage("migrate --verbosity 0", role="owner")
    step(3, "整理页面资源，载入乡镇单位与演示数据（首次需要一两分钟）")
    made_from = var / "static-made-from"
    sources = assets_fingerprint()
    if made_from.exists() and made_from.read_text() == sources:
        manage("load_township", "seed_demo --if-empty")
    else:
        manage("collectstatic --noinput --verbosity 0", "load_township", "seed_demo --if-empty")
        made_from.write_text(sources)


def assets_fingerprint() -> str:
    """Changes whenever collecting the static files again would give something new."""
    digest = hashlib.sha256()
    for file in (ROOT / "package-lock.json", ROOT / "requirements.txt"):
        digest.update(file.read_bytes())
    for file in sorted((ROOT / "static").rglob("*")):
        found = file.stat()
        digest.update(f"{file} {found.st_size} {found.st_mtime_ns}\n".encode())
    return digest.hexdigest()


def manage(*lines: str, role: str = "runtime") -> None:
    """Run management commands in one process: most of their time is the start of Django."""
    done = subprocess.run(
        [sys.executable, "-c", MANAGE, *lines],
        cwd=ROOT,
        env=os.environ | {"PORTAL_DB_ROLE": role},
        check=False,
        # Ctrl-C is ours to handle: run() then kills the command, which would print a traceback.
        start_new_session=True,
    )
    if done.returncode:
        raise Refused("这一步没有成功，原因见上。")


def commands(port: int, var: Path) -> dict[str, list[str]]:
    celery = [sys.executable, "-m", "celery", "--app", "campaign", "--quiet"]
    return {
        "web": [
            *(sys.executable, "-m", "gunicorn", "campaign.wsgi", "--bind", f"127.0.0.1:{port}"),
            *("--workers", "2", "--threads", "4", "--access-logfile", "-"),
            *("--access-logformat", ACCESS_LOG),
            # Its control socket lies in the home folder, where two portals would meet.
            "--no-control-socket",
        ],
        "worker": [*celery, "worker", "--concurrency", "2", "--loglevel", "INFO"],
        "beat": [*celery, "beat", "--schedule", str(var / "beat-schedule"), "--pidfile="],
    }


class Service:
    """One of the processes, in a group of its own, its output in a log file."""

    def __init__(self, name: str, command: list[str], var: Path) -> None:
        self.name = name
        self.command = command
        self.log = var / "log" / f"{name}.log"
        self.process: subprocess.Popen | None = None
        self.pause = FIRST_PAUSE
        self.restart_at = 0.0

    def start(self) -> None:
        self.log.parent.mkdir(exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_BYTES:
            self.log.replace(self.log.with_suffix(".log.1"))
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                self.command,
                cwd=ROOT,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=lambda: die_with_parent(signal.SIGTERM),  # noqa: PLW1509  no threads
            )

    @property
    def is_running(self) -> bool:
        return self.process is not None and self.process.poll() is None

    def signal(self, number: int) -> None:
        """To the whole group: a worker's children must not outlive it."""
        if self.process is not None:
            try:
                os.killpg(self.process.pid, number)
            except ProcessLookupError:
                return


def wait_until_it_answers(port: int, services: list[Service]) -> None:
    # Many offices name a proxy in the environment; it cannot reach this machine's own address.
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        web = services[0]
        if not web.is_running:
            raise Refused(f"网站未能启动，原因见 {web.log}")
        try:
            with direct.open(f"http://127.0.0.1:{port}/healthz/", timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise Refused(f"网站 {START_SECONDS} 秒内没有应答，详见 {services[0].log}")


def watch(services: list[Service], var: Path) -> None:
    """Until Stop: start again what died, database and broker too; without the web, give up."""
    while True:
        for service in services:
            if service.is_running:
                continue
            if service.name == "web":
                raise Refused(f"网站意外停止，原因见 {service.log}")
            revive(service)
        if (var / "postgres" / "cluster").exists() and not lease.is_running(var / "postgres"):
            say("数据库意外停止，正在重新启动")
            postgres.start(var / "postgres")
        if (var / "broker" / "keeper.lock").exists() and not lease.is_running(var / "broker"):
            say("消息队列意外停止，正在重新启动")
            broker.start(var / "broker")
        time.sleep(0.3)


def revive(service: Service) -> None:
    now = time.monotonic()
    if not service.restart_at:
        say(f"{service.name} 意外停止，{service.pause:.0f} 秒后自动重启（日志 {service.log}）")
        service.signal(signal.SIGKILL)
        service.restart_at = now + service.pause
        service.pause = min(service.pause * 2, LONGEST_PAUSE)
    elif now >= service.restart_at:
        service.restart_at = 0.0
        service.start()


def stop_all(services: list[Service]) -> None:
    """Ask first, then insist. The database and the broker stop when this process ends."""
    for service in services:
        service.signal(signal.SIGTERM)
    deadline = time.monotonic() + STOP_SECONDS
    while any(service.is_running for service in services) and time.monotonic() < deadline:
        time.sleep(0.05)
    for service in services:
        service.signal(signal.SIGKILL)
        if service.process is not None:
            service.process.wait()


def tell(port: int, var: Path, password: str) -> None:
    say("")
    say(f"  请用浏览器打开   http://127.0.0.1:{port}/")
    say(f"  所有账号的密码   {password}")
    say("")
    for account, role, use in ACCOUNTS:
        say(f"  {account:<34}{role}：{use}")
    say("")
    say("  试用环境不要求手机验证；正式环境中主任、保管员和管理员必须绑定手机。")
    say("  演示数据，与任何真实的人和事无关；请勿录入真实线索。")
    say(f"  数据与日志在 {var}；邮件写入其中的 mail 目录。按 Ctrl-C 停止。")


def step(number: int, words: str) -> None:
    say(f"[{number}/{STEPS}] {words}")


def say(words: str) -> None:
    # The terminal may be gone, which must not keep us from stopping what was started.
    with suppress(OSError):
        sys.stdout.write(words + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())

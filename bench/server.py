"""The portal as production runs it: gunicorn in processes of its own, on the measured database."""

from __future__ import annotations

import datetime as dt
import os
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.base import VALID_KEY_CHARS
from django.db import connection
from django.test import override_settings
from django.utils import timezone
from django.utils.crypto import get_random_string

from access.sessions.engine import GRAIN, SINCE, SessionStore
from access.sessions.models import Session
from bench.browsers import Browser
from departments.models import Account

ROOT = Path(__file__).resolve().parent.parent
HOST = "portal.example"
BACKEND = "django.contrib.auth.backends.ModelBackend"
#: Two processes for two cores, each with as many threads as the try-out's.
PROCESSES, THREADS = 2, 4
START_SECONDS = 60


@dataclass(frozen=True)
class Server:
    """A running portal. It takes the requests of the proxy that production has in front of it."""

    port: int
    secret: str

    def sign_in(self, accounts: list[Account]) -> list[str]:
        """The session keys of the accounts, as if each had signed in some minutes ago."""
        store = SessionStore()
        expires = timezone.now() + dt.timedelta(seconds=settings.SESSION_COOKIE_AGE) - 5 * GRAIN
        rows = []
        with override_settings(SECRET_KEY=self.secret):
            for account in accounts:
                data = {
                    SESSION_KEY: str(account.pk),
                    BACKEND_SESSION_KEY: BACKEND,
                    HASH_SESSION_KEY: account.get_session_auth_hash(),
                    SINCE: int(time.time()),
                }
                row = Session(
                    session_key=get_random_string(32, VALID_KEY_CHARS),
                    session_data=store.encode(data),
                    expire_date=expires,
                    account=account,
                )
                rows.append(row)
        Session.objects.bulk_create(rows, batch_size=2_000)
        return [row.session_key for row in rows]


@contextmanager
def serving() -> Iterator[Server]:
    """A server under production settings, until the block is left."""
    with tempfile.TemporaryDirectory() as folder:
        server = Server(_free_port(), secrets.token_urlsafe(64))
        environment = os.environ | _production(folder, server.secret)
        _manage(environment, "collectstatic", "--noinput", "--verbosity", "0")
        log = Path(folder) / "web.log"
        with log.open("wb") as output:
            process = subprocess.Popen(_command(server.port), env=environment, stderr=output)
        try:
            _wait(server.port, process, log)
            yield server
        finally:
            process.terminate()
            process.wait()


def _production(folder: str, secret: str) -> dict[str, str]:
    """The environment of docs/production.md, for the database that is connected to."""
    name = connection.settings_dict["NAME"]
    urls = {
        variable: f"{os.environ[variable].rpartition('/')[0]}/{name}"
        for variable in ("DATABASE_URL", "DATABASE_OWNER_URL")
    }
    return urls | {
        "DJANGO_SETTINGS_MODULE": "campaign.settings.prod",
        "SECRET_KEY": secret,
        "PORTAL_HOSTS": HOST,
        "PORTAL_FILE_KEYS": f"files:{secrets.token_urlsafe(32)}",
        "PORTAL_REPORTER_KEYS": f"reporters:{secrets.token_urlsafe(32)}",
        "PORTAL_VAR": folder,
        "PORTAL_PROXY_COUNT": "1",
        # On a slow machine, what takes a town minutes may take longer than people may be idle.
        "PORTAL_IDLE_MINUTES": "600",
    }


def _command(port: int) -> list[str]:
    return [
        *(sys.executable, "-m", "gunicorn", "campaign.wsgi", "--bind", f"127.0.0.1:{port}"),
        *("--workers", str(PROCESSES), "--threads", str(THREADS), "--chdir", str(ROOT)),
        *("--log-level", "warning", "--no-control-socket"),
    ]


def _manage(environment: dict[str, str], *line: str) -> None:
    subprocess.run([sys.executable, ROOT / "manage.py", *line], env=environment, check=True)


def _wait(port: int, process: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if Browser(port, HOST).get("/healthz/").is_good:
            return
        time.sleep(0.1)
    raise RuntimeError(f"the server does not answer:\n{log.read_text()}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]

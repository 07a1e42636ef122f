"""Handing a message to a server over HTTP: once, within bounds, telling nothing but the outcome.

Certificates are verified, redirects refused, proxies of the environment ignored; an answer is read
up to a size and until a time. What is raised names our own words and the number of the answer.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

import urllib3
from django.conf import settings
from urllib3.exceptions import (
    ConnectTimeoutError,
    HTTPError,
    NameResolutionError,
    NewConnectionError,
    SSLError,
    TimeoutError,  # noqa: A004  the library's
)

from messaging.channels import Failed

ANSWER_BYTES = 16_384
#: An answer that trickles in is given up after so many times the longest silence.
PATIENCE = 3


class Post(Protocol):
    def __call__(self, url: str, content: Any, headers: Mapping[str, str]) -> Any: ...


@contextmanager
def poster() -> Iterator[Post]:
    """Posts JSON and gives back the JSON of the answer; connections are kept for one batch."""
    pool = urllib3.PoolManager(
        cert_reqs="CERT_REQUIRED",
        ca_certs=settings.PORTAL_CHANNEL_CA or None,
        timeout=urllib3.Timeout(
            connect=settings.PORTAL_CHANNEL_CONNECT_SECONDS,
            read=settings.PORTAL_CHANNEL_READ_SECONDS,
        ),
        # Whether to try again is the delivery's business, and on record.
        retries=False,
    )

    def post(url: str, content: Any, headers: Mapping[str, str]) -> Any:
        try:
            answer = pool.request(
                "POST",
                url,
                body=json.dumps(content, ensure_ascii=False).encode(),
                headers={"Content-Type": "application/json; charset=utf-8", **headers},
                redirect=False,
                preload_content=False,
            )
            try:
                return _read(answer)
            finally:
                answer.close()
        except SSLError:
            raise Failed("BadCertificate", is_away=True) from None
        except (ConnectTimeoutError, NameResolutionError, NewConnectionError):
            raise Failed("Unreachable", is_away=True) from None
        except TimeoutError:
            raise Failed("TimedOut") from None
        except (HTTPError, OSError, ValueError):
            raise Failed("Dropped") from None

    try:
        yield post
    finally:
        pool.clear()


def _read(answer: urllib3.BaseHTTPResponse) -> Any:
    status = answer.status
    if not 200 <= status < 300:
        # Told to wait, or broken for now: later. Everything else stays as it is.
        passing = status in (408, 425, 429) or status >= 500
        raise Failed(f"HTTP {status}", is_final=not passing)
    until = time.monotonic() + PATIENCE * settings.PORTAL_CHANNEL_READ_SECONDS
    body = b""
    while piece := answer.read1(4096):
        body += piece
        if len(body) > ANSWER_BYTES or time.monotonic() > until:
            raise Failed("BadAnswer")
    try:
        return json.loads(body) if body.strip() else None
    except ValueError:
        return None

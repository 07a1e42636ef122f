"""Browsers that visit a real server, many at once, from processes of their own."""

from __future__ import annotations

import http.client
import multiprocessing
import re
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from html import unescape
from http.cookies import SimpleCookie
from typing import TypeVar
from urllib.parse import urlencode

#: So many visits are under way at once: more than the server has threads.
PROCESSES, THREADS = 2, 8
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
SAID = re.compile(r'<div class="alert-text">([^<]*)</div>')
SESSION = "sessionid"

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True)
class Answer:
    """What is kept of a page: the hidden fields of its forms, and what it says on top.

    `status` is 0 where the server said nothing. `path` is where it sends the browser.
    """

    status: int
    milliseconds: float
    path: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    said: str = ""

    @property
    def is_good(self) -> bool:
        return 200 <= self.status < 400


@dataclass
class Browser:
    """One person's: keeps cookies, and sends forms with their hidden fields.

    Every request has a connection of its own, as a proxy makes them.
    """

    port: int
    host: str
    cookies: dict[str, str] = field(default_factory=dict)

    def get(self, path: str) -> Answer:
        return self._ask("GET", path)

    def send(self, path: str, page: Answer, **typed: str) -> Answer:
        """Send a form of `page` to `path`, with what was typed."""
        return self._ask("POST", path, urlencode(page.fields | typed))

    def _ask(self, method: str, path: str, body: str | None = None) -> Answer:
        headers = {
            "Host": self.host,
            "Connection": "close",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
            "X-Forwarded-For": "10.0.0.1",
            "X-Forwarded-Proto": "https",
            "User-Agent": "Mozilla/5.0 (Linux; Android 10) Chrome/86.0",
        }
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["Origin"] = f"https://{self.host}"
        start = time.perf_counter()
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        try:
            connection.request(method, path, body, headers)
            response = connection.getresponse()
            text = response.read().decode()
        except (OSError, http.client.HTTPException) as failed:
            return Answer(0, _since(start), said=repr(failed))
        finally:
            connection.close()
        for line in response.headers.get_all("Set-Cookie", ()):
            self._keep(line)
        return Answer(
            response.status,
            _since(start),
            response.headers.get("Location", ""),
            {name: unescape(value) for name, value in HIDDEN.findall(text)},
            "".join(map(unescape, SAID.findall(text))),
        )

    def _keep(self, line: str) -> None:
        for name, cookie in SimpleCookie(line).items():
            if cookie["max-age"] == "0" or not cookie.value:
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = cookie.coded_value


def all_at_once(work: Callable[[T], R], things: Iterable[T]) -> tuple[list[R], float]:
    """What `work` says of each thing, and the seconds until all was done.

    Neighbours in the list are worked on at the same moment; the answers come in no order. `work`
    can be pickled, and does not use the database.
    """
    shares = [list(things)[number::PROCESSES] for number in range(PROCESSES)]
    context = multiprocessing.get_context("fork")
    with context.Pool(PROCESSES) as pool:
        start = time.perf_counter()
        done = pool.starmap(_threads, [(work, share) for share in shares], chunksize=1)
        seconds = time.perf_counter() - start
    return [result for share in done for result in share], seconds


def _threads(work: Callable[[T], R], share: list[T]) -> list[R]:
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, share))


def _since(start: float) -> float:
    return (time.perf_counter() - start) * 1000

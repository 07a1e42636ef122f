"""Quarantine, with a small clamd that speaks INSTREAM over real sockets."""

from __future__ import annotations

import io
import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.utils import timezone

from files import scanner, services
from files.models import StoredFile
from files.states import ScanState
from tests.files import samples
from tests.files.samples import stored

pytestmark = pytest.mark.django_db
VIRUS = b"X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!"


class Clamd:
    """Says FOUND to what holds the test virus; has a limit as the real one has."""

    def __init__(self, listening: socket.socket, limit: int = 10**6) -> None:
        self.listening, self.limit = listening, limit
        self.heard: list[bytes] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                line, _ = self.listening.accept()
            except OSError:
                return
            with line, line.makefile("rb") as stream:
                line.sendall(self._answer(stream))

    def _answer(self, stream) -> bytes:
        if stream.read(10) != b"zINSTREAM\0":
            return b"UNKNOWN COMMAND\0"
        data = bytearray()
        while length := int.from_bytes(stream.read(4), "big"):
            data += stream.read(length)
            if len(data) > self.limit:
                return b"INSTREAM size limit exceeded. ERROR\0"
        self.heard.append(bytes(data))
        return b"stream: Eicar-Test-Signature FOUND\0" if VIRUS in data else b"stream: OK\0"


@pytest.fixture(params=["tcp", "unix"])
def clamd(request, settings, tmp_path) -> Iterator[Clamd]:
    family = socket.AF_INET if request.param == "tcp" else socket.AF_UNIX
    with closing(socket.socket(family)) as listening:
        if request.param == "tcp":
            listening.bind(("127.0.0.1", 0))
            settings.PORTAL_CLAMD = f"tcp://127.0.0.1:{listening.getsockname()[1]}"
        else:
            path = tmp_path / "clamd.ctl"
            listening.bind(str(path))
            settings.PORTAL_CLAMD = f"unix:{path}"
        listening.listen()
        yield Clamd(listening)
        listening.shutdown(socket.SHUT_RDWR)


@pytest.fixture
def away(settings) -> None:
    """A port at which nothing listens."""
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        settings.PORTAL_CLAMD = f"tcp://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    """The broker's knock is not what is tested here: the sweep is."""
    monkeypatch.setattr(services, "knock", lambda _: None)


def state(file):
    file.refresh_from_db()
    return file.scan_state


def test_a_file_waits_in_quarantine_until_it_is_found_clean(people, clamd):
    data = samples.docx() + b"\0" * 200_000
    file = stored(people.office, data, "a.docx")
    assert (state(file), file.is_served, file.preview) == (ScanState.QUARANTINED, False, "")
    assert services.sweep_scans() == 1
    assert (state(file), file.is_served) == (ScanState.CLEAN, True)
    assert clamd.heard == [data]
    assert services.sweep_scans() == 0


def test_an_infected_file_is_sealed_off_for_good(people, clamd):
    file = stored(people.office, samples.pdf() + VIRUS, "a.pdf")
    services.sweep_scans()
    assert (state(file), file.is_served) == (ScanState.INFECTED, False)
    assert file.scan_note == "Eicar-Test-Signature"
    services.scan(file.pk)
    assert len(clamd.heard) == 1


def test_without_a_scanner_files_are_usable_and_say_so(people, settings):
    file = stored(people.office)
    assert (state(file), file.is_served) == (ScanState.UNSCANNED, True)
    assert services.sweep_scans() == 0


def test_with_the_scanner_away_the_file_stays_in_quarantine(people, away, caplog):
    file = stored(people.office)
    second = stored(people.office, samples.pdf(), "a.pdf")
    assert services.sweep_scans() == 0
    assert (state(file), state(second)) == (ScanState.QUARANTINED, ScanState.QUARANTINED)
    assert caplog.text.count("no virus scanner") == 1
    assert StoredFile.objects.to_scan().count() == 2


def test_what_the_scanner_cannot_judge_stays_and_waits_its_turn(people, clamd):
    clamd.limit = 10
    file = stored(people.office)
    assert services.sweep_scans() == 1
    assert state(file) == ScanState.QUARANTINED
    assert services.sweep_scans() == 0  # not again at once
    clamd.limit = 10**6
    StoredFile.objects.update(claimed_until=None)
    services.sweep_scans()
    assert state(file) == ScanState.CLEAN


def test_a_file_that_another_worker_holds_is_left_alone(people, clamd):
    file = stored(people.office)
    StoredFile.objects.update(claimed_until=timezone.now() + services.CLAIM)
    services.scan(file.pk)
    assert clamd.heard == []


def test_files_of_before_the_scanner_are_looked_at_too(people, settings, clamd):
    address, settings.PORTAL_CLAMD = settings.PORTAL_CLAMD, ""
    file = stored(people.office, samples.pdf() + VIRUS, "a.pdf")
    assert file.is_served
    settings.PORTAL_CLAMD = address
    services.sweep_scans()
    assert state(file) == ScanState.INFECTED


@pytest.mark.parametrize("address", ["clamd:3310", "tcp://clamd", "unix:", "http://clamd:1"])
def test_an_address_that_is_none_is_said(settings, address):
    settings.PORTAL_CLAMD = address
    with pytest.raises(ImproperlyConfigured):
        scanner.scan(io.BytesIO(b"x"))

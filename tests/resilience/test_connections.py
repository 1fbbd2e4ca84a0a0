"""Whoever keeps the real service waiting is cut off, and nobody else notices."""

import re
import resource
import selectors
import socket
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx2
import pytest

from tests.resilience.sizes import ABORTS, IDLE
from tests.support.figures import Tell
from tests.support.processes import Service, running

SLOW_HEADS = 300
SLOW_BODIES = 200
CLOSED_WITHIN_SECONDS = 10
ANSWERED_WITHIN_SECONDS = 0.2
HEAD = b"GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: "
BODY = b"POST /v1/login HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\n{"


IDLE_ANSWERED_SECONDS = 0.1
MOST_GROWTH_MB = 200
MOST_GROWTH_OF_BODIES_MB = 10
BODIES, BODY_MB = 15, 10
ASKED = b"GET /healthz HTTP/1.1\r\nhost: a\r\n\r\n"


@pytest.mark.alone
def test_slow_heads_and_bodies_are_cut_off(tmp_path: Path, figure: Tell) -> None:
    with running("serve", data_dir=tmp_path / "data") as service:
        address = ("127.0.0.1", httpx2.URL(service.url).port or 80)
        waiting = selectors.DefaultSelector()
        begun = time.monotonic()
        for start in [HEAD] * SLOW_HEADS + [BODY] * SLOW_BODIES:
            slow = socket.create_connection(address)
            slow.sendall(start)
            waiting.register(slow, selectors.EVENT_READ)
        answered: list[float] = []
        with httpx2.Client(base_url=service.url) as client:
            while waiting.get_map() and time.monotonic() - begun < 2 * CLOSED_WITHIN_SECONDS:
                asked = time.monotonic()
                assert client.get("/healthz").status_code == 200
                answered.append(time.monotonic() - asked)
                _let_go(waiting)
        lasted = time.monotonic() - begun
        left = len(waiting.get_map())
        for key in list(waiting.get_map().values()):
            key.fileobj.close()  # type: ignore[union-attr]

    answered.sort()
    slowest = answered[int(len(answered) * 0.99)]
    figure(22, f"{SLOW_HEADS} slow heads and {SLOW_BODIES} slow bodies closed after", lasted, "s")
    figure(22, "99th percentile of /healthz meanwhile", slowest, "s")
    assert left == 0
    assert lasted <= CLOSED_WITHIN_SECONDS
    assert slowest <= ANSWERED_WITHIN_SECONDS


@pytest.mark.alone
@pytest.mark.unhurried
def test_a_crowd_that_says_nothing_takes_room_and_no_time(tmp_path: Path, figure: Tell) -> None:
    crowd = min(IDLE, resource.getrlimit(resource.RLIMIT_NOFILE)[0] - 500)
    with running("serve", data_dir=tmp_path / "data") as service:
        before = service.megabytes
        began = time.perf_counter()
        idle = [socket.create_connection(_address(service)) for _ in range(crowd)]
        for connection in idle:
            connection.sendall(ASKED)
        good = sum(connection.recv(4096).startswith(b"HTTP/1.1 200") for connection in idle)
        opened = time.perf_counter() - began
        growth = service.megabytes - before
        with httpx2.Client(base_url=service.url) as client:
            answered = sorted(_asked(client) for _ in range(50))
        for connection in idle:
            connection.close()

    figure(25, f"of {crowd} connections at once answered 200", good)
    figure(25, "all opened and answered in", opened, "s")
    figure(25, "/healthz meanwhile, median", answered[25], "s")
    figure(25, "memory grew by", growth, "MB")
    assert good == crowd
    assert answered[25] <= IDLE_ANSWERED_SECONDS
    assert growth <= MOST_GROWTH_MB


@pytest.mark.unhurried
def test_who_hangs_up_leaves_no_error_behind(tmp_path: Path, figure: Tell) -> None:
    with running("serve", data_dir=tmp_path / "data") as service:
        for number in range(ABORTS):
            with closing(socket.create_connection(_address(service))) as gone:
                gone.sendall(BODY if number % 2 else HEAD)
        with httpx2.Client(base_url=service.url) as client:
            assert client.get("/readyz").status_code == 200
        assert service.stop() == 0

    said = service.log.read_text(encoding="utf-8")
    errors = [
        line for line in said.splitlines() if re.search(r"\[(error|critical)|Traceback", line)
    ]
    figure(27, f"error lines of {ABORTS} clients that hang up", len(errors))
    assert errors == []


def test_large_bodies_are_refused_before_they_take_room(tmp_path: Path, figure: Tell) -> None:
    with running("serve", data_dir=tmp_path / "data") as service:
        httpx2.post(f"{service.url}/v1/login", content=b"{}")
        before = service.megabytes
        statuses = {_refused(service) for _ in range(BODIES)}
        growth = service.megabytes - before

    figure(23, f"memory grew by, {BODIES * BODY_MB} MB sent", growth, "MB")
    assert statuses == {b"HTTP/1.1 413 "}
    assert growth <= MOST_GROWTH_OF_BODIES_MB


def _refused(service: Service) -> bytes:
    """Send a large body in pieces that say nothing of their sum, as far as it is taken."""
    head = b"POST /v1/login HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n"
    with closing(socket.create_connection(_address(service))) as sender:
        sender.sendall(head)
        try:
            for piece in _pieces():
                sender.sendall(piece)
        except OSError:
            pass
        return sender.recv(13)


def _pieces() -> Iterator[bytes]:
    size = 64 * 1024
    for _ in range(BODY_MB * 2**20 // size):
        yield b"%x\r\n" % size + b"x" * size + b"\r\n"
    yield b"0\r\n\r\n"


def _asked(client: httpx2.Client) -> float:
    asked = time.perf_counter()
    assert client.get("/healthz").status_code == 200
    return time.perf_counter() - asked


def _address(service: Service) -> tuple[str, int]:
    return "127.0.0.1", httpx2.URL(service.url).port or 80


def _let_go(waiting: selectors.BaseSelector) -> None:
    """Close what the service has closed; keep the others alive with another byte."""
    gone = {key.fd for key, _ in waiting.select(timeout=0.1)}
    for key in list(waiting.get_map().values()):
        connection = key.fileobj
        assert isinstance(connection, socket.socket)
        if key.fd in gone:
            waiting.unregister(connection)
            connection.close()
            continue
        try:
            connection.send(b"x")
        except OSError:
            waiting.unregister(connection)
            connection.close()

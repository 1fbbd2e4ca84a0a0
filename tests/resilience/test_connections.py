"""Whoever keeps the real service waiting is cut off, and nobody else notices."""

import selectors
import socket
import time
from pathlib import Path

import httpx2
import pytest

from tests.support.processes import running

SLOW_HEADS = 300
SLOW_BODIES = 200
CLOSED_WITHIN_SECONDS = 10
ANSWERED_WITHIN_SECONDS = 0.2
HEAD = b"GET /healthz HTTP/1.1\r\nhost: a\r\nx-slow: "
BODY = b"POST /v1/login HTTP/1.1\r\nhost: a\r\ncontent-length: 500\r\n\r\n{"


@pytest.mark.alone
def test_slow_heads_and_bodies_are_cut_off(tmp_path: Path) -> None:
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
    assert left == 0
    assert lasted <= CLOSED_WITHIN_SECONDS
    assert answered[int(len(answered) * 0.99)] <= ANSWERED_WITHIN_SECONDS


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

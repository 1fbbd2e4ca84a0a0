"""nginx as it is deployed, in front of a server that tells what it was asked."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Event, Thread

import httpx2
import pytest

from tests.support.reverse_proxy import HOST, ReverseProxy

MEGABYTE = 1024 * 1024


class Upstream(ThreadingHTTPServer):
    """Stands in for the service."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Telling)
        self.second_event_may_come = Event()
        self.pushes_are_answered = Event()
        self.pushes_are_answered.set()
        self.asked: list[str] = []

    @property
    def address(self) -> str:
        return f"127.0.0.1:{self.server_port}"


class _Telling(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: Upstream

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        if self.path == "/live":
            self._tell_live()
        else:
            # Long enough to be worth compressing.
            self._tell({"headers": dict(self.headers), "rest": "x" * 2000})

    def do_POST(self) -> None:
        received = len(self.rfile.read(int(self.headers["content-length"])))
        self.server.asked.append(self.path)
        if self.path.startswith("/wechat/"):
            self.server.pushes_are_answered.wait(10)
        self._tell({"received": received})

    def log_message(self, *_arguments: object) -> None:
        """Say nothing."""

    def _tell(self, what: dict[str, object]) -> None:
        body = json.dumps(what).encode()
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _tell_live(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("x-accel-buffering", "no")
        self.send_header("connection", "close")
        self.end_headers()
        self.wfile.write(b"data: first\n\n")
        self.server.second_event_may_come.wait(10)
        self.wfile.write(b"data: second\n\n")


@contextmanager
def _running_upstream() -> Iterator[Upstream]:
    with Upstream() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def upstream() -> Iterator[Upstream]:
    with _running_upstream() as server:
        yield server


@pytest.fixture(scope="module")
def proxy(upstream: Upstream, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ReverseProxy]:
    made = ReverseProxy(tmp_path_factory.mktemp("nginx"), app=upstream.address)
    with made.running():
        yield made


@pytest.fixture
def reader(proxy: ReverseProxy) -> Iterator[httpx2.Client]:
    """Somebody who reached our host by TLS."""
    with httpx2.Client(
        base_url=f"https://127.0.0.1:{proxy.https}",
        verify=proxy.trusting(),
        headers={"host": HOST},
        trust_env=False,
    ) as client:
        yield client


TLS = {"sni_hostname": HOST}
PUSHES = "/wechat/official-account"


def test_the_service_learns_whom_it_answers(reader: httpx2.Client) -> None:
    answer = reader.get("/", headers={"x-forwarded-for": "203.0.113.9"}, extensions=TLS)

    asked = answer.json()["headers"]
    assert (asked["Host"], asked["X-Forwarded-Proto"]) == (HOST, "https")
    # What anybody wrote stands first; what nginx saw stands last, and only that is believed.
    assert asked["X-Forwarded-For"] == "203.0.113.9, 127.0.0.1"
    assert answer.headers["content-encoding"] == "gzip"


def test_what_is_for_us_is_shown_to_nobody(reader: httpx2.Client, upstream: Upstream) -> None:
    statuses = [reader.get(path, extensions=TLS).status_code for path in ("/metrics", "/readyz")]

    assert statuses == [404, 404]
    assert not {"/metrics", "/readyz"} & set(upstream.asked)


def test_only_files_may_be_large(reader: httpx2.Client) -> None:
    two_megabytes = b"x" * (2 * MEGABYTE)

    form = reader.post("/feedback/new", content=two_megabytes, extensions=TLS)
    file = reader.post("/v1/feedback-attachments", content=two_megabytes, extensions=TLS)
    push = reader.post("/wechat/official-account", content=b"x" * 90_000, extensions=TLS)

    assert (form.status_code, push.status_code) == (413, 413)
    assert file.json() == {"received": 2 * MEGABYTE}


def test_live_updates_are_not_held_back(reader: httpx2.Client, upstream: Upstream) -> None:
    with reader.stream("GET", "/live", extensions=TLS) as answer:
        events = answer.iter_lines()
        first = next(events)
        upstream.second_event_may_come.set()
        rest = list(events)

    assert first == "data: first"
    assert "data: second" in rest


def test_without_tls_there_is_only_the_way_to_it_and_wechats_file(
    proxy: ReverseProxy, upstream: Upstream
) -> None:
    with httpx2.Client(
        base_url=f"http://127.0.0.1:{proxy.http}", headers={"host": HOST}, trust_env=False
    ) as client:
        page = client.get("/webinars/china?ch=poster")
        file = client.get("/r/MP_verify_abc.txt")
        alive = client.get("/healthz")

    assert (page.status_code, page.headers["location"]) == (
        301,
        f"https://{HOST}/webinars/china?ch=poster",
    )
    assert (file.status_code, alive.status_code) == (200, 200)
    assert upstream.asked[-2:] == ["/r/MP_verify_abc.txt", "/healthz"]


def test_a_push_that_hangs_in_one_process_is_given_to_another_and_pages_go_on(
    tmp_path: Path,
) -> None:
    proxy = ReverseProxy(tmp_path, app="asi_machines")
    with ExitStack() as stack:
        first, second = (stack.enter_context(_running_upstream()) for _ in range(2))
        addresses = {"10.0.0.11:8000": first.address, "10.0.0.12:8000": second.address}
        proxy.add_example("upstream.example.conf", "conf.d/upstream.conf", addresses)
        proxy.add_example("pushes.example.conf", "pushes.d/pushes.conf", {" 2s;": " 200ms;"})
        client = stack.enter_context(
            httpx2.Client(
                base_url=f"https://127.0.0.1:{proxy.https}",
                verify=proxy.trusting(),
                headers={"host": HOST},
                trust_env=False,
            )
        )
        stack.enter_context(proxy.running())

        first.pushes_are_answered.clear()
        pushes = [client.post(PUSHES, content=b"x", extensions=TLS) for _ in range(2)]
        second.pushes_are_answered.clear()
        lost = [client.post(PUSHES, content=b"x", extensions=TLS) for _ in range(3)]
        page = client.get("/", extensions=TLS)

        for upstream in (first, second):
            upstream.pushes_are_answered.set()
    assert [push.status_code for push in pushes] == [200, 200]
    assert PUSHES in first.asked
    assert [push.status_code for push in lost] == [503, 503, 503]
    assert page.status_code == 200


def test_another_host_gets_nothing(proxy: ReverseProxy) -> None:
    with (
        socket.create_connection(("127.0.0.1", proxy.https)) as connection,
        pytest.raises(ssl.SSLError),
    ):
        proxy.trusting().wrap_socket(connection, server_hostname="evil.example")


def test_while_nothing_answers_people_and_programs_are_told_to_wait(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        nobody = f"127.0.0.1:{unused.getsockname()[1]}"
    proxy = ReverseProxy(tmp_path, app=nobody)

    with proxy.running(), httpx2.Client(verify=proxy.trusting(), trust_env=False) as client:
        base = f"https://127.0.0.1:{proxy.https}"
        host = {"host": HOST, "x-forwarded-for": "203.0.113.9"}
        page = client.get(f"{base}/?code=secret", headers=host, extensions=TLS)
        problem = client.get(f"{base}/v1/documents", headers=host, extensions=TLS)

    assert (page.status_code, page.headers["retry-after"]) == (503, "5")
    assert "请稍后" in page.text
    assert (problem.status_code, problem.headers["content-type"]) == (
        503,
        "application/problem+json",
    )
    assert problem.json()["code"] == "database_unavailable"
    assert "503 502 GET /v1/documents " in proxy.log
    assert "secret" not in proxy.log
    assert "127.0.0.1" not in proxy.log

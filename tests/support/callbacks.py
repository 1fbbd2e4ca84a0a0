"""A callback that stands in for the service: keeps what is pushed, answers as told."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element

from defusedxml.ElementTree import fromstring
from wechatpy.crypto import WeChatCrypto

from tests.support.processes import free_port
from tests.support.simulator import (
    MP_AES_KEY,
    MP_APPID,
    MP_TOKEN,
    OA_AES_KEY,
    OA_APPID,
    OA_TOKEN,
)

SUCCESS = b"success"
OFFICIAL_ACCOUNT = WeChatCrypto(OA_TOKEN, OA_AES_KEY, OA_APPID)
MINI_PROGRAM = WeChatCrypto(MP_TOKEN, MP_AES_KEY, MP_APPID)
PATIENCE = 1000


@dataclass(frozen=True)
class Pushed:
    """One request as it arrived."""

    method: str
    path: str
    raw_query: str
    body: bytes

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw_query))

    def opened(self, envelope: bytes | str | None = None) -> bytes:
        """Decrypt with a library that knows nothing of the simulator."""
        crypto = MINI_PROGRAM if self.path.endswith("mini-program") else OFFICIAL_ACCOUNT
        signed = (self.query[name] for name in ("msg_signature", "timestamp", "nonce"))
        text = crypto.decrypt_message(envelope or self.body, *signed)
        return text if isinstance(text, bytes) else bytes(text.encode())

    def xml(self) -> Element:
        """Read a push that is written in XML, encrypted or clear."""
        return fromstring(self.opened() if "msg_signature" in self.query else self.body)

    def json(self) -> dict[str, Any]:
        """Read a push that is written in JSON; the library opens XML envelopes only."""
        found = json.loads(self.body)
        if "Encrypt" in found:
            envelope = f"<xml><Encrypt><![CDATA[{found['Encrypt']}]]></Encrypt></xml>"
            found = json.loads(self.opened(envelope))
        return dict(found)


Answer = tuple[int, bytes]


@dataclass
class Callback:
    """What was pushed, and the answers to come; the last one is given for ever."""

    url: str
    answers: list[Answer | Callable[[Pushed], Answer]] = field(default_factory=list)
    pushed: list[Pushed] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def says(self, *answers: bytes | int | Callable[[Pushed], Answer]) -> None:
        """Give these answers, one after the other: a body, a status, or what a function says."""
        self.pushed.clear()
        self.answers[:] = [_answer(one) for one in answers]

    def wait(self, count: int) -> list[Pushed]:
        """Wait until so many requests have come, and give them."""
        pause = threading.Event()
        for _ in range(PATIENCE):
            if len(self.pushed) >= count:
                return list(self.pushed)
            pause.wait(0.01)
        message = f"{len(self.pushed)} of {count} requests came."
        raise AssertionError(message)

    def take(self, request: Pushed) -> Answer:
        with self.lock:
            self.pushed.append(request)
            left = self.answers or [(200, SUCCESS)]
            answer = left.pop(0) if len(left) > 1 else left[0]
        return answer(request) if callable(answer) else answer


@contextmanager
def listening() -> Iterator[Callback]:
    """Listen on a port of 127.0.0.1 until the end of the block."""
    port = free_port()
    callback = Callback(f"http://127.0.0.1:{port}")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("content-length", 0))
            address = urlsplit(self.path)
            request = Pushed(self.command, address.path, address.query, self.rfile.read(length))
            status, body = callback.take(request)
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 - the library's name

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's
            del format, args

    class Server(ThreadingHTTPServer):
        request_queue_size = 128

        def handle_error(self, request: object, client_address: object) -> None:
            """A caller who hangs up first is what some tests are about."""
            del request, client_address

    server = Server(("127.0.0.1", port), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield callback
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _answer(
    said: bytes | int | Callable[[Pushed], Answer],
) -> Answer | Callable[[Pushed], Answer]:
    if isinstance(said, bytes):
        return 200, said
    if isinstance(said, int):
        return said, b""
    return said


def reply(inside: str, *, seal: bool = True) -> Callable[[Pushed], Answer]:
    """Answer a push with a reply that has this inside, sealed by the other library."""

    def answer(request: Pushed) -> Answer:
        push = request.xml()
        text = (
            f"<xml><ToUserName>{push.findtext('FromUserName')}</ToUserName>"
            f"<FromUserName>{push.findtext('ToUserName')}</FromUserName>"
            f"<CreateTime>1</CreateTime>{inside}</xml>"
        )
        sealed = OFFICIAL_ACCOUNT.encrypt_message(text, "n", "1") if seal else text
        return 200, sealed.encode()

    return answer

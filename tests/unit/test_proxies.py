"""Proxies: who asks is known behind our own, and nobody can make it up."""

from ipaddress import ip_network
from pathlib import Path

import pytest
from starlette.types import Receive, Scope, Send

from api.app import create_app
from api.proxies import Proxies
from services.runtime import settings
from tests.conftest import SECRET_KEY

TRUSTED = [ip_network("127.0.0.1"), ip_network("10.0.0.0/8"), ip_network("::1")]
NAMED = [
    ("127.0.0.1", ["203.0.113.7"], "203.0.113.7"),
    ("::1", ["2001:db8::7"], "2001:db8::7"),
    ("::ffff:10.1.2.3", ["203.0.113.7"], "203.0.113.7"),
    ("127.0.0.1", ["203.0.113.7, 10.1.2.3"], "203.0.113.7"),
    ("127.0.0.1", ["203.0.113.7", "10.1.2.3"], "203.0.113.7"),
    ("127.0.0.1", ["10.9.9.9, 10.1.2.3"], "10.9.9.9"),
    # Made up by whoever asks: what our proxy has added stands at the end.
    ("127.0.0.1", ["1.1.1.1, 203.0.113.7"], "203.0.113.7"),
    ("127.0.0.1", ["1.1.1.1, <script>, 10.1.2.3"], "10.1.2.3"),
    ("127.0.0.1", ["", "<script>"], "127.0.0.1"),
    ("127.0.0.1", [], "127.0.0.1"),
    # Asked without a proxy of ours.
    ("198.51.100.1", ["203.0.113.7"], "198.51.100.1"),
]


@pytest.mark.parametrize(("peer", "lists", "known"), NAMED)
async def test_only_our_own_proxies_are_believed(peer: str, lists: list[str], known: str) -> None:
    seen: list[str] = []

    async def inner(scope: Scope, receive: Receive, send: Send) -> None:
        del receive, send
        seen.append(scope["client"][0])

    headers = [(b"x-forwarded-for", entry.encode()) for entry in lists]
    scope = {"type": "http", "client": (peer, 40000), "headers": headers}
    await Proxies(inner, trusted=TRUSTED)(scope, _nothing, _nowhere)

    assert seen == [known]


@pytest.mark.parametrize(("named", "known"), [("127.0.0.1", "203.0.113.7"), ("", "127.0.0.1")])
async def test_a_service_believes_the_proxies_it_is_told_of(
    tmp_path: Path, named: str, known: str
) -> None:
    chosen = settings.load(data_dir=tmp_path, secret_key=SECRET_KEY, trusted_proxies=named)
    headers = [(b"x-forwarded-for", b"203.0.113.7")]
    scope = {
        "type": "http",
        "method": "POST",
        "path": "/wechat/official-account",
        "query_string": b"",
        "client": ("127.0.0.1", 40000),
        "headers": headers,
    }

    await create_app(chosen).asgi(scope, _nothing, _nowhere)

    assert scope["client"][0] == known


async def _nothing() -> dict[str, object]:
    return {}


async def _nowhere(message: object) -> None:
    del message

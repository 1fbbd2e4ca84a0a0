"""The proxy behind the phone's browser: WeChat's user agent, one service, no other host."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator

import httpx2
import pytest

from tests.support.echo import FOREIGN, Echo, echoing
from tests.support.processes import free_port
from tests.support.simulator import ENVIRONMENT, Simulator, User
from wechat_simulator import browser
from wechat_simulator.rewriting import Addresses, rewrite

LEAVING = "/.phone/leaving?to="
OPENED = "/.phone/open"


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    with echoing() as running:
        yield running


@pytest.fixture
async def frame(echo: Echo) -> AsyncIterator[httpx2.AsyncClient]:
    """The frame of a phone on the port before the proxy's."""
    async with _proxied(echo.url) as client:
        yield client


@contextlib.asynccontextmanager
async def _proxied(target: str) -> AsyncIterator[httpx2.AsyncClient]:
    port = free_port()
    base = f"http://127.0.0.1:{port}"
    async with (
        browser.serving(target, host="127.0.0.1", port=port),
        httpx2.AsyncClient(base_url=base, trust_env=False) as client,
    ):
        yield client


def _phone(frame: httpx2.AsyncClient) -> str:
    return f"http://127.0.0.1:{(frame.base_url.port or 0) - 1}"


@pytest.mark.parametrize(
    ("device", "agent"), [("ios", "iPhone"), ("android", "Android"), ("fridge", "iPhone")]
)
async def test_pages_are_asked_for_as_wechat_does(
    frame: httpx2.AsyncClient, device: str, agent: str
) -> None:
    query = {"person": "o1", "device": device, "to": "/pages/one"}

    page = await frame.get(OPENED, params=query, follow_redirects=True)

    assert agent in page.text
    assert "MicroMessenger/" in page.text


async def test_the_phone_alone_may_frame_and_read(frame: httpx2.AsyncClient, echo: Echo) -> None:
    page = await frame.get("/pages/one")
    mine = await frame.get("/v1/documents", headers={"origin": _phone(frame)})
    others = await frame.get("/v1/documents", headers={"origin": "http://127.0.0.1:1"})

    assert echo.url not in page.text
    assert "x-frame-options" not in page.headers
    assert page.headers["content-security-policy"] == (
        f"default-src 'self'; frame-ancestors {_phone(frame)}"
    )
    assert mine.headers["access-control-allow-origin"] == _phone(frame)
    assert "access-control-allow-origin" not in others.headers


async def test_cookies_stay_in_each_persons_browser(frame: httpx2.AsyncClient) -> None:
    async def visits(person: str) -> str:
        query = {"person": person, "device": "ios", "to": "/pages/one"}
        page = await frame.get(OPENED, params=query, follow_redirects=True)
        return page.text.partition('id="visits">')[2].partition("<")[0]

    assert [await visits(person) for person in ("o1", "o1", "o2", "o1")] == ["1", "2", "1", "3"]
    assert "visits" not in frame.cookies


async def test_the_phone_learns_what_the_frame_shows(frame: httpx2.AsyncClient, echo: Echo) -> None:
    who = {"person": "o1", "device": "ios"}
    await frame.get(OPENED, params=who | {"to": f"{echo.url}/r/one"}, follow_redirects=True)

    state = (await frame.get("/.phone/state", params=who)).json()

    assert state == {"address": f"{echo.url}/pages/one", "title": "页面 one"}


async def test_a_redirect_stays_inside_or_ends_before_it_leaves(
    frame: httpx2.AsyncClient,
) -> None:
    ours = await frame.get("/r/one")
    foreign = await frame.get("/r/away", follow_redirects=True)

    assert ours.headers["location"] == "/pages/one"
    assert foreign.url.path == "/.phone/leaving"
    assert "非微信官方网页，请确认是否继续访问" in foreign.text
    assert FOREIGN.replace("&", "&amp;") in foreign.text


@pytest.mark.parametrize(
    "to",
    [
        "https://elsewhere.example/",
        "//elsewhere.example/",
        "{url}@elsewhere.example/",
        "{url}.elsewhere.example/",
        "{url}0/",
        "javascript:alert(1)",
        "data:text/html,x",
        "\\\\elsewhere.example/",
    ],
)
async def test_nothing_leads_out_by_itself(frame: httpx2.AsyncClient, echo: Echo, to: str) -> None:
    opened = await frame.get(OPENED, params={"to": to.replace("{url}", echo.url)})

    location = opened.headers["location"]
    assert location.startswith((LEAVING, "/elsewhere.example"))
    assert not location.startswith("//")


async def test_a_dangerous_address_gets_no_button(frame: httpx2.AsyncClient) -> None:
    page = await frame.get(LEAVING + "javascript:alert(1)")

    assert "javascript:" not in page.text
    assert "这个地址无法打开" in page.text


@pytest.mark.parametrize(
    "line", ["GET @elsewhere.example/ HTTP/1.1", "GET http://elsewhere.example/x HTTP/1.1"]
)
async def test_an_odd_request_line_reaches_no_other_host(
    frame: httpx2.AsyncClient, line: str
) -> None:
    with socket.create_connection(("127.0.0.1", frame.base_url.port or 0)) as raw:
        raw.settimeout(0)
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(raw, f"{line}\r\nhost: x:1\r\nconnection: close\r\n\r\n".encode())
        answer = await loop.sock_recv(raw, 65536)

    status = int(answer.split()[1])
    assert status in {200, 400, 404}


async def test_what_is_sent_arrives_and_says_that_it_comes_from_the_service(
    frame: httpx2.AsyncClient, echo: Echo
) -> None:
    own = str(frame.base_url).rstrip("/")
    headers = {
        "origin": own,
        "referer": f"{own}/pages/one?x=1",
        "cookie": "theirs=1",
        "sec-ch-ua": "Chrome",
        "x-kept": "yes",
    }

    told = (await frame.put("/some%20where?a=%2F", headers=headers, content=b"body")).json()

    assert told["method"] == "PUT"
    assert told["path"] == "/some%20where"
    assert told["body"] == "body"
    assert told["headers"]["origin"] == echo.url
    assert told["headers"]["referer"] == f"{echo.url}/pages/one"
    assert told["headers"]["x-kept"] == "yes"
    assert {"cookie", "sec-ch-ua"}.isdisjoint(told["headers"])


async def test_a_silent_service_is_told_on_a_page() -> None:
    async with _proxied(f"http://127.0.0.1:{free_port()}") as frame:
        page = await frame.get("/")

    assert page.status_code == 502
    assert "网页无法打开" in page.text


async def test_a_taken_port_leaves_the_simulator_running(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        async with browser.serving("http://127.0.0.1:1", host="127.0.0.1", port=port):
            pass

    assert f"port {port} is taken" in capsys.readouterr().err


def test_only_the_tags_that_must_are_written_anew() -> None:
    addresses = Addresses("http://asi.example", leaving="/leave", consent="/consent")
    html = (
        "<!doctype html>\n<title>甲 &amp; 乙</title>\n<A HREF='/x' Class=y>a</A>\n"
        '<img src="http://asi.example/i.png?a=1&amp;b" alt="1 < 2"/><a href="mailto:x@y">m</a>'
        "<form action=http://asi.example/f target=_top></form>"
        '<script>"<a href=https://b.example>"</script><a href="http://[broken">c</a><a href>d</a>'
    )

    page = rewrite(html, base="http://asi.example/", addresses=addresses)

    assert page.title == "甲 & 乙"
    assert page.html == (
        "<!doctype html>\n<title>甲 &amp; 乙</title>\n<A HREF='/x' Class=y>a</A>\n"
        '<img src="/i.png?a=1&amp;b" alt="1 &lt; 2" /><a href="mailto:x@y">m</a>'
        '<form action="/f"></form>'
        '<script>"<a href=https://b.example>"</script><a href="http://[broken">c</a><a href>d</a>'
    )


def test_the_phones_page_may_run_its_own_script_and_frame_its_browser(
    simulator: Simulator,
) -> None:
    browser_origin = f"http://127.0.0.1:{int(simulator.url.rpartition(':')[2]) + 1}"

    page = simulator.http.get("/simulator/phone")
    script = simulator.http.get("/simulator/phone/static/phone.js")

    assert "script-src 'self';" in page.headers["content-security-policy"]
    assert f"frame-src {browser_origin};" in page.headers["content-security-policy"]
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not any(secret in page.text for secret in ENVIRONMENT.values() if len(secret) > 9)
    assert script.headers["cache-control"] == "no-cache"


@pytest.mark.parametrize("host", ["asi.example", "x'y:80", "[::1]:80"])
def test_the_phone_asks_for_a_host_it_can_name_in_its_policy(
    simulator: Simulator, host: str
) -> None:
    assert simulator.http.get("/simulator/phone", headers={"host": host}).status_code == 400


def test_the_phone_shows_pictures_and_no_other_files(simulator: Simulator, user: User) -> None:
    simulator.follow(user.openid_oa)
    simulator.act(user.openid_oa, "messages", image=True)
    simulator.act(user.openid_oa, "messages", type="voice")
    sent = simulator.http.get(
        f"/simulator/users/{user.openid_oa}/inbox", params={"sent": 1}
    ).json()["items"]
    found = {one["kind"]: one["content"].get("MediaId") for one in sent}

    picture = simulator.http.get(f"/simulator/phone/media/{found['image']}")
    voice = simulator.http.get(f"/simulator/phone/media/{found['voice']}")

    assert (picture.status_code, picture.headers["content-type"]) == (200, "image/png")
    assert voice.status_code == 404

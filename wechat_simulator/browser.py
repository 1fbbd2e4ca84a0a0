"""The browser inside the phone: it shows the service's pages as WeChat's own browser would.

A frame cannot choose its user agent, and the service rightly refuses to be framed. So the frame
asks this proxy, which listens on the port after the simulator's, adds WeChat's user agent, lets
the phone frame the answer, and keeps each person's cookies apart. It asks the service and nobody
else: a link or a redirect that leads elsewhere ends on the page that WeChat shows in between. Only
who reads is asked of the platform, as WeChat's browser asks it.
"""

import asyncio
import re
import socket
import sys
from collections.abc import AsyncIterator, Generator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote, unquote, urlsplit

import httpx2
import uvicorn
from jinja2 import Environment, FileSystemLoader
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import (
    FileResponse,
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from wechat_simulator.oauth import AUTHORIZE, PERSON
from wechat_simulator.rewriting import Addresses, is_web, rewrite

FOLDER = Path(__file__).parent
OWN = "/.phone"
"""The proxy's own addresses begin so; the service has none like that."""

DEVICE = "simulator_device"
AGENTS = {
    "ios": (
        "Mozilla/5.0 (iPhone; CPU iPhone OS 16_2 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
        "Gecko) Mobile/15E148 MicroMessenger/8.0.69(0x1800452d) NetType/WIFI Language/zh_CN"
    ),
    "android": (
        "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
        "Chrome/146.0.7680.177 Mobile Safari/537.36 XWEB/1460075 MMWEBSDK/20250804 MMWEBID/4850 "
        "MicroMessenger/8.0.63.2920(0x28003FA6) WeChat/arm64 Weixin NetType/WIFI Language/zh_CN "
        "ABI/arm64"
    ),
}
"""Seen on real phones in 2026."""

SECONDS = 30
METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
HOP_BY_HOP = {
    "connection", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
NOT_ASKED = HOP_BY_HOP | {
    "host", "cookie", "user-agent", "accept-encoding", "origin", "referer", "content-length",
}  # fmt: skip
"""What this browser's request says in its own way."""

NOT_ANSWERED = HOP_BY_HOP | {
    "set-cookie", "x-frame-options", "content-security-policy", "strict-transport-security",
    "location", "date", "server",
}  # fmt: skip
REWRITTEN = {"content-encoding", "content-length", "content-type", "etag"}
ANCESTORS = re.compile(r"\s*frame-ancestors[^;]*(;|$)", re.IGNORECASE)
HOST = re.compile(r"[A-Za-z0-9.-]+")

_templates = Environment(
    loader=FileSystemLoader(FOLDER / "templates"), autoescape=True, auto_reload=False
)


@dataclass
class Visitor:
    """One person's browser."""

    device: str
    cookies: httpx2.Cookies = field(default_factory=httpx2.Cookies)
    address: str = ""
    title: str = ""

    def sees(self, address: str, title: str) -> None:
        """Note what is on the screen."""
        self.address, self.title = address, title


def proxy(target: str, *, platform: str) -> Starlette:
    """Make the browser's web application; it shows the service at this address."""
    browser = Browser(target, platform)

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        del app
        yield
        await browser.aclose()

    return Starlette(
        routes=[
            Route(f"{OWN}/open", browser.open),
            Route(f"{OWN}/state", browser.state),
            Route(f"{OWN}/leaving", browser.leaving),
            Route(f"{OWN}/style.css", _style),
            Route(AUTHORIZE, browser.authorize),
            Route("/{path:path}", browser.show, methods=METHODS),
        ],
        lifespan=lifespan,
    )


@asynccontextmanager
async def serving(target: str, *, host: str, port: int) -> AsyncIterator[None]:
    """Serve the browser in this loop until the block ends.

    If the port is taken it says so and lets the block run: the simulator works without its phone
    being able to open links.
    """
    listener = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen()
    except OSError:
        listener.close()
        sys.stderr.write(f"The phone cannot open links: port {port} is taken.\n")
        yield
        return
    beside = "127.0.0.1" if host in {"0.0.0.0", "::"} else host  # noqa: S104 - not listened on
    named = f"[{beside}]" if ":" in beside else beside
    config = uvicorn.Config(
        proxy(target, platform=f"http://{named}:{port - 1}"),
        access_log=False,
        log_config=None,
        log_level="warning",
        timeout_graceful_shutdown=1,
    )
    server = _Guest(config)
    running = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await running
        listener.close()


class _Guest(uvicorn.Server):
    """A server beside another one, which gets the signals."""

    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class Browser:
    """Asks the service in the name of a phone, and keeps what each phone sees."""

    def __init__(self, target: str, platform: str) -> None:
        self._target = httpx2.URL(target)
        self._platform = platform
        self._origin = target.rstrip("/")
        self._addresses = Addresses(self._origin, leaving=f"{OWN}/leaving", consent=AUTHORIZE)
        self._http = httpx2.AsyncClient(trust_env=False, timeout=SECONDS)
        self._visitors: dict[tuple[str, str], Visitor] = {}

    async def aclose(self) -> None:
        """Hang up."""
        await self._http.aclose()

    async def open(self, request: Request) -> Response:
        """Open an address for a person on a device."""
        query = request.query_params
        answer = RedirectResponse(self._addresses.reached("/", query.get("to", "/")), 303)
        device = query.get("device", "")
        for name, value in ((PERSON, query.get("person", "")), (DEVICE, device)):
            answer.set_cookie(name, quote(value), httponly=True, samesite="lax")
        return answer

    async def state(self, request: Request) -> Response:
        """Tell the phone around the frame what the frame shows; it may not look inside."""
        query = request.query_params
        visitor = self._visitor(query.get("person", ""), query.get("device", ""))
        answer = JSONResponse({"address": visitor.address, "title": visitor.title})
        return _shared(request, answer)

    async def leaving(self, request: Request) -> Response:
        """Ask before a page that is not ours."""
        to = request.query_params.get("to", "")
        self._of(request).sees(to, "")
        return _page("leaving.html", request, to=to if is_web(to) else "")

    async def authorize(self, request: Request) -> Response:
        """Let the platform tell the service who reads; it sends the browser back."""
        query = dict(request.query_params) | {PERSON: unquote(request.cookies.get(PERSON, ""))}
        try:
            answer = await self._http.send(
                httpx2.Request("GET", self._platform + AUTHORIZE, params=query)
            )
        except httpx2.HTTPError:
            return _page("failed.html", request, status=502)
        self._of(request).sees(self._platform + AUTHORIZE, "")
        headers = self._headers(answer, _phone(request))
        return Response(answer.content, answer.status_code, headers)

    async def show(self, request: Request) -> Response:
        """Show what the service answers."""
        visitor = self._of(request)
        try:
            answer = await self._asked(request, visitor)
        except httpx2.InvalidURL:
            return _page("failed.html", request, status=404)
        except httpx2.HTTPError:
            visitor.sees(self._origin + request.url.path, "")
            return _page("failed.html", request, status=502)
        visitor.cookies.extract_cookies(answer)
        headers = self._headers(answer, _phone(request))
        if not answer.headers.get("content-type", "").startswith("text/html"):
            finish = BackgroundTask(answer.aclose)
            told = StreamingResponse(
                answer.aiter_raw(), answer.status_code, headers, background=finish
            )
            return _shared(request, told)
        await answer.aread()
        return self._rewritten(answer, visitor, headers)

    async def _asked(self, request: Request, visitor: Visitor) -> httpx2.Response:
        """Put the request to the service; whatever its path says, the host stays ours."""
        path: bytes = request.scope["raw_path"]
        query: bytes = request.scope["query_string"]
        url = self._target.copy_with(raw_path=path + (b"?" + query if query else b""))
        headers = {
            name: value
            for name, value in request.headers.items()
            if name not in NOT_ASKED and not name.startswith("sec-ch-")
        }
        headers |= {"user-agent": AGENTS[visitor.device], "accept-encoding": "gzip"}
        if "origin" in request.headers:
            headers["origin"] = self._origin
        came_from = urlsplit(request.headers.get("referer", ""))
        if came_from.netloc == request.url.netloc and not came_from.path.startswith(OWN):
            headers["referer"] = self._origin + came_from.path
        return await self._http.send(
            httpx2.Request(
                request.method,
                url,
                headers=headers,
                cookies=visitor.cookies,
                content=await request.body() or None,
            ),
            stream=True,
        )

    def _headers(self, answer: httpx2.Response, phone: str) -> dict[str, str]:
        """Give the answer's headers: framing is the phone's right, redirects stay inside."""
        headers = {
            name: value for name, value in answer.headers.items() if name not in NOT_ANSWERED
        }
        policy = answer.headers.get("content-security-policy")
        if policy is not None:
            kept = ANCESTORS.sub("", policy).rstrip("; ")
            headers["content-security-policy"] = f"{kept}; frame-ancestors {phone}"
        if "location" in answer.headers:
            headers["location"] = self._addresses.reached(
                str(answer.url), answer.headers["location"]
            )
        return headers

    def _rewritten(
        self, answer: httpx2.Response, visitor: Visitor, headers: Mapping[str, str]
    ) -> Response:
        address = str(answer.url)
        page = rewrite(answer.text, base=address, addresses=self._addresses)
        if not answer.has_redirect_location:
            visitor.sees(address, page.title)
        kept = {name: value for name, value in headers.items() if name not in REWRITTEN}
        return HTMLResponse(page.html, answer.status_code, kept)

    def _of(self, request: Request) -> Visitor:
        return self._visitor(request.cookies.get(PERSON, ""), request.cookies.get(DEVICE, ""))

    def _visitor(self, person: str, device: str) -> Visitor:
        known = device if device in AGENTS else "ios"
        return self._visitors.setdefault((person, known), Visitor(known))


async def _style(request: Request) -> Response:
    del request
    return FileResponse(FOLDER / "static" / "between.css", headers={"cache-control": "no-cache"})


def _page(name: str, request: Request, *, status: int = 200, **values: str) -> Response:
    """Show a page of the browser's own."""
    policy = (
        "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; "
        f"frame-ancestors {_phone(request)}"
    )
    return HTMLResponse(
        _templates.get_template(name).render(**values),
        status,
        {"content-security-policy": policy, "cache-control": "no-store"},
    )


def _phone(request: Request) -> str:
    """Give the origin of the phone around the frame: this host, the port before this one."""
    host, port = request.url.hostname or "", request.url.port
    if port is None or not HOST.fullmatch(host):
        return "'none'"
    return f"{request.url.scheme}://{host}:{port - 1}"


def _shared(request: Request, answer: Response) -> Response:
    """Let the phone's own script read an answer, and no other."""
    answer.headers.add_vary_header("origin")
    if request.headers.get("origin") == _phone(request):
        answer.headers["access-control-allow-origin"] = _phone(request)
    return answer

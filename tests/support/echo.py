"""A service of a few lines, so that the phone can be tried without ours: it answers and shows."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from html import escape
from xml.sax.saxutils import escape as escape_xml

import uvicorn
from defusedxml.ElementTree import fromstring
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.support.processes import START_SECONDS, STOP_SECONDS, free_port

FOREIGN = "https://elsewhere.example/page?a=1&b=2"
"""Nobody may ever ask for it."""

CODE = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><path d="M0 0h4v4H0z"/></svg>'
LISTS = {
    "documents": [{"slug": "draft", "title": "绩效标准 V4 草案"}],
    "webinars": [{"slug": "china", "title": "中文专场研讨会"}],
    "contact-cards": [{"slug": "asi-china", "name": "ASI 中文联络"}],
}


@dataclass
class Echo:
    """The running service: what it says to a text or an event, and what it was asked."""

    url: str = ""
    says: dict[str, str] = field(default_factory=dict)
    """By the text written, the key tapped, the scene or the event; {text} is what was written."""
    broken: bool = False
    agents: list[str] = field(default_factory=list)
    pushed: list[str] = field(default_factory=list)

    def renew(self) -> None:
        """Forget all that happened; whoever follows is welcomed."""
        self.says = {"subscribe": "欢迎关注"}
        self.broken = False
        self.agents.clear()
        self.pushed.clear()

    async def official_account(self, request: Request) -> Response:
        if self.broken:
            return Response(status_code=503)
        push = fromstring(await request.body())
        told = {one.tag: one.text or "" for one in push}
        about = told.get("Content") or told.get("EventKey") or told.get("Event") or ""
        self.pushed.append(about)
        said = self.says.get(about, self.says.get("*", ""))
        if not said:
            return Response("success")
        text = escape_xml(said.replace("{text}", about))
        return Response(
            f"<xml><ToUserName>{told['FromUserName']}</ToUserName>"
            f"<FromUserName>{told['ToUserName']}</FromUserName><CreateTime>1</CreateTime>"
            f"<MsgType>text</MsgType><Content>{text}</Content></xml>",
            media_type="text/xml",
        )

    async def mini_program(self, request: Request) -> Response:
        self.pushed.append(str((await request.json()).get("Content", "")))
        return Response("success")

    async def short(self, request: Request) -> Response:
        slug = request.path_params["slug"]
        return RedirectResponse(FOREIGN if slug == "away" else f"{self.url}/pages/{slug}", 302)

    async def page(self, request: Request) -> Response:
        agent = request.headers.get("user-agent", "")
        self.agents.append(agent)
        visits = int(request.cookies.get("visits", "0")) + 1
        slug = escape(request.path_params["slug"])
        answer = HTMLResponse(
            f"<!doctype html><title>页面 {slug}</title><h1>{slug}</h1>"
            f'<p id="agent">{escape(agent)}</p><p id="visits">{visits}</p>'
            f'<a href="{self.url}/pages/next" target="_blank">下一页</a> '
            f'<a href="{escape(FOREIGN)}">外部网站</a> <a href="/r/away">转走</a>',
            headers={
                "content-security-policy": "default-src 'self'; frame-ancestors 'none'",
                "x-frame-options": "DENY",
            },
        )
        answer.set_cookie("visits", str(visits))
        return answer

    async def listed(self, request: Request) -> Response:
        items = LISTS.get(request.path_params["name"], [])
        return JSONResponse({"items": items, "next": None})

    async def code(self, request: Request) -> Response:
        del request
        return Response(CODE, media_type="image/svg+xml")

    async def asked(self, request: Request) -> Response:
        """Tell what arrived, whatever was asked."""
        body = (await request.body()).decode()
        headers = dict(request.headers)
        path = request.scope["raw_path"].decode()
        return JSONResponse(
            {"method": request.method, "path": path, "headers": headers, "body": body}
        )

    def routes(self) -> list[Route]:
        return [
            Route("/wechat/official-account", self.official_account, methods=["POST"]),
            Route("/wechat/mini-program", self.mini_program, methods=["POST"]),
            Route("/r/{slug}", self.short),
            Route("/pages/{slug}", self.page),
            Route("/v1/{name}", self.listed),
            Route("/qr/{slug}.svg", self.code),
            Route("/{path:path}", self.asked, methods=["GET", "POST", "PUT"]),
        ]


@contextmanager
def echoing() -> Iterator[Echo]:
    """Run the service in a thread until the block ends."""
    port = free_port()
    echo = Echo(f"http://127.0.0.1:{port}")
    config = uvicorn.Config(
        Starlette(routes=echo.routes()),
        port=port,
        log_config=None,  # uvicorn's own would take the process's logs from the other tests
        log_level="warning",
        lifespan="off",
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    pause = threading.Event()
    for _ in range(START_SECONDS * 100):
        if server.started:
            break
        pause.wait(0.01)
    try:
        yield echo
    finally:
        server.should_exit = True
        thread.join(STOP_SECONDS)

"""A phone of the simulator in a browser's tab, and the people's hands on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, expect

from tests.browser.reading import Scheme
from tests.support import ports
from tests.support.echo import Echo, echoing
from tests.support.simulator import Simulator, running

SECONDS = 30
DESKTOP = (1280, 860)
PHONE = (375, 812)
ZONE = "Asia/Shanghai"
TRUSTED_WARNING = "allow-scripts and allow-same-origin"
"""Chromium says so of every such frame; ours has another origin than the page around it."""

MENU = [
    {
        "name": "征询文件",
        "sub_button": [
            {"type": "view", "name": "文章", "url": "{url}/r/article"},
            {"type": "click", "name": "截止时间", "key": "deadline"},
        ],
    },
    {"type": "click", "name": "联系我们", "key": "contact"},
]


@dataclass
class Phone:
    """A phone in a tab, and everything it did that it should not."""

    page: Page
    simulator: Simulator
    echo: Echo
    foreign: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def button(self, name: str, *, exact: bool = True) -> Locator:
        return self.page.get_by_role("button", name=name, exact=exact)

    @property
    def input(self) -> Locator:
        return self.page.get_by_label("消息", exact=True)

    @property
    def received(self) -> Locator:
        return self.page.locator(".log .theirs .body")

    @property
    def sent(self) -> Locator:
        return self.page.locator(".log .mine .body")

    @property
    def title(self) -> Locator:
        return self.page.locator(".viewer h1")

    def inside(self, selector: str) -> Locator:
        return self.page.frame_locator(".viewer iframe").locator(selector)

    def write(self, text: str) -> None:
        self.input.fill(text)
        self.input.press("Enter")

    def follow(self) -> None:
        self.button("关注公众号").click()
        expect(self.page.locator(".log")).to_be_visible()

    def openid(self) -> str:
        people = self.simulator.http.get("/simulator/users").json()["users"]
        return str(people[-1]["openid_oa"])

    def publish_menu(self) -> None:
        text = str(MENU).replace("{url}", self.echo.url).replace("'", '"')
        answer = self.simulator.http.post(
            "/cgi-bin/menu/create",
            params={"access_token": self.simulator.token()},
            content=f'{{"button": {text}}}'.encode(),
        )
        assert answer.json()["errcode"] == 0

    def tell(self, openid: str, **message: Any) -> None:
        """Write to somebody as the account does."""
        token = self.simulator.token()
        done = self.simulator.call("/cgi-bin/message/custom/send", token, touser=openid, **message)
        assert done["errcode"] == 0, done

    def grants(self) -> dict[str, int]:
        people = self.simulator.http.get("/simulator/users").json()["users"]
        return dict(people[-1]["grants"])

    def look_at(self, request: Request) -> None:
        """Note requests to anybody but the simulator and its browser."""
        if not request.url.startswith((*self._origins(), "data:")):
            self.foreign.append(request.url)

    def listen(self, message: ConsoleMessage) -> None:
        """Note what the browser complains about."""
        if message.type in {"error", "warning"} and TRUSTED_WARNING not in message.text:
            self.complaints.append(message.text)

    def _origins(self) -> tuple[str, str]:
        host, _, port = self.simulator.url.rpartition(":")
        return f"{self.simulator.url}/", f"{host}:{int(port) + 1}/"


class OpenPhone(Protocol):
    """Opens a phone on a screen, in a zone."""

    def __call__(
        self,
        *,
        size: tuple[int, int] = PHONE,
        scheme: Scheme = "light",
        zone: str = ZONE,
    ) -> Phone:
        """Give the phone of somebody who does not follow yet."""


@dataclass
class Platform:
    """The simulator as a process, and a small service behind it."""

    simulator: Simulator
    echo: Echo

    def renew(self) -> None:
        """Forget all that happened."""
        self.simulator.reset()
        self.simulator.account(push_spacing=0)
        self.echo.renew()

    def open(
        self,
        chromium: Browser,
        *,
        size: tuple[int, int] = PHONE,
        scheme: Scheme = "light",
        zone: str = ZONE,
    ) -> Phone:
        """Open a phone."""
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            has_touch=size == PHONE,
            locale="zh-CN",
            color_scheme=scheme,
            timezone_id=zone,
        )
        page = context.new_page()
        page.set_default_timeout(SECONDS * 1000)
        phone = Phone(page, self.simulator, self.echo)
        page.on("request", phone.look_at)
        page.on("pageerror", lambda error: phone.complaints.append(str(error)))
        page.on("console", phone.listen)
        page.goto(f"{self.simulator.url}/simulator/phone")
        expect(phone.button("关注公众号")).to_be_visible()
        return phone


@contextmanager
def platform(folder: Path) -> Iterator[Platform]:
    """Run both until the block ends."""
    with (
        echoing() as echo,
        running(
            folder,
            port=ports.free_in_a_row(2),
            ASI_PUBLIC_URL=echo.url,
            ASI_OA_MODE="plain",
            ASI_MP_MODE="plain",
        ) as simulator,
    ):
        yield Platform(simulator, echo)

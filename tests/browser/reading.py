"""Chromium as a reader's device: it opens pages and writes down what they should not do."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Protocol

from playwright.sync_api import Browser, ConsoleMessage, Page, Request, sync_playwright

from tests.support.agents import ANDROID_WECHAT, CHROME, IOS_WECHAT

Scheme = Literal["light", "dark"]

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
FONT_PACKAGE = "manimgx_fonts_cjk"
FONTS_CONF = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig><include ignore_missing="yes">/etc/fonts/fonts.conf</include>
<dir>{fonts}</dir><cachedir>{cache}</cachedir></fontconfig>
"""


class BrowserMissingError(RuntimeError):
    """Chromium or a Chinese font is not there; the message tells how to get it."""


@dataclass(frozen=True)
class Device:
    """What somebody reads on."""

    name: str
    agent: str
    width: int
    height: int
    density: float = 1

    def __str__(self) -> str:
        """Name it in a test's id."""
        return self.name

    @property
    def mobile(self) -> bool:
        """Whether it is held in a hand."""
        return self.width < 600


IPHONE = Device("iphone", IOS_WECHAT, 375, 812, density=2)
ANDROID = Device("android", ANDROID_WECHAT, 375, 812, density=2)
DESKTOP = Device("desktop", CHROME, 1280, 800)


@dataclass
class Visit:
    """A page that has been opened, and what it did on the way."""

    page: Page
    status: int
    foreign: list[str] = field(default_factory=list)
    """Requests to anybody but us."""

    complaints: list[str] = field(default_factory=list)
    """What the browser wrote to its console as an error, a broken policy among it."""


class Open(Protocol):
    """Opens a page of ours on a device; braces in the path name a mirrored file."""

    def __call__(
        self,
        path: str,
        *,
        device: Device = IPHONE,
        scheme: Scheme = "light",
        width: int | None = None,
    ) -> Visit:
        """Give the page, loaded."""


class Reader:
    """Opens one page after the other on one device, in one tab."""

    def __init__(self, browser: Browser, device: Device, *, base: str) -> None:
        """Unpack the device; it remembers style sheets, as a real one does."""
        self._device = device
        self._base = base
        context = browser.new_context(
            base_url=base,
            user_agent=device.agent,
            device_scale_factor=device.density,
            is_mobile=device.mobile,
            has_touch=device.mobile,
            locale="zh-CN",
        )
        self._page = context.new_page()
        self._page.on("request", self._look_at)
        self._page.on("console", self._listen)
        self._visit = Visit(self._page, 0)

    def open(self, path: str, *, scheme: Scheme = "light", width: int | None = None) -> Visit:
        """Open a page and wait until everything on it has come."""
        self._visit = Visit(self._page, 0)
        self._page.emulate_media(color_scheme=scheme)
        self._page.set_viewport_size(
            {"width": width or self._device.width, "height": self._device.height}
        )
        response = self._page.goto(path, wait_until="load")
        self._visit.status = response.status if response else 0
        return self._visit

    def _look_at(self, request: Request) -> None:
        if not request.url.startswith((self._base + "/", "data:")):
            self._visit.foreign.append(request.url)

    def _listen(self, message: ConsoleMessage) -> None:
        # An address that does not exist is reported by the browser itself, as the page's error.
        asked_for = message.location["url"] == self._page.url and "404" in message.text
        if message.type in {"error", "warning"} and not asked_for:
            self._visit.complaints.append(message.text)


@contextmanager
def chromium(folder: Path) -> Iterator[Browser]:
    """Start Chromium until the block ends.

    Raises: BrowserMissingError.
    """
    program = os.environ.get("ASI_CHROMIUM") or next(filter(None, map(shutil.which, PROGRAMS)), "")
    if not program:
        message = "No Chromium: apt-get install chromium, or name one in ASI_CHROMIUM."
        raise BrowserMissingError(message)
    fonts = _fonts(folder)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=program, args=FLAGS, env={**os.environ, **fonts}
        )
        yield browser
        browser.close()


def _fonts(folder: Path) -> dict[str, str]:
    """Settings by which Chromium finds a Chinese font: the package's, else the system's.

    Raises: BrowserMissingError.
    """
    package = find_spec(FONT_PACKAGE)
    for place in (package and package.submodule_search_locations) or ():
        conf = folder / "fonts.conf"
        conf.write_text(FONTS_CONF.format(fonts=place, cache=folder / "fonts"), encoding="utf-8")
        return {"FONTCONFIG_FILE": str(conf)}
    lister = shutil.which("fc-list")
    found = lister and subprocess.run(  # noqa: S603 - fontconfig's own program
        [lister, ":lang=zh"], check=True, capture_output=True
    )
    if not found or not found.stdout.strip():
        message = "No Chinese font: apt-get install fontconfig fonts-noto-cjk."
        raise BrowserMissingError(message)
    return {}

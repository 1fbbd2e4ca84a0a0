"""One service and one Chromium for all tests of this folder.

They live as long as the folder's tests, not as the run: Playwright's loop counts as running in
this thread while it is open, and no test elsewhere could start its own.
"""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from playwright.sync_api import Browser, expect

from tests.browser import cards, phones, reading
from tests.browser.phones import OpenPhone, Phone, Platform
from tests.browser.reading import IPHONE, Device, Open, Reader, Scheme, Visit
from tests.browser.running import Service, served
from tests.support import files


@pytest.fixture(scope="package")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with served(tmp_path_factory.mktemp("service")) as running:
        yield running


@pytest.fixture(scope="package")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    with ExitStack() as stack:
        try:
            browser = stack.enter_context(reading.chromium(tmp_path_factory.mktemp("chromium")))
        except reading.BrowserMissingError as missing:
            if os.environ.get("CI") == "true" or os.environ.get("ASI_REQUIRE_SERVICES"):
                pytest.fail(str(missing))
            pytest.skip(str(missing))
        yield browser


@pytest.fixture(scope="package")
def mirrored(service: Service, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Paths of a PDF and a workbook that staff have put in."""
    folder = tmp_path_factory.mktemp("files")
    taken = {
        "pdf": (files.pdf(folder / "overview.pdf"), "consultation-overview"),
        "workbook": (files.xlsx(folder / "tool.xlsx"), "ps-v4-mapping-tool"),
    }
    with ThreadPoolExecutor() as pool:
        return dict(
            zip(taken, pool.map(service.mirror, *zip(*taken.values(), strict=True)), strict=True)
        )


@pytest.fixture(scope="package")
def _cards(service: Service, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Make cards of every sort."""
    cards.make(service, tmp_path_factory.mktemp("cards"))


@pytest.fixture(scope="package")
def readers(chromium: Browser, service: Service) -> Callable[[Device], Reader]:
    known: dict[str, Reader] = {}

    def reader(device: Device) -> Reader:
        if device.name not in known:
            known[device.name] = Reader(chromium, device, base=service.url)
        return known[device.name]

    return reader


@pytest.fixture
def open_page(readers: Callable[[Device], Reader], mirrored: dict[str, str], _cards: None) -> Open:
    def opened(
        path: str, *, device: Device = IPHONE, scheme: Scheme = "light", width: int | None = None
    ) -> Visit:
        return readers(device).open(path.format_map(mirrored), scheme=scheme, width=width)

    return opened


@pytest.fixture(scope="package")
def _wechat(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    with phones.platform(tmp_path_factory.mktemp("wechat")) as running:
        yield running


@pytest.fixture
def wechat(_wechat: Platform) -> Platform:
    """The simulator, on which nothing has happened yet, and a small service behind it."""
    _wechat.renew()
    return _wechat


@pytest.fixture
def open_phone(chromium: Browser, wechat: Platform) -> Iterator[OpenPhone]:
    opened: list[Phone] = []
    expect.set_options(timeout=phones.SECONDS * 1000)

    def open_(
        *, size: tuple[int, int] = phones.PHONE, scheme: Scheme = "light", zone: str = phones.ZONE
    ) -> Phone:
        opened.append(wechat.open(chromium, size=size, scheme=scheme, zone=zone))
        return opened[-1]

    yield open_
    for phone in opened:
        phone.page.context.close()


@pytest.fixture
def phone(open_phone: OpenPhone) -> Iterator[Phone]:
    """A phone that has to keep to us and must not complain."""
    opened = open_phone()
    yield opened
    assert opened.foreign == []
    assert opened.complaints == []

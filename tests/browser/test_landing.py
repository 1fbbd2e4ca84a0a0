"""The landing page: its code scans, and readers find their way on."""

import io

import pytest
from axe_playwright_python.sync_playwright import Axe
from PIL import Image

from services import qr_codes
from tests.browser.reading import DESKTOP, IPHONE, Device, Open, Scheme
from tests.browser.running import Service
from tests.browser.test_pages import AXE
from tests.support import wechat_engine
from tests.support.agents import CHROME

LANDING = "/open/mini-program"
PHONE = Device("phone", CHROME, 375, 812, density=2)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", ["", "?mode=care"])
def test_the_way_into_wechat_can_be_read_and_scanned(
    open_page: Open, service: Service, scheme: Scheme, look: str
) -> None:
    visit = open_page(LANDING + look, device=PHONE, scheme=scheme)
    violations = Axe().run(visit.page, options=AXE).response["violations"]
    visit.page.locator("figure img").scroll_into_view_if_needed()
    screen = visit.page.screenshot()

    expected = f"{service.url}/r/mini-program"
    assert qr_codes.decode(Image.open(io.BytesIO(screen))) == expected
    assert wechat_engine.decode(screen) == [expected]
    assert violations == []
    assert (visit.foreign, visit.complaints) == ([], [])


def test_each_reader_of_one_code_ends_where_they_can_go_on(
    open_page: Open, service: Service
) -> None:
    desktop = open_page("/r/mini-program?ch=poster", device=DESKTOP).page
    landed = desktop.url
    desktop.get_by_role("link", name="在此浏览器中继续").click()
    wechat = open_page("/r/mini-program?ch=poster", device=IPHONE).page

    assert landed == f"{service.url}{LANDING}?ch=poster"
    assert desktop.url == f"{service.url}/?ch=poster"
    assert wechat.url == f"{service.url}/?ch=poster"

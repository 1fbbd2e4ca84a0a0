"""QR codes as phones see them: a picture of a screen."""

import io

import pytest
from PIL import Image
from playwright.sync_api import Page

from services import qr_codes
from tests.browser.cards import GROUP_CARD, PERSONAL_CARD, PLAIN_CARD, REPLACED_CARD
from tests.browser.reading import DESKTOP, IPHONE, Open, Scheme
from tests.browser.running import Service
from tests.support import wechat_engine
from tests.support.wechat_pictures import GROUP, PERSON

CARDS = {
    PERSONAL_CARD: PERSON,
    GROUP_CARD: GROUP,
    PLAIN_CARD: f"{{service}}/r/{PLAIN_CARD}",
}
"""What the one code on each card says: WeChat's own, or the card's where there is none."""


@pytest.mark.parametrize(
    ("slug", "source"),
    [
        (PERSONAL_CARD, "/contact-pictures/"),
        (GROUP_CARD, "/contact-pictures/"),
        (PLAIN_CARD, f"/qr/{PLAIN_CARD}.png"),
    ],
)
def test_a_card_shows_one_picture_and_it_is_the_code(
    open_page: Open, slug: str, source: str
) -> None:
    images = open_page(f"/contacts/{slug}").page.locator("img, canvas, svg, picture")

    assert images.count() == 1
    assert (images.first.get_attribute("src") or "").startswith(source)


@pytest.mark.parametrize("slug", CARDS)
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("look", ["", "?mode=care"])
def test_a_screenshot_of_a_card_decodes(
    open_page: Open, service: Service, *, slug: str, scheme: Scheme, look: str
) -> None:
    screen = _screen(open_page(f"/contacts/{slug}{look}", scheme=scheme).page)

    expected = CARDS[slug].format(service=service.url)
    assert _decoded(screen) == expected
    assert wechat_engine.decode(screen) == [expected]


def test_a_replaced_card_shows_no_code_and_whom_to_call(open_page: Open) -> None:
    page = open_page(f"/r/{REPLACED_CARD}").page

    assert page.locator("img, canvas, svg, picture").count() == 0
    assert page.inner_text("h1") == "这个二维码已更换"
    assert page.locator("a[href='tel:+8613901145114']").inner_text() == "139 0114 5114"


def test_a_code_drawn_as_svg_decodes(open_page: Open, service: Service) -> None:
    screen = open_page("/qr/china.svg", device=DESKTOP).page.screenshot()

    assert _decoded(screen) == f"{service.url}/r/china"
    assert wechat_engine.decode(screen) == [f"{service.url}/r/china"]


def test_the_article_shows_its_code_on_a_desktop_only(open_page: Open, service: Service) -> None:
    screen = _screen(open_page("/", device=DESKTOP).page)

    assert _decoded(screen) == f"{service.url}/r/article"
    assert open_page("/", device=IPHONE).page.locator("img").count() == 0


def test_a_code_leads_to_the_page_it_stands_on(open_page: Open, service: Service) -> None:
    page = open_page("/r/asi-china").page

    assert page.url == f"{service.url}/contacts/asi-china"
    assert page.inner_text("h1") == "刘女士（Sprina Liu）"


def _screen(page: Page) -> bytes:
    """What the phone shows once its reader has scrolled to the code: WeChat reads no more."""
    page.locator("figure img").scroll_into_view_if_needed()
    return page.screenshot()


def _decoded(screen: bytes) -> str | None:
    return qr_codes.decode(Image.open(io.BytesIO(screen)))

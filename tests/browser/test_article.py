"""The article: light on the wire, good to share, easy to move about in."""

import io

import pytest
from PIL import Image

from tests.browser.reading import DESKTOP, IPHONE, Device, Open

LARGEST_ON_THE_WIRE = 60 * 1024
"""Bytes of page, style sheets and images together: 1.2 s at 400 kbit/s."""

SHARED = ["/", "/documents/ps-v4-draft", "/webinars/china", "/contacts/asi-china", "/feedback"]


@pytest.mark.parametrize("device", [IPHONE, DESKTOP], ids=str)
def test_the_article_is_light_on_the_wire(open_page: Open, device: Device) -> None:
    page = open_page("/about", device=device).page
    session = page.context.new_cdp_session(page)
    sizes: list[float] = []
    session.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    session.send("Network.enable")
    session.send("Network.setCacheDisabled", {"cacheDisabled": True})

    page.goto("/")

    assert len(sizes) >= 3
    assert sum(sizes) <= LARGEST_ON_THE_WIRE


@pytest.mark.parametrize("path", SHARED)
def test_a_shared_page_brings_its_title_its_gist_and_a_picture(open_page: Open, path: str) -> None:
    page = open_page(path + "?mode=care").page
    said = {
        item.get_attribute("property"): item.get_attribute("content") or ""
        for item in page.locator("meta[property^='og:']").all()
    }
    picture = Image.open(io.BytesIO(page.request.get(said["og:image"]).body()))

    assert said["og:title"] == page.title()
    assert page.title() in page.inner_text("h1").replace("\N{NO-BREAK SPACE}", " ")
    assert said["og:url"].endswith(path)
    assert said["og:description"]
    assert min(picture.size) >= 300


def test_the_reader_can_change_language_and_back(open_page: Open) -> None:
    page = open_page("/webinars/china").page

    page.get_by_role("link", name="English").click()
    assert page.inner_text("h1") == "Consultation webinar: China, in Chinese"

    page.get_by_role("link", name="中文").click()
    assert page.inner_text("h1") == "公开征询研讨会：中文专场"


def test_larger_text_stays_with_the_reader(open_page: Open) -> None:
    page = open_page("/").page

    page.get_by_role("link", name="大字版").click()
    page.get_by_role("link", name="公开征询研讨会：中文专场").click()

    assert page.get_by_role("link", name="标准版").is_visible()
    assert page.locator("body").get_attribute("data-weui-mode") == "care"


def test_the_keyboard_can_skip_to_the_text(open_page: Open) -> None:
    page = open_page("/", device=DESKTOP).page

    page.keyboard.press("Tab")

    assert page.locator(".skip:focus").bounding_box() is not None
    page.keyboard.press("Enter")
    assert page.url.endswith("#main")


def test_a_jump_leads_to_the_webinars(open_page: Open) -> None:
    page = open_page("/").page

    page.locator(".jump").get_by_role("link", name="网络研讨会").click()

    box = page.locator("#webinars").bounding_box()
    assert box is not None
    assert -1 < box["y"] < IPHONE.height, "the browser scrolls to whole pixels"

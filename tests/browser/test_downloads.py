"""What leaves the page: calendar entries, address book entries, files."""

from pathlib import Path

import icalendar
import pytest
import vobject
from playwright.sync_api import Page

from tests.browser.reading import ANDROID, DESKTOP, IPHONE, Device, Open


def test_a_webinar_goes_into_a_calendar(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/webinars/china", device=DESKTOP).page

    content = _download(page, "加入日历", tmp_path / "china.ics")

    event = icalendar.Calendar.from_ical(content).events[0]
    assert event.start.isoformat() == "2026-03-09T16:00:00+08:00"
    assert event["summary"] == "公开征询研讨会：中文专场"


def test_a_contact_goes_into_an_address_book(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/contacts/asi-china", device=DESKTOP).page

    content = _download(page, "保存到通讯录", tmp_path / "asi-china.vcf")

    card = vobject.readOne(content.decode())
    assert card.fn.value == "刘女士（Sprina Liu）"
    assert card.tel.value == "+8619987003130"


def test_a_workbook_is_saved_under_its_clean_name(open_page: Open, tmp_path: Path) -> None:
    page = open_page("/documents/ps-v4-mapping-tool", device=DESKTOP).page

    content = _download(page, "下载文件", tmp_path / "PSv4-Mapping-Tool.xlsx")

    assert content.startswith(b"PK")


@pytest.mark.parametrize("device", [IPHONE, ANDROID], ids=str)
def test_wechat_explains_how_to_open_a_workbook(open_page: Open, device: Device) -> None:
    page = open_page("/documents/ps-v4-mapping-tool", device=device).page

    page.get_by_role("link", name="下载文件").click()

    assert page.inner_text("h1") == "请在浏览器中打开此文件"
    assert page.inner_text(".copyable") == page.url


@pytest.mark.parametrize(("device", "hints"), [(ANDROID, 1), (IPHONE, 0), (DESKTOP, 0)], ids=str)
def test_only_wechat_on_android_is_warned_about_pdfs(
    open_page: Open, device: Device, hints: int
) -> None:
    page = open_page("/documents/consultation-overview", device=device).page

    assert page.get_by_role("link", name="打开文件").count() == 1
    assert page.get_by_text("安卓版微信不能直接显示 PDF").count() == hints


@pytest.mark.parametrize(("path", "hint"), [
    ("/webinars/china", "再点“加入日历”"),
    ("/contacts/asi-china", "再点“保存到通讯录”"),
])  # fmt: skip
def test_wechat_is_told_how_to_save(open_page: Open, path: str, hint: str) -> None:
    assert open_page(path, device=IPHONE).page.get_by_text(hint).count() == 1
    assert open_page(path, device=DESKTOP).page.get_by_text(hint).count() == 0


def _download(page: Page, label: str, target: Path) -> bytes:
    """Click, and check the name under which it is saved."""
    with page.expect_download() as waiting:
        page.get_by_role("link", name=label).click()
    waiting.value.save_as(target)
    assert waiting.value.suggested_filename == target.name
    return target.read_bytes()

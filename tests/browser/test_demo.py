"""The demo as it opens: follow on the phone, ask for the drafts, land on the document."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.phones import PHONE, SECONDS
from tests.support import ports
from tests.support.processes import Service, running


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    folder: Path = tmp_path_factory.mktemp("demo") / "data"
    port = ports.free_in_a_row(3)
    with running("demo", "--data-dir", str(folder), data_dir=folder, port=port) as service:
        yield service


@pytest.fixture
def page(chromium: Browser, demo: Service) -> Iterator[Page]:
    expect.set_options(timeout=SECONDS * 1000)
    host, _, port = demo.url.rpartition(":")
    width, height = PHONE
    context = chromium.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
    opened = context.new_page()
    opened.goto(f"{host}:{int(port) + 1}/simulator/phone")
    yield opened
    context.close()


def test_whoever_follows_asks_and_taps_reads_the_document(page: Page, demo: Service) -> None:
    page.get_by_role("button", name="关注公众号").click()
    expect(page.locator(".log .theirs").last).to_contain_text("欢迎关注 ASI 铝业管理倡议")
    expect(page.get_by_role("button", name="征询文件")).to_be_visible()

    page.get_by_role("button", name="切换到输入框").click()
    page.get_by_label("消息", exact=True).fill("草案")
    page.get_by_role("button", name="发送").click()
    page.get_by_role("link", name=f"{demo.url}/r/ps-v4-draft?ch=reply").click()

    inside = page.frame_locator(".viewer iframe")
    expect(inside.locator("h1").first).to_contain_text("绩效标准 第四版草案")

"""The forms on a phone of 375 px, without a script: filled in by touch, sent once, legible."""

import re
from itertools import count

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.reading import IPHONE, Open, Visit
from tests.browser.test_pages import AXE, CUT, ENLARGE

REGISTER = "/webinars/china/register"
COMMENT = "/feedback/new"
_numbers = count(13500135000)

SMALL = """least => [...document.querySelectorAll("main :is(a, button, .box, .tick, summary)")]
    .filter(item => item.getClientRects().length)
    .map(item => [item, item.getBoundingClientRect()])
    .filter(([, box]) => Math.min(box.width, box.height) < least)
    .map(([item]) => item.outerHTML)"""


@pytest.fixture(autouse=True)
def _a_fresh_browser(open_page: Open) -> None:
    open_page("/about").page.context.clear_cookies()


def _clean(visit: Visit, *, least: int = 44) -> None:
    """Look at a page as everybody has to be able to."""
    found = Axe().run(visit.page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= IPHONE.width
    assert visit.page.evaluate(SMALL, least) == []
    assert visit.foreign == []
    refused = "responded with a status of 422"
    assert [text for text in visit.complaints if refused not in text] == []


def _register(page: Page, contact: str) -> None:
    page.get_by_role("textbox", name="姓名").fill("王芳")
    page.get_by_role("textbox", name="所在机构").fill("某某铝业有限公司")
    page.get_by_role("textbox", name="手机号码或电子邮箱").fill(contact)


def test_somebody_registers_with_a_double_tap(open_page: Open) -> None:
    visit = open_page(REGISTER)
    page = visit.page
    _clean(visit)

    _register(page, "123")
    page.get_by_role("button", name="提交报名").click()
    expect(page.locator("#contact-fault")).to_contain_text("13800138000")
    expect(page.get_by_role("textbox", name="姓名")).to_have_value("王芳")
    _clean(visit)
    page.get_by_role("textbox", name="手机号码或电子邮箱").fill(str(next(_numbers)))
    page.get_by_role("button", name="提交报名").dblclick()

    expect(page.get_by_role("heading", name="报名成功")).to_be_visible()
    _clean(visit)
    page.get_by_role("link", name="我的报名与意见").first.click()
    expect(page.locator("main .weui-cell")).to_have_count(1)
    _clean(visit)


def test_somebody_cancels(open_page: Open) -> None:
    visit = open_page(REGISTER)
    page = visit.page
    _register(page, str(next(_numbers)))
    page.get_by_role("button", name="提交报名").click()

    page.get_by_role("link", name="取消报名").click()
    _clean(visit)
    page.get_by_role("button", name="确定取消").dblclick()

    expect(page.get_by_role("heading", name="报名已取消")).to_be_visible()
    _clean(visit)


def test_somebody_comments_anonymously_and_withdraws(open_page: Open) -> None:
    visit = open_page(COMMENT)
    page = visit.page
    page.locator("summary").click()
    _clean(visit)

    page.get_by_label("章节").select_option("PS/V4/10")
    page.get_by_label("意见", exact=True).fill("建议明确过渡期。\n\n第二段。")
    page.get_by_label("立场").select_option("support_with_changes")
    page.get_by_label("匿名提交").check()
    page.get_by_role("button", name="提交意见").dblclick()

    expect(page.get_by_role("heading", name="意见已收到")).to_be_visible()
    receipt, secret = page.locator(".code-text").all_inner_texts()
    assert re.fullmatch(r"ASI-CN-2026-\d{5}", receipt)
    assert re.fullmatch(r"(\w{4}-){4}\w{4}", secret)
    _clean(visit)
    page.reload()
    page.get_by_role("link", name="撤回意见").click()
    page.get_by_role("button", name="确定撤回").click()
    expect(page.get_by_role("heading", name="意见已撤回")).to_be_visible()


@pytest.mark.parametrize("path", [REGISTER, COMMENT, "/feedback/open"])
def test_forms_serve_those_who_see_little(open_page: Open, path: str) -> None:
    visit = open_page(path + "?mode=care&lang=en", scheme="dark")
    for closed in visit.page.locator("summary").all():
        closed.click()

    _clean(visit, least=60)

    visit.page.evaluate(ENLARGE)
    assert visit.page.evaluate(CUT) == []
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= IPHONE.width

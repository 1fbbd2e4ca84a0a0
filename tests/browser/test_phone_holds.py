"""What the phone stands: faults, resets, markup in people's texts, and every reader."""

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.browser.phones import DESKTOP, PHONE, OpenPhone, Phone, Platform
from tests.browser.reading import Scheme

AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}
SETTLED = """Promise.all(
    document.getAnimations()
        .filter(one => one.effect.getTiming().iterations === 1)
        .map(one => one.finished)
)"""
"""Colours are measured when nothing fades any more."""

MARK = "window.top.xss=(window.top.xss||0)+1"
MOST_AFTER_A_MESSAGE = 5
PAYLOADS = [
    f"<script>{MARK}</script>",
    f"<img src=x onerror='{MARK}'>",
    f'<svg onload="{MARK}">',
    f'<svg><script href="data:text/javascript,{MARK}"></script></svg>',
    f"<body onload={MARK}>",
    f'"><script>{MARK}</script>',
    f"'><img src=x onerror={MARK}>",
    f"</p></li><script>{MARK}</script>",
    f'<a href="javascript:{MARK}">点我</a>',
    f"<a href='JaVaScRiPt:{MARK}'>点我</a>",
    f'<a href="java\tscript:{MARK}">点我</a>',
    f'<a href=" javascript:{MARK}">点我</a>',
    f'<a href="data:text/html,<script>{MARK}</script>">点我</a>',
    f'<a href="vbscript:{MARK}">点我</a>',
    f'<a href="https://elsewhere.example/" onclick="{MARK}">点我</a>',
    f'<a href="https://elsewhere.example/"><img src=x onerror="{MARK}"></a>',
    f'<a data-miniprogram-appid="x" data-miniprogram-path="javascript:{MARK}">点我</a>',
    f'<iframe srcdoc="<script>{MARK}</script>"></iframe>',
    f'<iframe src="javascript:{MARK}"></iframe>',
    f'<math><mtext></mtext><mglyph><style><img src=x onerror="{MARK}"></style></mglyph></math>',
    f'<details open ontoggle="{MARK}">x</details>',
    f'<input autofocus onfocus="{MARK}">',
    f'<object data="javascript:{MARK}"></object>',
    f'<form action="javascript:{MARK}"><button>x</button></form>',
    f"javascript:{MARK}",
    f"&lt;script&gt;{MARK}&lt;/script&gt;",
    f"https://x.example/'onmouseover='{MARK}",
    f"{{{{constructor.constructor('{MARK}')()}}}}",
]


def test_a_broken_service_is_told_to_the_visitor_and_to_the_developer(phone: Phone) -> None:
    phone.follow()
    expect(phone.received).to_have_count(1)
    phone.echo.broken = True

    phone.write("有人吗")

    expect(phone.page.get_by_text("该公众号提供的服务出现故障，请稍后再试")).to_be_visible()
    phone.button("更多功能").click()
    phone.button("开发者面板").click()
    last = phone.page.locator(".pushes > li").first
    expect(last).to_contain_text("失败")
    expect(last.locator(".outcome")).to_have_count(3)
    expect(last.locator(".outcome").first).to_contain_text("503")


def test_faults_are_scripted_by_a_tap(open_phone: OpenPhone) -> None:
    phone = open_phone(size=DESKTOP)
    phone.follow()
    expect(phone.received).to_have_count(1)

    phone.button("重复推送").click()
    expect(phone.page.locator(".script")).to_contain_text("重复推送")
    phone.write("一次")

    expect(phone.page.locator(".pushes > li").first.locator(".outcome")).to_have_count(3)
    expect(phone.page.locator(".script li")).to_have_count(0)
    assert phone.echo.pushed.count("一次") == 3


def test_the_phone_comes_to_terms_with_a_reset(phone: Phone) -> None:
    phone.follow()
    phone.write("忘了我")
    expect(phone.sent).to_have_count(1)

    phone.simulator.reset()

    expect(phone.button("关注公众号")).to_be_visible()
    phone.follow()
    expect(phone.page.get_by_text("忘了我")).to_have_count(0)
    phone.complaints = [told for told in phone.complaints if "404" not in told]


def test_a_time_is_beijings_wherever_the_phone_is(open_phone: OpenPhone, wechat: Platform) -> None:
    wechat.simulator.post("/simulator/clock", at="2026-03-02T09:15:00+08:00")
    phone = open_phone(zone="America/New_York")

    phone.follow()

    expect(phone.page.locator(".log .time").first).to_have_text("09:15")


def test_nothing_that_people_write_is_run(phone: Phone) -> None:
    phone.echo.says["*"] = "{text}"
    phone.follow()
    for payload in PAYLOADS:
        phone.write(payload)
        expect(phone.sent.last).to_contain_text(payload.replace("\t", "").strip()[:8])
    expect(phone.received).to_have_count(len(PAYLOADS) + 1)
    openid = phone.openid()
    for number, payload in enumerate(PAYLOADS):
        if number % MOST_AFTER_A_MESSAGE == 0:
            phone.simulator.send(openid, "再来")
        article = dict.fromkeys(("title", "description", "url", "picurl"), payload)
        phone.tell(openid, msgtype="news", news={"articles": [article]})
    expect(phone.page.locator(".card")).to_have_count(len(PAYLOADS))

    for link in phone.page.locator(".log a").all():
        assert re.match(r"https?://", link.get_attribute("href") or "")
        assert link.get_attribute("onclick") is None
    assert phone.page.locator(".log :is(script, iframe, svg[onload], form, object)").count() == 0
    assert phone.page.evaluate("window.xss") is None


def test_no_nickname_is_run(phone: Phone) -> None:
    for payload in PAYLOADS:
        phone.simulator.user(payload)
    phone.button("返回").click()
    phone.button("切换用户", exact=False).click()

    rows = phone.page.get_by_role("dialog").locator(".row")
    expect(rows).to_have_count(len(PAYLOADS) + 1)
    rows.nth(1).click()
    expect(phone.button("切换用户", exact=False)).to_contain_text(PAYLOADS[0])

    assert phone.page.evaluate("window.xss") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
def test_axe_finds_no_barrier(open_phone: OpenPhone, size: tuple[int, int], scheme: Scheme) -> None:
    phone = open_phone(size=size, scheme=scheme)
    phone.publish_menu()
    _is_clean(phone, "stranger")
    phone.echo.says["*"] = f"{phone.echo.url}/pages/one"
    phone.follow()
    expect(phone.button("切换到输入框")).to_be_visible()
    _is_clean(phone, "menu")
    phone.button("切换到输入框").click()
    phone.write("你好 https://asi.example/")
    expect(phone.received).to_have_count(2)
    _is_clean(phone, "chat")
    phone.button("更多功能").click()
    _is_clean(phone, "tools")
    phone.button("扫一扫").click()
    expect(phone.button("中文专场研讨会", exact=False)).to_be_visible()
    _is_clean(phone, "scanner")
    phone.button("关闭").click()
    phone.button("返回").click()
    _is_clean(phone, "home")
    phone.button("切换用户", exact=False).click()
    _is_clean(phone, "people")


def _is_clean(phone: Phone, where: str) -> None:
    phone.page.evaluate(SETTLED)
    found = Axe().run(phone.page, options=AXE)
    assert found.violations_count == 0, f"{where}: {found.generate_report()}"

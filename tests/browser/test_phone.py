"""The phone in the browser: what a visitor does with it, against a service of a few lines."""

import pytest
from playwright.sync_api import expect

from tests.browser.phones import SECONDS, Phone
from tests.browser.running import eventually
from tests.support.echo import FOREIGN

TEMPLATE = {"template_id": "T1", "title": "研讨会提醒", "content": "会议主题：{{thing1.DATA}}"}


def test_who_follows_is_welcomed_asks_and_reads(phone: Phone) -> None:
    link = f"{phone.echo.url}/r/draft"
    phone.echo.says["草案"] = f'草案在这里：<a href="{link}">绩效标准 V4 草案</a>'

    phone.follow()
    expect(phone.received).to_have_text("对方：欢迎关注")
    phone.input.fill("草案")
    phone.button("发送").click()
    expect(phone.sent).to_have_text("我：草案")
    expect(phone.received.last).to_contain_text("草案在这里：绩效标准 V4 草案")
    phone.page.get_by_role("link", name="绩效标准 V4 草案").click()

    expect(phone.title).to_have_text("页面 draft")
    expect(phone.inside("h1")).to_have_text("draft")
    expect(phone.inside("#agent")).to_contain_text("iPhone")
    expect(phone.inside("#agent")).to_contain_text("MicroMessenger/")


def test_the_browser_goes_on_and_back_and_closes(phone: Phone) -> None:
    phone.follow()
    phone.echo.says["*"] = f"{phone.echo.url}/pages/one。"
    phone.write("地址")
    phone.page.get_by_role("link", name="/pages/one").click()

    phone.inside("text=下一页").click()
    expect(phone.title).to_have_text("页面 next")
    phone.button("后退").click()
    expect(phone.title).to_have_text("页面 one")
    expect(phone.button("后退")).to_be_hidden()
    phone.button("关闭网页").click()

    expect(phone.title).to_be_hidden()
    expect(phone.page.get_by_role("link", name="/pages/one")).to_be_focused()


@pytest.mark.parametrize("link", ["外部网站", "转走"])
def test_a_foreign_page_is_asked_about_and_not_loaded(phone: Phone, link: str) -> None:
    phone.follow()
    phone.echo.says["*"] = f"{phone.echo.url}/pages/one"
    phone.write("地址")
    phone.page.get_by_role("link", name="/pages/one").click()

    phone.inside(f"text={link}").click()

    expect(phone.inside("h1")).to_have_text("非微信官方网页，请确认是否继续访问")
    expect(phone.inside(".address")).to_have_text(FOREIGN)
    expect(phone.title).to_have_text("网页提示")
    phone.button("后退").click()
    expect(phone.title).to_have_text("页面 one")


def test_the_browser_can_be_androids(phone: Phone) -> None:
    phone.follow()
    phone.echo.says["*"] = f"{phone.echo.url}/pages/one"
    phone.write("地址")
    phone.page.get_by_role("link", name="/pages/one").click()
    expect(phone.inside("#agent")).to_contain_text("iPhone")

    phone.button("更多").last.click()
    phone.button("改用 Android 微信打开").click()

    expect(phone.inside("#agent")).to_contain_text("Android")
    expect(phone.inside("#visits")).to_have_text("1")


def test_the_menu_answers_and_opens_pages(phone: Phone) -> None:
    phone.publish_menu()
    phone.echo.says |= {"contact": "请联系我们", "deadline": "4 月 20 日截止"}
    phone.follow()

    phone.button("联系我们").click()
    expect(phone.received.last).to_contain_text("请联系我们")
    phone.button("征询文件").click()
    expect(phone.button("文章")).to_be_focused()
    phone.button("截止时间").click()
    expect(phone.received.last).to_contain_text("4 月 20 日截止")
    expect(phone.button("截止时间")).to_be_hidden()
    phone.button("征询文件").click()
    phone.button("文章").click()

    expect(phone.title).to_have_text("页面 article")
    eventually(lambda: f"{phone.echo.url}/r/article" in phone.echo.pushed, SECONDS)


def test_the_menu_gives_way_to_the_keyboard_and_to_escape(phone: Phone) -> None:
    phone.publish_menu()
    phone.follow()
    phone.button("征询文件").click()
    phone.page.keyboard.press("Escape")
    expect(phone.button("征询文件")).to_be_focused()
    expect(phone.button("文章")).to_be_hidden()

    phone.button("切换到输入框").click()

    expect(phone.input).to_be_focused()
    phone.button("切换到菜单").click()
    expect(phone.button("联系我们")).to_be_visible()


def test_one_of_our_codes_opens_its_page(phone: Phone) -> None:
    phone.button("扫码关注").click()

    phone.button("中文专场研讨会", exact=False).click()

    expect(phone.title).to_have_text("页面 china")


def test_a_scene_makes_a_follower_and_is_answered(phone: Phone) -> None:
    phone.echo.says |= {"qrscene_draft": "您扫的是草案", "draft": "又扫了一次"}
    phone.button("扫码关注").click()
    phone.page.get_by_label("公众号场景码").check()
    phone.button("绩效标准 V4 草案", exact=False).click()
    expect(phone.received).to_have_text("对方：您扫的是草案")

    phone.button("更多功能").click()
    phone.button("扫一扫").click()
    phone.page.get_by_label("网址或场景值").fill("draft")
    phone.page.keyboard.press("Enter")

    expect(phone.received.last).to_contain_text("又扫了一次")


def test_a_pasted_foreign_address_is_asked_about(phone: Phone) -> None:
    phone.button("扫码关注").click()
    phone.page.get_by_label("网址或场景值").fill(FOREIGN)
    phone.button("扫描").click()

    expect(phone.inside(".address")).to_have_text(FOREIGN)


def test_two_people_have_two_chats_and_two_browsers(phone: Phone) -> None:
    phone.echo.says["*"] = f"{phone.echo.url}/pages/one"
    phone.follow()
    phone.write("我是第一位")
    phone.page.get_by_role("link", name="/pages/one").last.click()
    expect(phone.inside("#visits")).to_have_text("1")
    phone.button("关闭网页").click()
    phone.button("返回").click()
    phone.button("切换用户", exact=False).click()
    phone.page.get_by_label("新用户的昵称").fill("李老师")
    phone.button("添加用户").click()

    phone.button("ASI铝业管理倡议", exact=False).click()
    phone.follow()
    expect(phone.received).to_have_text("对方：欢迎关注")
    expect(phone.page.get_by_text("我是第一位")).to_have_count(0)
    phone.write("我是第二位")
    phone.page.get_by_role("link", name="/pages/one").last.click()
    expect(phone.inside("#visits")).to_have_text("1")


def test_messages_for_somebody_else_are_counted(phone: Phone) -> None:
    first = phone.openid()
    phone.follow()
    expect(phone.received).to_have_count(1)
    phone.button("返回").click()
    phone.button("切换用户", exact=False).click()
    phone.page.get_by_label("新用户的昵称").fill("李老师")
    phone.button("添加用户").click()
    expect(phone.button("李老师", exact=False)).to_be_visible()

    phone.tell(first, msgtype="text", text={"content": "您在吗"})

    expect(phone.button("切换用户", exact=False).locator(".badge")).to_have_text("未读 1")
    phone.button("切换用户", exact=False).click()
    phone.button("微信用户1", exact=False).click()
    expect(phone.page.get_by_role("heading", name="微信(1)")).to_be_visible()
    phone.button("ASI铝业管理倡议", exact=False).click()
    expect(phone.received.last).to_contain_text("您在吗")


def test_cards_menus_and_subscribe_messages_are_shown(phone: Phone) -> None:
    phone.follow()
    openid = phone.openid()
    phone.write("你好")
    expect(phone.sent).to_have_count(1)
    article = {
        "title": "征询开始了",
        "description": "六十天",
        "url": f"{phone.echo.url}/pages/card",
        "picurl": f"{phone.echo.url}/qr/card.svg",
    }
    choices = [{"id": "1", "content": "草案"}, {"id": "2", "content": "会议"}]
    phone.tell(openid, msgtype="news", news={"articles": [article]})
    phone.tell(openid, msgtype="msgmenu", msgmenu={"head_content": "想看什么？", "list": choices})

    phone.button("会议").click()
    expect(phone.sent.last).to_have_text("我：会议")
    phone.page.get_by_role("link", name="征询开始了").click()

    expect(phone.title).to_have_text("页面 card")


def test_a_subscribe_message_is_agreed_to_and_arrives(phone: Phone) -> None:
    phone.simulator.account(templates=[TEMPLATE])
    phone.page.reload()
    phone.follow()
    phone.button("更多功能").click()
    phone.button("订阅消息").click()
    phone.button("允许").click()
    eventually(lambda: len(phone.grants()) == 1, SECONDS)

    done = phone.simulator.call(
        "/cgi-bin/message/subscribe/bizsend",
        phone.simulator.token(),
        touser=phone.openid(),
        template_id="T1",
        page=f"{phone.echo.url}/pages/reminder",
        data={"thing1": {"value": "中文专场"}},
    )

    assert done["errcode"] == 0
    expect(phone.page.locator(".notification")).to_contain_text("会议主题中文专场")
    phone.button("查看详情").click()
    expect(phone.title).to_have_text("页面 reminder")


def test_the_mini_programs_chat_is_another_one(phone: Phone) -> None:
    phone.button("返回").click()
    phone.button("小程序客服", exact=False).click()
    phone.write("在小程序里问")

    expect(phone.sent).to_have_text("我：在小程序里问")
    eventually(lambda: "在小程序里问" in phone.echo.pushed, SECONDS)
    phone.button("返回").click()
    phone.button("ASI铝业管理倡议", exact=False).click()
    expect(phone.button("关注公众号")).to_be_visible()


def test_who_leaves_is_asked_to_follow_again(phone: Phone) -> None:
    phone.follow()
    phone.button("公众号资料").click()

    phone.button("取消关注").click()

    expect(phone.button("关注公众号")).to_be_visible()
    expect(phone.input).to_be_hidden()


def test_a_picture_is_shown_as_one(phone: Phone) -> None:
    phone.follow()
    phone.button("更多功能").click()
    phone.button("发送图片").click()

    expect(phone.page.get_by_role("img", name="图片")).to_be_visible()
    assert phone.page.locator(".photo").evaluate("image => image.naturalWidth") > 0

"""The phone, its browser and the service itself, each as people run it: the demo's walk."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass

import httpx2
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.conftest import PACK, SECRET_KEY
from tests.support import processes
from tests.support import simulator as simulators
from tests.support.ports import free_in_a_row
from tests.support.simulator import ENVIRONMENT, Simulator

PORTS = 3
"""The service's, the simulator's, and the one of the phone's browser."""

MILLISECONDS = 30_000
DRAFT = "ps-v4-draft"
MODULE = "ps-v4-mine-closure"
FOREIGN = "https://elsewhere.example/page"
REDIRECTED = "read-original"
"""A short link of the pack that leads to ASI's own site, which is not the service's."""


@dataclass(frozen=True)
class Place:
    """A service and the WeChat that it knows."""

    url: str
    simulator: Simulator

    def title(self, document: str) -> str:
        """Give what the service itself calls a document."""
        answer = httpx2.get(f"{self.url}/v1/documents/{document}", trust_env=False)
        return str(answer.raise_for_status().json()["title"])


@dataclass(frozen=True)
class Walk:
    """A phone in a tab, and whom else its page asked."""

    page: Page
    place: Place
    foreign: list[str]

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def answers(self) -> Locator:
        """What the account said: bubbles, and cards as wide as the screen."""
        return self.page.locator(".log :is(.theirs, .wide)")

    @property
    def web_page(self) -> Locator:
        return self.page.frame_locator(".viewer iframe").locator("body")

    @property
    def web_title(self) -> Locator:
        return self.page.locator(".viewer h1")

    def follow(self) -> None:
        self.button("关注公众号").click()
        expect(self.answers).to_have_count(1)

    def write(self, text: str) -> None:
        """Write a message, and wait for what the service says to it."""
        before = self.answers.count()
        self.page.get_by_label("消息", exact=True).fill(text)
        self.button("发送").click()
        expect(self.answers).to_have_count(before + 1)

    def scan(self, text: str) -> None:
        """Open the camera where it is offered, and hold a code in front of it."""
        self.button("扫码关注").or_(self.button("更多功能")).click()
        if not self.page.get_by_label("网址或场景值").is_visible():
            self.button("扫一扫").click()
        self.page.get_by_label("网址或场景值").fill(text)
        self.button("扫描").click()

    def shows(self, document: str) -> None:
        """See a document's page in the browser, and its title above it."""
        title = self.place.title(document)
        expect(self.web_page.get_by_role("heading", level=1)).to_have_text(title)
        expect(self.web_title).to_contain_text(title)

    def link(self, part: str) -> Locator:
        return self.answers.locator(f'a[href*="{part}"]')


@pytest.fixture(scope="module")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    folder, port = tmp_path_factory.mktemp("walk"), free_in_a_row(PORTS)
    url = f"http://127.0.0.1:{port}"
    with ExitStack() as stack:
        simulator = stack.enter_context(
            simulators.running(folder, port=port + 1, ASI_PUBLIC_URL=url)
        )
        told = {
            "ASI_SECRET_KEY": SECRET_KEY,
            "ASI_WECHAT_API_URL": simulator.url,
            "ASI_CONTENT": str(PACK),
            "ASI_OA_WEB_LOGIN": "true",
        }
        with pytest.MonkeyPatch.context() as environment:
            for name, value in (ENVIRONMENT | told).items():
                environment.setenv(name, value)
            stack.enter_context(processes.running("serve", data_dir=folder / "data", port=port))
        yield Place(url, simulator)


@pytest.fixture
def place(shared_place: Place) -> Place:
    """The same place, where nobody has a phone yet."""
    shared_place.simulator.reset()
    shared_place.simulator.account(push_spacing=0)
    return shared_place


@pytest.fixture
def walk(chromium: Browser, place: Place) -> Iterator[Walk]:
    context = chromium.new_context(viewport={"width": 375, "height": 812}, locale="zh-CN")
    expect.set_options(timeout=MILLISECONDS)
    page = context.new_page()
    page.set_default_timeout(MILLISECONDS)
    host, _, port = place.simulator.url.rpartition(":")
    ours = (f"{place.simulator.url}/", f"{host}:{int(port) + 1}/", "data:")
    foreign: list[str] = []
    page.on("request", lambda one: None if one.url.startswith(ours) else foreign.append(one.url))
    walk = Walk(page, place, foreign)
    page.goto(f"{place.simulator.url}/simulator/phone")
    expect(walk.button("关注公众号")).to_be_visible()
    yield walk
    assert foreign == []
    context.close()


def test_a_follower_asks_for_the_draft_and_lands_on_it(walk: Walk) -> None:
    walk.follow()

    walk.write("草案")
    walk.link(f"/r/{DRAFT}").click()

    walk.shows(DRAFT)
    expect(walk.page.locator(".viewer .host")).to_have_text(walk.place.url.removeprefix("http://"))


def test_a_browser_that_is_opened_again_has_no_page_to_go_back_to(walk: Walk) -> None:
    walk.follow()
    walk.write("草案")
    walk.link(f"/r/{DRAFT}").click()
    walk.shows(DRAFT)
    walk.button("关闭网页").click()

    walk.link(f"/r/{MODULE}").click()

    walk.shows(MODULE)
    expect(walk.button("后退")).to_be_hidden()


def test_a_scanned_scene_is_answered_with_its_own_link(walk: Walk) -> None:
    walk.scan(DRAFT)

    expect(walk.link(f"/r/{DRAFT}")).to_have_count(1)


def test_our_codes_are_offered_from_the_services_lists(walk: Walk) -> None:
    walk.button("扫码关注").click()
    codes = walk.page.locator(".code")

    codes.filter(has_text=DRAFT).click()

    walk.shows(DRAFT)


def test_two_people_have_two_chats(walk: Walk) -> None:
    walk.follow()
    walk.write("草案")
    walk.button("返回").click()
    walk.page.get_by_role("button", name="切换用户").click()
    walk.page.get_by_label("新用户的昵称").fill("李老师")
    walk.button("添加用户").click()
    walk.page.get_by_role("button", name="公众号").first.click()

    walk.follow()

    expect(walk.page.locator(".log .mine")).to_have_count(0)


@pytest.mark.parametrize("code", [FOREIGN, "{url}/r/" + REDIRECTED], ids=["pasted", "redirected"])
def test_what_leads_elsewhere_is_asked_about(walk: Walk, code: str) -> None:
    walk.scan(code.replace("{url}", walk.place.url))

    expect(walk.web_title).to_have_text("网页提示")
    expect(walk.web_page.locator(".address")).to_contain_text("https://")


def test_a_document_page_is_shown_under_its_own_policy(walk: Walk) -> None:
    complaints: list[str] = []
    walk.page.on("console", lambda one: complaints.append(one.text))

    walk.scan(f"{walk.place.url}/documents/{DRAFT}")

    walk.shows(DRAFT)
    assert [one for one in complaints if "Content Security Policy" in one] == []


def test_a_card_scanned_from_paper_opens_in_the_phone(walk: Walk) -> None:
    walk.scan(f"{walk.place.url}/r/asi-china")

    expect(walk.web_page.get_by_role("heading", level=1)).to_have_text("刘女士（Sprina Liu）")
    expect(walk.web_page.get_by_role("link", name="199 8700 3130")).to_be_visible()


def test_a_follower_registers_and_comments_as_whom_wechat_says(walk: Walk) -> None:
    walk.follow()
    walk.scan(f"{walk.place.url}/webinars/china/register")
    form = walk.web_page
    form.get_by_role("textbox", name="姓名").fill("王芳")
    form.get_by_role("textbox", name="所在机构").fill("某某铝业有限公司")
    form.get_by_role("textbox", name="手机号码或电子邮箱").fill("fang@example.cn")
    form.get_by_role("button", name="提交报名").click()
    expect(form.get_by_role("heading", name="报名成功")).to_be_visible()
    walk.button("关闭网页").click()

    walk.scan(f"{walk.place.url}/feedback/new")
    form.get_by_label("章节").select_option("PS/V4/10")
    form.get_by_label("意见", exact=True).fill("建议明确过渡期。")
    form.get_by_role("button", name="提交意见").click()
    expect(form.get_by_role("heading", name="意见已收到")).to_be_visible()

    calls = walk.place.simulator.calls("/sns/oauth2/access_token")
    assert [call["errcode"] for call in calls] == [0]

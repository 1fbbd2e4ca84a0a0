"""What pages say as time goes by: the round's states and the webinars' clocks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.reading import Open
from tests.browser.running import INSIDE_THE_ROUND, Service, eventually

NOTICE_SECONDS = 5.0
"""The service promises a quarter of a second; the rest is for a machine that is busy."""

STATES = [
    ("2026-02-16T23:50:00+08:00", "即将开始", "2026年2月17日（星期二）00:00（北京时间）"),
    ("2026-03-02T09:00:00+08:00", "征询进行中", "距截止还有 49 天"),
    ("2026-04-18T09:00:00+08:00", "即将截止", "距截止还有 2 天"),
    ("2026-04-20T23:00:00+08:00", "即将截止", "今天截止"),
    ("2026-04-21T00:00:00+08:00", "征询已结束", "2026年4月20日（星期一）23:59:59（北京时间）"),
]

TIMES = {
    "americas-europe": [
        "2026年3月3日（星期二）23:00（北京时间）",
        "2026年3月3日（星期二）10:00（纽约时间）",
        "2026年3月3日（星期二）15:00（伦敦时间）",
    ],
    "europe-asia": [
        "2026年3月5日（星期四）16:00（北京时间）",
        "2026年3月5日（星期四）08:00（伦敦时间）",
        "2026年3月5日（星期四）03:00（纽约时间）",
    ],
    "china": [
        "2026年3月9日（星期一）16:00（北京时间）",
        "2026年3月9日（星期一）04:00（纽约时间）",
        "2026年3月9日（星期一）08:00（伦敦时间）",
    ],
}


@pytest.fixture(scope="module", autouse=True)
def _time_goes_back(service: Service) -> Iterator[None]:
    yield
    service.set_clock(INSIDE_THE_ROUND)


@pytest.mark.parametrize(("instant", "state", "words"), STATES)
def test_the_article_says_where_the_round_stands(
    open_page: Open, service: Service, *, instant: str, state: str, words: str
) -> None:
    page = open_page("/").page

    service.set_clock(instant)

    _until(page, ".state__name", state)
    _until(page, ".state", words)


def test_the_demo_clock_command_moves_a_running_service(open_page: Open, service: Service) -> None:
    page = open_page("/").page

    service.command("demo", "clock", "2026-04-19T12:00", "--data-dir", str(service.folder))

    eventually(
        lambda: bool(page.reload()) and "还有 1 天" in page.inner_text(".state"), NOTICE_SECONDS
    )


def test_the_round_closes_by_itself(open_page: Open, service: Service) -> None:
    service.set_clock("2026-04-20T23:59:57+08:00")
    page = open_page("/feedback").page
    assert page.get_by_role("link", name="打开在线问卷").count() == 1

    _until(page, ".state__name", "征询已结束")

    assert page.get_by_role("link", name="打开在线问卷").count() == 0


@pytest.mark.parametrize("slug", TIMES)
def test_a_webinar_tells_its_time_on_three_clocks(open_page: Open, slug: str) -> None:
    times = open_page(f"/webinars/{slug}").page.locator(".times time")

    assert times.all_inner_texts() == TIMES[slug]


def test_a_webinar_that_is_over_points_to_the_recording(open_page: Open, service: Service) -> None:
    page = open_page("/webinars/china").page

    service.set_clock("2026-03-09T20:00:00+08:00")

    _until(page, ".state__name", "已结束")
    assert page.get_by_role("link", name="报名参加").count() == 0
    assert page.get_by_role("link", name="前往官网征询页面").count() == 1


def _until(page: Page, place: str, words: str) -> None:
    """Look again and again, as somebody would who waits for the round to open."""
    eventually(lambda: bool(page.reload()) and words in page.inner_text(place), NOTICE_SECONDS)

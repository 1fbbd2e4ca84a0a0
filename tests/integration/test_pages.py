"""Pages: what people read in each state of the round."""

import httpx2
import pytest

from tests.support.agents import ANDROID_WECHAT, CHROME, IOS_WECHAT
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

STATES = [
    ("2026-02-16T23:59:59+08:00", "forthcoming", "即将开始"),
    ("2026-02-17T00:00:00+08:00", "open", "征询进行中"),
    ("2026-04-17T23:59:58+08:00", "open", "还有 3 天"),
    ("2026-04-17T23:59:59+08:00", "closing_soon", "即将截止"),
    ("2026-04-20T23:59:58+08:00", "closing_soon", "今天截止"),
    ("2026-04-20T23:59:59+08:00", "closed", "征询已结束"),
]


@pytest.mark.parametrize(("instant", "state", "words"), STATES)
async def test_page_and_api_agree_on_the_state_to_the_second(
    reading_client: httpx2.AsyncClient,
    reading_clock: SetClock,
    instant: str,
    state: str,
    words: str,
) -> None:
    reading_clock.set(instant)

    page = await reading_client.get("/")
    answer = await reading_client.get("/v1/consultations/2026-first")

    assert words in page.text
    assert answer.json()["state"] == state


async def test_the_article_shows_documents_webinars_and_contacts(
    reading_client: httpx2.AsyncClient,
) -> None:
    page = (await reading_client.get("/")).text

    for words in (
        "赤泥与尾矿管理",
        "2026年3月9日（星期一）16:00（北京时间）",
        "刘女士",
        "/yuedu-yuanwen",
    ):
        assert words in page


async def test_the_article_is_english_when_asked(reading_client: httpx2.AsyncClient) -> None:
    page = (await reading_client.get("/", params={"lang": "en"})).text

    assert '<html lang="en">' in page
    assert "Monday 9 March 2026, 16:00 (Beijing time)" in page
    assert 'href="/feedback?lang=en"' in page


async def test_an_absurd_query_is_left_aside(reading_client: httpx2.AsyncClient) -> None:
    page = await reading_client.get(
        "/", params={"lang": "klingon", "mode": "x" * 2000, "a[]": "'\"<>"}
    )

    assert page.status_code == 200
    assert '<html lang="zh-CN">' in page.text


async def test_a_document_without_address_is_announced_and_not_linked(
    reading_client: httpx2.AsyncClient,
) -> None:
    page = (await reading_client.get("/documents/coc-v3-draft")).text

    assert "即将提供" in page
    assert "/files/" not in page


@pytest.mark.parametrize(
    ("slug", "times"),
    [
        ("americas-europe", ["3月3日（星期二）23:00（北京", "10:00（纽约", "15:00（伦敦"]),
        ("europe-asia", ["3月5日（星期四）16:00（北京", "03:00（纽约", "08:00（伦敦"]),
        ("china", ["3月9日（星期一）16:00（北京", "04:00（纽约", "08:00（伦敦"]),
    ],
)
async def test_a_webinar_is_at_the_right_time_on_every_clock(
    reading_client: httpx2.AsyncClient, slug: str, times: list[str]
) -> None:
    page = (await reading_client.get(f"/webinars/{slug}")).text

    assert all(time in page for time in times)


async def test_a_webinar_that_is_over_offers_no_registration(
    reading_client: httpx2.AsyncClient, reading_clock: SetClock
) -> None:
    reading_clock.set("2026-03-09T18:00:00+08:00")

    page = (await reading_client.get("/webinars/china")).text

    assert "已结束" in page
    assert "forms.office.com" not in page


async def test_a_wechat_id_is_no_phone_to_dial(reading_client: httpx2.AsyncClient) -> None:
    page = (await reading_client.get("/contacts/asi-china")).text

    assert 'href="tel:+8619987003130"' in page
    assert "13520875299" in page
    assert "tel:+8613520875299" not in page


async def test_wechat_readers_are_told_how_to_save_a_calendar_entry(
    reading_client: httpx2.AsyncClient,
) -> None:
    inside = await reading_client.get("/webinars/china", headers={"User-Agent": IOS_WECHAT})
    outside = await reading_client.get("/webinars/china", headers={"User-Agent": CHROME})

    assert "在浏览器打开" in inside.text
    assert "在浏览器打开" not in outside.text


async def test_facts_nobody_told_us_are_said_to_be_missing(
    reading_client: httpx2.AsyncClient,
) -> None:
    page = (await reading_client.get("/privacy")).text

    assert "待补充" in page
    assert "{" not in page


async def test_html_is_never_cached(reading_client: httpx2.AsyncClient) -> None:
    page = await reading_client.get("/", headers={"User-Agent": ANDROID_WECHAT})

    assert page.headers["cache-control"] == "no-store"
    assert page.headers["content-security-policy"].startswith("default-src 'none'")


async def test_a_calendar_file_has_a_stable_uid_and_the_right_zone(
    reading_client: httpx2.AsyncClient,
) -> None:
    answer = await reading_client.get("/webinars/china.ics")

    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert "UID:china@webinars.asi-consultation" in answer.text
    assert "DTSTART;TZID=Asia/Shanghai:20260309T160000" in answer.text


async def test_a_vcard_holds_phone_and_wechat_apart(reading_client: httpx2.AsyncClient) -> None:
    answer = await reading_client.get("/contacts/asi-china.vcf")

    assert "TEL;TYPE=CELL,VOICE:+8619987003130" in answer.text
    assert "X-WECHAT:13520875299" in answer.text


async def test_a_slash_too_many_leads_nowhere_else(reading_client: httpx2.AsyncClient) -> None:
    answer = await reading_client.get("/about/", headers={"Host": "evil.example"})

    assert answer.status_code == 404
    assert "location" not in answer.headers

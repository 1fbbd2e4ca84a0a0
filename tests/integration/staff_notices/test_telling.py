"""Telling those who work here: folded, in numbers, once, by the robot or else by mail."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update

from api.cli import doctor_notices
from models import Conversation, StaffNotice
from models.vocabulary import FeedbackSource, Language
from services.runtime import mail
from services.runtime.database import Database
from services.runtime.mail import Mailer
from services.runtime.settings import Settings
from services.staff_notices import Ways, figures, sending
from services.staff_notices.planning import LONGEST_CALL
from tests.integration.staff.talks import write
from tests.integration.staff_notices.house import KEY, House
from tests.support import simulator as simulated
from tests.support.clocks import SetClock
from tests.support.commands import Shell
from tests.support.mail_host import MailHost, mail_host
from tests.support.simulator import Json, Simulator

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
BEGINS = datetime.fromisoformat("2026-03-09T16:00+08:00")
NAME = "canary-王芳-13800138000"


@pytest.fixture(scope="module")
def _running() -> Iterator[Simulator]:
    with simulated.in_thread() as running:
        yield running


@pytest.fixture
def simulator(_running: Simulator) -> Simulator:
    _running.reset()
    return _running


@pytest.fixture
async def mails() -> AsyncIterator[MailHost]:
    async with mail_host() as host:
        yield host


@pytest.fixture
def house(database: Database, clock: SetClock, simulator: Simulator, mails: MailHost) -> House:
    server = mail.server(f"smtp://127.0.0.1:{mails.port}", plain=True)
    ways = Ways(
        robot_url=f"{simulator.url}/cgi-bin/webhook/send?key={KEY}",
        mailer=Mailer(server, sender="ASI <asi@example.org>"),
        addresses=("anna@example.org", "bert@example.org"),
        desk="https://asi.example.cn/staff",
    )
    return House(database, clock, ways)


async def test_news_are_folded_and_name_nobody(house: House, simulator: Simulator) -> None:
    begin = house.clock.now
    await house.tell_at(begin)
    assert await house.told() == []

    await write(house.database, NAME, "还在吗", at=begin + MINUTE, openid="o-one")
    house.clock.now = begin + MINUTE
    await house.comment(1)
    await house.comment(2, FeedbackSource.ON_BEHALF)
    await house.tell_at(begin + 2 * MINUTE)
    for minute in range(3, 12):
        await house.comment(minute)
        await house.tell_at(begin + minute * MINUTE)
    house.clock.now = begin + 12 * MINUTE
    planned = await asyncio.gather(*(house.sweep() for _ in range(4)))
    await asyncio.gather(*(house.run() for _ in range(3)))

    assert sum(planned) == 1
    assert await house.told() == [("news", "robot", "sent", None)] * 2
    first, second = _posted(simulator)
    assert first == (
        "征询服务有新情况：2 条新消息，1 条新意见。\n"
        "等待回复的会话共 1 个。\n"
        "最早的会话窗口将于2026年3月4日（星期三）09:01（北京时间）关闭，之后微信不再允许回复。\n"
        "工作台：https://asi.example.cn/staff"
    )
    assert second.startswith("征询服务有新情况：9 条新意见。")
    assert NAME not in str(simulator.http.get("/simulator/robot").json())


async def test_windows_are_warned_of_before_they_shut_also_those_of_the_night(
    house: House, simulator: Simulator
) -> None:
    await house.hours()
    begin = house.clock.now
    for openid, at in (("o-noon", begin), ("o-night", begin + 11 * HOUR)):
        await write(house.database, "问", at=at - 46 * HOUR - MINUTE, openid=openid)

    await house.tell_at(begin)
    await house.tell_at(begin + HOUR)
    # Five in the afternoon: the window of eight in the evening shuts before anybody is back.
    await house.tell_at(begin + 8 * HOUR)
    await write(house.database, "夜里", at=begin + 10 * HOUR, openid="o-late")
    await house.tell_at(begin + 11 * HOUR)
    quiet = len(_news(simulator))
    await house.tell_at(begin + 24 * HOUR)

    texts = _news(simulator)
    assert [quiet, len(texts)] == [2, 3]
    assert "2 条新消息" not in texts[0]
    assert [text.count("1 个会话的回复窗口即将关闭") for text in texts] == [1, 1, 0]
    assert "1 条新消息" in texts[2]


async def test_webinars_are_reminded_of_as_registrants_are(
    house: House, simulator: Simulator
) -> None:
    await house.hours()
    for instant in (BEGINS - 24 * HOUR, BEGINS - 23 * HOUR, BEGINS - 30 * MINUTE, BEGINS):
        await house.tell_at(instant)

    texts = [text for text in _posted(simulator) if "中文专场" in text]
    assert [text.partition("：")[0] for text in texts] == ["会议提醒", "会议即将开始"]
    assert "报名成功 0，候补 0，待审核 0。" in texts[0]
    assert "https://asi.example.cn/staff/webinars/china" in texts[0]


async def test_a_robot_that_is_busy_is_tried_again_and_one_that_refuses_gives_way_to_mail(
    house: House, simulator: Simulator, mails: MailHost
) -> None:
    simulator.fault(path="/cgi-bin/webhook/send", errcode=45009)
    await house.comment(1)
    await house.tell_at(house.clock.now + MINUTE)
    busy = await house.told()
    await house.tell_at(house.clock.now + 3 * MINUTE)
    told = await house.told()
    wrong = replace(house.ways, robot_url=f"{simulator.url}/cgi-bin/webhook/send?key=wrong")
    house.ways = wrong
    await house.comment(2)
    await house.tell_at(house.clock.now + 20 * MINUTE)
    await house.run()

    assert busy == [("news", "robot", "planned", "errcode_45009")]
    assert told == [("news", "robot", "sent", None)]
    assert (await house.told())[1:] == [
        ("news", "mail-1", "sent", None),
        ("news", "mail-2", "sent", None),
        ("news", "robot", "failed", "errcode_93000"),
    ]
    assert [one["To"] for one in mails.mails] == ["anna@example.org", "bert@example.org"]
    assert mails.mails[0]["Subject"] == "征询服务：1 条新意见"
    async with house.database.snapshot() as db:
        assert await figures.undelivered(db, now=house.clock.now) == 1


async def test_a_call_that_was_cut_off_is_not_made_again_but_mailed(
    house: House, simulator: Simulator, mails: MailHost
) -> None:
    await house.comment(1)
    house.clock.now += MINUTE
    await house.sweep()
    async with house.database.snapshot() as db:
        (notice_id,) = [row.id for row in await db.scalars(select(StaffNotice))]
    async with house.database.transaction() as db:
        parcel = await sending.begin(db, notice_id=notice_id, ways=house.ways, now=house.clock.now)
    assert parcel is not None  # and here the process is killed

    await house.run()
    await house.tell_at(house.clock.now + LONGEST_CALL)
    await house.run()

    assert _posted(simulator) == []
    assert [(way, state) for _, way, state, _ in await house.told()] == [
        ("robot", "unknown"),
        ("mail-1", "sent"),
        ("mail-2", "sent"),
    ]
    assert len(mails.mails) == 2


async def test_nothing_is_planned_where_nobody_can_be_told(house: House) -> None:
    house.ways = replace(house.ways, robot_url=None, addresses=())
    await house.comment(1)

    await house.tell_at(house.clock.now + MINUTE)

    assert await house.told() == []


@pytest.mark.any_database
async def test_nobody_who_was_answered_is_news(house: House) -> None:
    await write(house.database, "问", at=house.clock.now)
    async with house.database.transaction() as db:
        await db.execute(update(Conversation).values(waiting_since=None))

    await house.tell_at(house.clock.now + MINUTE)

    assert await house.told() == []


@pytest.mark.any_database
async def test_the_doctor_tells_how_the_last_one_went(
    house: House, settings: Settings, simulator: Simulator
) -> None:
    secret = type(settings.smtp_url)
    good, wrong = (f"{simulator.url}/cgi-bin/webhook/send?key={key}" for key in (KEY, "wrong"))
    chosen = settings.model_copy(update={"wecom_robot_url": secret(good)})

    async def finding() -> tuple[bool, str]:
        found = doctor_notices.findings(chosen, house.database, Language.ZH)
        (one,) = [one async for one in found if one.subject == doctor_notices.STAFF]
        return one.ok, one.detail

    before = await finding()
    house.ways = replace(house.ways, robot_url=wrong, addresses=())
    await house.comment(1)
    await house.tell_at(house.clock.now + MINUTE)
    after = await finding()

    assert before == (True, "robot，尚未发送过")
    assert (after[0], "errcode_93000" in after[1], "wrong" in after[1]) == (False, True, False)


@pytest.mark.any_database
def test_a_test_goes_every_way_that_is_set(
    database_url: str,
    simulator: Simulator,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    asi = Shell(capsys)
    nothing = asi("notices", "staff-test")
    monkeypatch.setenv("ASI_WECOM_ROBOT_URL", f"{simulator.url}/cgi-bin/webhook/send?key={KEY}")
    done = asi("notices", "staff-test")
    monkeypatch.setenv("ASI_WECOM_ROBOT_URL", f"{simulator.url}/cgi-bin/webhook/send?key=wrong")
    refused = asi("notices", "staff-test")
    monkeypatch.setenv("ASI_WECOM_ROBOT_URL", "http://qyapi.weixin.qq.com/send?key=1")
    unfit = asi("notices", "staff-test")

    assert (nothing.code, done.code, refused.code, unfit.code) == (1, 0, 1, 1)
    assert ("✓ robot" in done.out, "✗ robot errcode_93000" in refused.out) == (True, True)
    assert "ASI_WECOM_ROBOT_URL" in unfit.err
    assert ["这是一条测试消息" in text for text in _posted(simulator)] == [True]


def _posted(simulator: Simulator) -> list[str]:
    """Give what the robot said, oldest first."""
    items: list[Json] = simulator.http.get("/simulator/robot").json()["items"]
    return [item["text"]["content"] for item in items]


def _news(simulator: Simulator) -> list[str]:
    """Give those of them that are no reminders of webinars."""
    return [text for text in _posted(simulator) if "新情况" in text]

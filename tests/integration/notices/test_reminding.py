"""Reminders: when they are due, once each, by the channel that is open."""

import asyncio
from datetime import timedelta
from uuid import uuid4

from sqlalchemy import event

from models import Notice
from models.vocabulary import NoticeKind, NoticeState
from services import jobs, registrations
from services.notices import planning, sending, work
from services.notices.dues import Due
from services.notices.planning import LONGEST_CALL
from services.notices.sending import Outcome, Parcel
from tests.integration.notices.house import (
    DAY_BEFORE,
    HALF_AN_HOUR_BEFORE,
    MINUTE,
    START,
    House,
)
from tests.support.mail_host import MailHost
from tests.support.simulator import Json, Simulator, User

DAY, SOON = NoticeKind.REMINDER_DAY, NoticeKind.REMINDER_SOON
NEWS = (NoticeKind.SEAT_CONFIRMED, NoticeKind.SEAT_PROMOTED)


async def test_each_reminder_is_sent_once_at_its_time_for_one_permit(
    house: House, simulator: Simulator, user: User
) -> None:
    visitor = await house.visitor(user.openid_mp)
    await house.register(visitor)
    for template_id in ("DAY", "SOON"):
        simulator.act(user.openid_mp, "subscribe", template_ids={template_id: "accept"})
        await house.permit(visitor, template_id)

    await house.tell_at(DAY_BEFORE - timedelta(seconds=1))
    assert await house.told(DAY, SOON) == []
    for instant in (DAY_BEFORE, DAY_BEFORE + MINUTE, HALF_AN_HOUR_BEFORE, START, START + MINUTE):
        await house.tell_at(instant)
        await house.tell_at(instant)

    assert await house.told(DAY, SOON) == [
        ("reminder_day", "sent", "subscription", None),
        ("reminder_soon", "sent", "subscription", None),
    ]
    received = _received(simulator, user)
    assert [one["template_id"] for one in received] == ["DAY", "SOON"]
    assert received[0]["page"] == "pages/webinar/index?slug=china"
    assert [line["value"] for line in received[0]["lines"]] == [
        "公开征询研讨会：中文专场",
        "2026年3月9日 16:00",
        "请提前安排时间，入场码见“我的报名”",
    ]
    assert await house.permits(visitor.id) == {}


async def test_sweeps_and_workers_at_once_send_once(
    house: House, simulator: Simulator, user: User
) -> None:
    visitor = await house.visitor(user.openid_mp)
    await house.register(visitor)
    for _ in range(3):
        simulator.act(user.openid_mp, "subscribe", template_ids={"DAY": "accept"})
        house.clock.now += timedelta(hours=1)
        await house.permit(visitor, "DAY")
    house.clock.now = DAY_BEFORE

    planned = await asyncio.gather(*(house.sweep() for _ in range(5)))
    await asyncio.gather(*(house.run() for _ in range(3)))

    assert sum(planned) == 1
    assert await house.told(DAY) == [("reminder_day", "sent", "subscription", None)]
    assert len(_received(simulator, user)) == 1
    assert await house.permits(visitor.id) == {"DAY": 2}


async def test_both_tellers_of_one_tap_at_once_make_one_permit(house: House) -> None:
    visitor = await house.visitor("o1")

    await asyncio.gather(*(house.permit(visitor, "DAY", by_wechat=told) for told in (True, False)))

    assert await house.permits(visitor.id) == {"DAY": 1}


async def test_the_sweep_leaves_alone_what_has_a_job_that_waits(house: House) -> None:
    """However many they are: on SQLite nobody else writes meanwhile."""
    visitor = await house.visitor("o1")
    told = [Due(NoticeKind.COMMENT_ANSWERED, visitor.id, uuid4()) for _ in range(40)]
    async with house.database.transaction() as db:
        await planning.plan(db, told[:2], now=house.clock.now)
    house.clock.now += LONGEST_CALL
    few = await _statements_of_a_sweep(house)
    async with house.database.transaction() as db:
        await planning.plan(db, told[2:], now=house.clock.now)
    house.clock.now += LONGEST_CALL

    assert await _statements_of_a_sweep(house) <= few


async def test_the_sweep_queues_what_has_lost_its_job(house: House) -> None:
    visitor = await house.visitor("o1")
    told = Due(NoticeKind.COMMENT_ANSWERED, visitor.id, uuid4())
    async with house.database.transaction() as db:
        await planning.plan(db, [told], now=house.clock.now)
        [job] = await jobs.listed(db)
        await jobs.cancel(db, job_id=job.id)
    house.clock.now += LONGEST_CALL

    await _statements_of_a_sweep(house)

    async with house.database.snapshot() as db:
        assert [one.key for one in await jobs.listed(db)] == [job.key]


async def test_a_call_that_was_cut_off_is_never_made_again(
    house: House, simulator: Simulator, user: User
) -> None:
    visitor = await house.visitor(user.openid_mp)
    await house.register(visitor, email="wang@example.org")
    await house.permit(visitor, "DAY")
    house.clock.now = DAY_BEFORE
    await house.sweep()
    (notice,) = await house.notices(DAY)

    await _begun(house, notice)  # and here the process is killed
    await house.run()
    assert await house.told(DAY) == [("reminder_day", "sending", "subscription", None)]
    await house.tell_at(DAY_BEFORE + LONGEST_CALL)
    await house.tell_at(DAY_BEFORE + LONGEST_CALL * 2)

    assert await house.told(DAY) == [("reminder_day", "unknown", "subscription", "cut_off")]
    assert simulator.calls("/cgi-bin/message/subscribe/send") == []


async def _begun(house: House, notice: Notice) -> Parcel:
    async with house.database.transaction() as db:
        parcel = await sending.begin(
            db, notice_id=notice.id, means=house.means, now=house.clock.now
        )
    assert parcel is not None
    return parcel


async def _finished(house: House, parcel: Parcel, outcome: Outcome) -> None:
    async with house.database.transaction() as db:
        await sending.finish(db, parcel=parcel, outcome=outcome, now=house.clock.now)


async def test_what_came_of_a_call_is_not_written_over_a_later_one(house: House) -> None:
    """The commit of it only seemed to fail, and the notice is on its way again meanwhile."""
    await house.register(await house.visitor("o1"), email="wang@example.org")
    house.clock.now = DAY_BEFORE
    await house.sweep()
    (notice,) = await house.notices(DAY)
    later = Outcome(NoticeState.PLANNED, "greylisted")

    first = await _begun(house, notice)
    await _finished(house, first, later)
    house.clock.now += MINUTE
    await _begun(house, notice)
    await _finished(house, first, later)

    assert await house.told(DAY) == [("reminder_day", "sending", "email", "greylisted")]


async def test_a_reminder_follows_a_beginning_that_was_moved(house: House, mails: MailHost) -> None:
    await house.register(await house.visitor("o1"), email="wang@example.org")
    await house.tell_at(house.clock.now)  # the confirmation
    house.clock.now = DAY_BEFORE
    await house.sweep()
    await house.move(START + timedelta(days=2))

    await house.run()
    assert await house.told(DAY) == []
    await house.tell_at(DAY_BEFORE + timedelta(days=2) - MINUTE)
    assert await house.told(DAY) == []
    await house.tell_at(DAY_BEFORE + timedelta(days=2))

    assert await house.told(DAY) == [("reminder_day", "sent", "email", None)]
    assert "2026年3月11日（星期三）16:00（北京时间）" in mails.mails[-1].get_content()


async def test_nobody_is_reminded_who_cancelled_or_came_too_late(
    house: House, mails: MailHost
) -> None:
    early, planned = await house.visitor("o1"), await house.visitor("o2")
    first = await house.register(early, email="a@example.org")
    second = await house.register(planned, email="b@example.org")
    await house.tell_at(house.clock.now)
    await house.cancel(early, first)
    house.clock.now = DAY_BEFORE
    await house.register(await house.visitor("o3"), email="c@example.org")
    await house.sweep()
    await house.cancel(planned, second)

    await house.run()

    assert await house.told(DAY) == [("reminder_day", "none", None, "cancelled")]
    assert {mail["Subject"].split("：")[0] for mail in mails.mails} == {"报名成功"}


async def test_a_reminder_that_was_held_up_too_long_is_not_sent(house: House) -> None:
    await house.register(await house.visitor("o1"), email="wang@example.org")
    house.clock.now = DAY_BEFORE
    await house.sweep()

    await house.tell_at(START - timedelta(hours=2))

    assert await house.told(DAY) == [("reminder_day", "none", None, "too_late")]


async def test_who_moves_up_is_told_and_who_has_no_channel_is_on_record(
    house: House, simulator: Simulator, user: User
) -> None:
    async with house.database.transaction() as db:
        await registrations.set_seats(db, slug="china", seats=1, now=house.clock.now)
    first, second = await house.visitor("o1"), await house.visitor(user.openid_mp)
    seat = await house.register(first)
    await house.register(second)
    simulator.act(user.openid_mp, "subscribe", template_ids={"SEAT": "accept"})
    await house.permit(second, "SEAT")
    await house.tell_at(house.clock.now + MINUTE)
    await house.cancel(first, seat)
    await house.tell_at(house.clock.now + MINUTE)

    assert await house.told(*NEWS) == [
        ("seat_confirmed", "none", None, "no_channel"),
        ("seat_promoted", "sent", "subscription", None),
    ]
    assert _received(simulator, user)[-1]["lines"][2]["value"] == ("您已获得名额，请留意参会时间")


async def _statements_of_a_sweep(house: House) -> int:
    """Let the job sweep, and count what it asks of the database, savepoints included."""
    seen: list[object] = []

    def count(*_: object) -> None:
        seen.append(None)

    registry = jobs.Registry([jobs.Kind(name=work.SWEEP, run=work.sweep)])
    async with house.database.transaction() as db:
        await jobs.enqueue(db, work.SWEEP)
    heard = [
        (engine.sync_engine, name)
        for engine in {house.database.writer, house.database.reader}
        for name in ("before_cursor_execute", "savepoint")
    ]
    for engine, name in heard:
        event.listen(engine, name, count)
    await jobs.runner(house.database, registry, clock=house.clock).run_due()
    for engine, name in heard:
        event.remove(engine, name, count)
    return len(seen)


def _received(simulator: Simulator, user: User) -> list[Json]:
    """Give the subscribe messages on somebody's phone."""
    inbox = simulator.inbox(user.openid_mp)
    return [entry["content"] for entry in inbox if entry["kind"] == "subscribe"]

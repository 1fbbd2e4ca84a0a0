"""What people are told of our decisions, and once a webinar is over: each thing once."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from sqlalchemy import update

from models import Registration, Visitor, Webinar
from models.vocabulary import DeclineReason, NoticeKind
from services import registrations, webinars
from services.notices.following_up import PATIENCE
from services.registrations import approval, check_in
from services.registrations.approval import No
from services.registrations.check_in import Door
from services.runtime.blind_index import BlindIndex
from tests.conftest import SECRET_KEY
from tests.integration.notices.house import MINUTE, START, House
from tests.support.mail_host import MailHost
from tests.support.simulator import Simulator

DECISIONS = (
    NoticeKind.SEAT_APPROVED,
    NoticeKind.LINE_APPROVED,
    NoticeKind.REGISTRATION_DECLINED,
    NoticeKind.SEAT_PROMOTED,
    NoticeKind.SEAT_CONFIRMED,
)
FOLLOW_UPS = (
    NoticeKind.FOLLOW_UP,
    NoticeKind.FOLLOW_UP_ATTENDED,
    NoticeKind.FOLLOW_UP_MISSED,
)
DOOR = Door(by="anna", index=BlindIndex(SECRET_KEY))
REPLAY = "https://video.example.cn/replay"


async def test_each_decision_is_told_once_with_its_reason(house: House, mails: MailHost) -> None:
    async with house.database.transaction() as db:
        await db.execute(update(Webinar).filter_by(slug="china").values(needs_approval=True))
        await registrations.set_seats(db, slug="china", seats=1, now=house.clock.now)
    seated, line, no = [await _come(house, name) for name in ("seated", "line", "no")]
    await house.tell_at(house.clock.now + MINUTE)
    assert await house.told() == []

    for registration in (seated, line):
        await _approve(house, registration)
    async with house.database.transaction() as db:
        await approval.decline(
            db,
            webinar=await webinars.by_slug(db, slug="china"),
            registration_id=no.id,
            no=No(DeclineReason.FULL, "下次优先安排。"),
            now=house.clock.now,
        )
    for _ in range(2):
        await house.tell_at(house.clock.now + MINUTE)
    told = sorted(await house.told(*DECISIONS))
    async with house.database.snapshot() as db:
        owner = await db.get_one(Visitor, seated.visitor_id)
    await house.cancel(owner, seated)
    await house.tell_at(house.clock.now + MINUTE)

    assert told == [
        ("line_approved", "sent", "email", None),
        ("registration_declined", "sent", "email", None),
        ("seat_approved", "sent", "email", None),
    ]
    texts = {mail["To"]: _text(mail) for mail in mails.mails[:3]}
    assert "报名人数超出了可接待的人数。\n下次优先安排。" in texts["no@example.org"]
    assert "正在候补" in texts["line@example.org"]
    assert {mail["To"] for mail in mails.mails[:3] if list(mail.iter_attachments())} == {
        "seated@example.org"
    }
    promoted = await house.told(NoticeKind.SEAT_PROMOTED)
    assert promoted == [("seat_promoted", "sent", "email", None)]


async def test_who_came_and_who_did_not_get_their_own_word_once(
    house: House, mails: MailHost
) -> None:
    came, missed, gone = [await _come(house, name) for name in ("came", "missed", "gone")]
    phone = await house.register(await house.visitor("o-phone"))
    async with house.database.transaction() as db:
        await check_in.check_in(db, shown=came.code, door=DOOR, now=house.clock.now)
        await check_in.check_in(db, shown=phone.code, door=DOOR, now=house.clock.now)
        owner = await db.get_one(Visitor, gone.visitor_id)
    await house.cancel(owner, gone)
    await house.tell_at(START + timedelta(hours=3))
    assert await house.told(*FOLLOW_UPS) == []

    async with house.database.transaction() as db:
        await db.execute(update(Webinar).filter_by(slug="china").values(replay_url=REPLAY))
    for instant in (START + timedelta(hours=4), START + PATIENCE * 2):
        await house.tell_at(instant)
        await house.tell_at(instant)

    assert sorted(await house.told(*FOLLOW_UPS), key=str) == [
        ("follow_up_attended", "none", None, "no_channel"),
        ("follow_up_attended", "sent", "email", None),
        ("follow_up_missed", "sent", "email", None),
    ]
    texts = {mail["To"]: _text(mail) for mail in mails.mails if "example.org" in mail["To"]}
    assert "感谢您参加" in texts["came@example.org"]
    assert "没能在" in texts["missed@example.org"]
    assert all(f"录像：{REPLAY}" in texts[f"{name}@example.org"] for name in ("came", "missed"))
    assert missed.id != came.id


@pytest.mark.any_database
async def test_nobody_is_said_to_have_been_missed_where_nobody_was_counted(
    house: House, mails: MailHost, simulator: Simulator
) -> None:
    await _come(house, "a")
    ended = START + timedelta(hours=2)

    await house.tell_at(ended + PATIENCE - MINUTE)
    early = await house.told(*FOLLOW_UPS)
    await house.tell_at(ended + PATIENCE + MINUTE)

    assert early == []
    assert await house.told(*FOLLOW_UPS) == [("follow_up", "sent", "email", None)]
    assert "录像和材料如有提供" in _text(mails.mails[-1])
    assert simulator.calls("/cgi-bin/message/custom/send") == []


async def _come(house: House, name: str) -> Registration:
    return await house.register(await house.visitor(f"o-{name}"), email=f"{name}@example.org")


async def _approve(house: House, registration: Registration) -> None:
    async with house.database.transaction() as db:
        webinar = await webinars.by_slug(db, slug="china")
        await approval.approve(
            db, webinar=webinar, registration_id=registration.id, now=house.clock.now
        )


def _text(mail: EmailMessage) -> str:
    body = mail.get_body()
    assert body is not None
    return str(body.get_content()).replace("\r\n", "\n")

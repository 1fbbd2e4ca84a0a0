"""Channels: the one that is still open takes the notice, and no two do."""

import re
from collections.abc import Iterator
from datetime import timedelta
from email.message import MIMEPart
from pathlib import Path

import pytest
from anyio import to_thread
from sqlalchemy import select, text

from models import Consultation, Conversation, FeedbackItem, Visitor
from models.vocabulary import Account, FeedbackSource, NoticeKind, PersonalContactKind, WindowKind
from services import notices
from services.conversations import quota
from services.notices import personal
from services.notices.planning import LONGEST_CALL
from services.registrations import PersonalContact, Registrant, recovery
from services.runtime.clock import utc_now
from tests.integration.notices.house import DAY_BEFORE, MINUTE, House, Told
from tests.support.commands import Shell
from tests.support.mail_host import MailHost
from tests.support.simulator import Simulator, User
from tests.support.templates import Template

DAY, ANSWERED = NoticeKind.REMINDER_DAY, NoticeKind.COMMENT_ANSWERED
SUBSCRIBE = "/cgi-bin/message/subscribe/send"


@pytest.fixture
def database_url(sqlite_template: Template, tmp_path: Path) -> Iterator[str]:
    """One kind of database: which way is open does not depend on it."""
    with sqlite_template.copy(tmp_path) as url:
        yield url


async def test_the_confirmation_by_mail_has_code_and_calendar(
    house: House, mails: MailHost
) -> None:
    registration = await house.register(await house.visitor("o1"), email="wang@example.org")

    await house.tell_at(house.clock.now)
    await house.tell_at(house.clock.now + MINUTE)

    assert await house.told() == [("seat_confirmed", "sent", "email", None)]
    (mail,) = mails.mails
    assert mail["To"] == "wang@example.org"
    assert mail["Subject"].startswith(
        "报名成功：公开征询研讨会：中文专场 | Registration confirmed: "
    )
    assert mail["Message-ID"].endswith("@example.org>")
    text, calendar = mail.iter_parts()
    chinese, english = text.get_content().split("Dear 王芳,")
    assert f"入场码：{registration.code}" in chinese
    assert "https://asi.example.cn/r/china" in english
    assert calendar["Content-Type"].params["method"] == "REQUEST"
    assert "DTSTART;TZID=Asia/Shanghai:20260309T160000" in calendar.get_content()


async def test_whoever_cancels_gets_the_webinar_out_of_their_calendar(
    house: House, mails: MailHost
) -> None:
    visitor, other = await house.visitor("o1"), await house.visitor("o2")
    registration = await house.register(visitor, email="wang@example.org")
    by_phone = await house.register(other)
    await house.tell_at(house.clock.now)
    await house.cancel(visitor, registration)
    await house.cancel(other, by_phone)

    await house.tell_at(house.clock.now + MINUTE)
    await house.tell_at(house.clock.now + LONGEST_CALL)

    assert await house.told(NoticeKind.SEAT_CANCELLED) == [
        ("seat_cancelled", "sent", "email", None)
    ]
    invited, cancelled = (list(mail.iter_parts())[1] for mail in mails.mails)
    assert cancelled["Content-Type"].params["method"] == "CANCEL"
    for line in ("UID:", "SEQUENCE:"):
        assert (_line(invited, line) == _line(cancelled, line)) == (line == "UID:")


async def test_a_permit_that_is_gone_leaves_the_next_channel(
    house: House, simulator: Simulator, mails: MailHost, user: User
) -> None:
    visitor = await house.visitor(user.openid_mp)
    await house.register(visitor, email="wang@example.org")
    await house.permit(visitor, "DAY")  # which the person has taken back at WeChat

    await house.tell_at(DAY_BEFORE)
    await house.tell_at(DAY_BEFORE + LONGEST_CALL)

    assert await house.told(DAY) == [("reminder_day", "sent", "email", None)]
    assert [call["errcode"] for call in simulator.calls(SUBSCRIBE)] == [43101]
    assert await house.permits(visitor.id) == {}
    assert len(mails.mails) == 1


@pytest.mark.parametrize("follower", [False, True])
async def test_an_open_window_goes_before_the_mail(
    house: House, simulator: Simulator, mails: MailHost, user: User, *, follower: bool
) -> None:
    openid = user.openid_oa if follower else user.openid_mp
    simulator.follow(user.openid_oa)
    visitor = await house.visitor(openid, follower=follower)
    await house.register(visitor, email="wang@example.org")
    house.clock.now = DAY_BEFORE
    simulator.send(openid, "您好")
    await _write(house, visitor)

    await house.tell_at(DAY_BEFORE)
    between = await house.told(DAY)
    await house.tell_at(DAY_BEFORE + timedelta(seconds=15))

    assert between == [("reminder_day", "sending", "conversation", None)]
    assert await house.told(DAY) == [("reminder_day", "sent", "conversation", None)]
    assert mails.mails == []
    said = simulator.inbox(openid)[-1]["content"]["content"]
    assert said.startswith(
        "会议提醒：您报名的“公开征询研讨会：中文专场”将于2026年3月9日（星期一）16:00"
    )


async def test_the_last_message_of_a_window_is_left_to_a_person(house: House) -> None:
    visitor = await house.visitor("o1")
    await house.register(visitor, email="wang@example.org")
    house.clock.now = DAY_BEFORE
    await _write(house, visitor, left=quota.RESERVED)

    await house.tell_at(DAY_BEFORE)

    assert await house.told(DAY) == [("reminder_day", "sent", "email", None)]


@pytest.mark.parametrize(
    ("lost", "told"),
    [
        # Here the window is open, there it is not: refused with 45015.
        (False, ("reminder_day", "sent", "email", None)),
        (True, ("reminder_day", "unknown", "conversation", "cut_off")),
    ],
)
async def test_only_what_surely_did_not_arrive_goes_another_way(
    house: House, simulator: Simulator, user: User, *, lost: bool, told: Told
) -> None:
    visitor = await house.visitor(user.openid_mp)
    await house.register(visitor, email="wang@example.org")
    house.clock.now = DAY_BEFORE
    await _write(house, visitor)
    if lost:
        simulator.fault(path="/cgi-bin/message/custom/send", count=1, close=True)

    await house.tell_at(DAY_BEFORE)
    await house.tell_at(DAY_BEFORE + timedelta(seconds=15))

    assert await house.told(DAY) == [told]


async def test_a_busy_wechat_gets_it_later_and_the_permit_is_kept_meanwhile(
    house: House, simulator: Simulator, user: User
) -> None:
    visitor = await house.visitor(user.openid_mp)
    await house.register(visitor)
    simulator.act(user.openid_mp, "subscribe", template_ids={"DAY": "accept"})
    await house.permit(visitor, "DAY")
    simulator.fault(path=SUBSCRIBE, errcode=-1, count=1)

    await house.tell_at(DAY_BEFORE)
    between = await house.told(DAY), await house.permits(visitor.id)
    await house.tell_at(DAY_BEFORE + MINUTE)

    assert between == ([("reminder_day", "planned", None, "errcode_-1")], {"DAY": 1})
    assert await house.told(DAY) == [("reminder_day", "sent", "subscription", None)]


async def test_a_token_that_cannot_be_read_is_no_call(house: House, user: User) -> None:
    visitor = await house.visitor(user.openid_mp)
    await house.register(visitor)
    await house.permit(visitor, "DAY")
    async with house.database.transaction() as db:
        await db.execute(text("ALTER TABLE access_tokens RENAME TO gone"))

    await house.tell_at(DAY_BEFORE)

    assert await house.told(DAY) == [("reminder_day", "planned", None, "database_away")]
    assert await house.permits(visitor.id) == {"DAY": 1}


async def test_a_mail_that_is_refused_ends_as_failed(house: House, mails: MailHost) -> None:
    mails.answer = "550 No such user"
    await house.register(await house.visitor("o1"), email="nobody@example.org")

    await house.tell_at(house.clock.now)

    assert await house.told() == [("seat_confirmed", "failed", None, "smtp_550")]


async def test_a_sender_is_told_once_that_their_comment_was_answered(
    house: House, simulator: Simulator, user: User
) -> None:
    visitor = await house.visitor(user.openid_mp)
    simulator.send(user.openid_mp, "您好")
    await _write(house, visitor)
    item = await _comment(house, visitor)

    for _ in range(2):
        async with house.database.transaction() as db:
            await notices.comment_answered(db, item=item, now=house.clock.now)
    await house.run()
    nobody = await _comment(house, None)
    async with house.database.transaction() as db:
        told = await notices.comment_answered(db, item=nobody, now=house.clock.now)

    assert await house.told(ANSWERED) == [("comment_answered", "sending", "conversation", None)]
    said = [entry["content"].get("content", "") for entry in simulator.inbox(user.openid_mp)]
    assert len([text for text in said if "ASI-CN-2026-00001 已有答复" in text]) == 1
    assert not told


async def test_a_code_is_mailed_to_the_contact_it_proves(house: House, mails: MailHost) -> None:
    await house.register(await house.visitor("o1"), email="wang@example.org")
    contact = PersonalContact(PersonalContactKind.EMAIL, "wang@example.org")
    who = Registrant(visitor=await house.visitor("o2"), safe=house.means.safe, now=house.clock.now)
    async with house.database.transaction() as db:
        await recovery.ask(db, slug="china", contact=contact, who=who, machine_now=utc_now())

    await house.run()

    (mail,) = mails.mails
    assert mail["To"] == "wang@example.org"
    assert re.fullmatch(
        r"找回报名的验证码：(\d{6}) \| Code to recover your registration: \1", mail["Subject"]
    )


async def test_staff_see_how_many_could_not_be_reached(
    house: House, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    await house.register(await house.visitor("o1"))
    await house.register(await house.visitor("o2"), email="wang@example.org")
    await house.tell_at(house.clock.now)
    monkeypatch.setenv("ASI_DATABASE_URL", house.database.url)

    said = await to_thread.run_sync(Shell(capsys), "notices", "figures")

    assert [line.split() for line in said.out.splitlines()] == [
        ["1", "china", "seat_confirmed", "none", "-", "no_channel"],
        ["1", "china", "seat_confirmed", "sent", "email"],
    ]


async def test_a_visitor_gets_their_notices_and_may_have_them_erased(
    house: House, mails: MailHost
) -> None:
    visitor = await house.visitor("o1")
    registration = await house.register(visitor, email="wang@example.org")
    await house.permit(visitor, "DAY")
    await house.sweep()

    async with house.database.transaction() as db:
        known = await personal.export(db, visitor_id=visitor.id)
        await personal.erase(db, visitor_id=visitor.id, now=house.clock.now)
    await house.run()

    assert [(one["kind"], one["about"], one["state"]) for one in known["notices"]] == [
        ("seat_confirmed", str(registration.id), "planned")
    ]
    assert [one["template_id"] for one in known["subscriptions"]] == ["DAY"]
    assert (await house.told(), await house.permits(visitor.id), mails.mails) == ([], {}, [])


def _line(calendar: MIMEPart, name: str) -> str:
    """Give a line of a calendar file."""
    lines: list[str] = calendar.get_content().splitlines()
    return next(line for line in lines if line.startswith(name))


async def _write(house: House, visitor: Visitor, *, left: int | None = None) -> None:
    """Let a visitor write, which opens the window; what is left of it when some is used."""
    async with house.database.transaction() as db:
        account = Account.OFFICIAL_ACCOUNT if visitor.oa_openid else Account.MINI_PROGRAM
        openid = visitor.oa_openid or visitor.mp_openid
        conversation = Conversation(account=account, openid=openid)
        quota.open_window(conversation, WindowKind.MESSAGE, now=house.clock.now)
        if left is not None:
            conversation.window_left = left
        db.add(conversation)


async def _comment(house: House, visitor: Visitor | None) -> FeedbackItem:
    """Have a comment on record."""
    async with house.database.transaction() as db:
        item = FeedbackItem(
            consultation_id=(await db.scalars(select(Consultation.id))).one(),
            receipt="ASI-CN-2026-00001" if visitor else "ASI-CN-2026-00002",
            submitted_at=house.clock.now,
            source=FeedbackSource.MINI_PROGRAM,
            visitor_id=visitor.id if visitor else None,
        )
        db.add(item)
    return item

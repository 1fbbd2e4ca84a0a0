"""What pushes lead to: conversations, messages, windows, what has to go."""

import asyncio
from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from models import Conversation, Delivery, Erasure, Message, Push
from models.vocabulary import (
    Account,
    AnswerKind,
    Author,
    ConversationStatus,
    DeliveryState,
    ErasureReason,
    MessageKind,
    WindowKind,
)
from services.conversations import erasure, incoming
from services.runtime.database import Database
from tests.support import pushes
from tests.support.chats import Chat, chatting, instant
from tests.support.clocks import SetClock

OTHER = "o" + "x" * 27


async def _conversation(database: Database, openid: str = pushes.OPENID) -> Conversation:
    async with database.snapshot() as db:
        return (await db.scalars(select(Conversation).filter_by(openid=openid))).one()


async def _messages(database: Database) -> list[Message]:
    async with database.snapshot() as db:
        return list(await db.scalars(select(Message).order_by(Message.said_at, Message.push_id)))


async def _count(database: Database, table: type) -> int:
    async with database.snapshot() as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def _event(
    chat: Chat, name: str, fields: dict[str, str] | None = None, *, at: float = pushes.AT
) -> None:
    await chat.push(pushes.event_xml(name, fields, at=at))
    await chat.derive()


async def test_a_message_and_its_answer_are_in_the_conversation(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        answer = await chat.say("草案")
        await chat.derive()

    said = await _messages(database)
    assert [(message.author, message.text) for message in said] == [
        (Author.VISITOR, "草案"),
        (Author.AUTOMATIC, answer),
    ]
    conversation = await _conversation(database)
    assert (conversation.unread, conversation.window_left) == (1, 5)
    assert conversation.window_closes_at == clock.now + timedelta(hours=48)
    assert conversation.waiting_since is None


async def test_a_push_is_derived_once(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("草案")
        await asyncio.gather(*(chat.derivation.once() for _ in range(5)))
        await chat.derive()

    assert await _count(database, Message) == 2
    assert (await _conversation(database)).unread == 1


async def test_whoever_is_not_understood_waits_for_a_person(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("今天天气怎么样", message_id=1)
        clock.now += timedelta(minutes=5)
        await chat.say("有人在吗", message_id=2)
        await chat.derive()

    conversation = await _conversation(database)
    assert conversation.waiting_since == clock.now - timedelta(minutes=5)
    assert conversation.unread == 2


@pytest.mark.any_database
async def test_thanks_open_nothing_again(database: Database, clock: SetClock) -> None:
    done = update(Conversation).values(status=ConversationStatus.RESOLVED, waiting_since=None)
    async with chatting(database, clock) as chat:
        await chat.say("今天天气怎么样", message_id=1)
        await chat.derive()
        async with database.transaction() as db:
            await db.execute(done)
        await chat.say("謝謝！", message_id=2)
        await chat.derive()
        thanked = await _conversation(database)
        await chat.say("谢谢，还有一个问题", message_id=3)
        await chat.derive()

    asked = await _conversation(database)
    assert (thanked.status, thanked.waiting_since) == (ConversationStatus.RESOLVED, None)
    assert (asked.status, asked.waiting_since) == (ConversationStatus.OPEN, clock.now)
    assert asked.version > thanked.version


async def test_whoever_asks_for_a_person_waits_for_one(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        await _event(chat, "CLICK", {"EventKey": "contact"})
        asked_by_menu = (await _conversation(database)).waiting_since
        await chat.say("人工", openid=OTHER)
        await chat.derive()

    assert asked_by_menu == clock.now
    assert (await _conversation(database, OTHER)).waiting_since == clock.now


async def test_the_default_reply_is_not_repeated_at_once(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        answers = await asyncio.gather(
            *(chat.say("今天天气怎么样", message_id=number) for number in range(1, 6))
        )
        other = await chat.say("今天天气怎么样", openid=OTHER)

    assert sum(answer is not None for answer in answers) == 1
    assert other is not None


async def test_no_automatic_answer_while_a_person_is_answering(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("今天天气怎么样", message_id=1)
        await chat.derive()
        async with database.transaction() as db:
            soon = clock.now + timedelta(minutes=30)
            await db.execute(update(Conversation).values(person_until=soon))

        during = await chat.say("草案", message_id=2)
        clock.now += timedelta(minutes=31)
        after = await chat.say("草案", message_id=3)

    assert during is None
    assert after is not None


@pytest.mark.parametrize(
    ("event", "fields", "kind"),
    [
        ("subscribe", {}, WindowKind.FOLLOW),
        ("subscribe", {"EventKey": "qrscene_china", "Ticket": "t"}, WindowKind.SCAN),
        ("SCAN", {"EventKey": "china", "Ticket": "t"}, WindowKind.SCAN),
        ("CLICK", {"EventKey": "contact"}, WindowKind.MENU),
        ("scancode_push", {"EventKey": "scan"}, WindowKind.MENU),
        ("VIEW", {"EventKey": "https://asi.example.cn/"}, None),
        ("LOCATION", {"Latitude": "1"}, None),
    ],
)
async def test_what_an_event_lets_us_send(
    database: Database,
    clock: SetClock,
    *,
    event: str,
    fields: dict[str, str],
    kind: WindowKind | None,
) -> None:
    async with chatting(database, clock) as chat:
        await _event(chat, event, fields)

    if kind is None:
        assert await _count(database, Conversation) == 0
    else:
        conversation = await _conversation(database)
        assert (conversation.window_kind, conversation.window_left) == (kind, 3)


async def test_tapping_an_item_of_a_menu_message_counts_as_the_menu(
    database: Database, clock: SetClock
) -> None:
    fields = {"Content": "草案", "bizmsgmenuid": "101"}
    async with chatting(database, clock) as chat:
        await chat.push(pushes.message_xml("text", fields))
        await chat.derive()

    assert (await _conversation(database)).window_kind is WindowKind.MENU


@pytest.mark.parametrize(
    ("kind", "fields", "kept"),
    [
        ("image", {"PicUrl": "http://evil.example/", "MediaId": "m"}, MessageKind.IMAGE),
        ("voice", {"MediaId": "m", "Format": "amr"}, MessageKind.VOICE),
        ("video", {"MediaId": "m", "ThumbMediaId": "t"}, MessageKind.VIDEO),
        ("shortvideo", {"MediaId": "m", "ThumbMediaId": "t"}, MessageKind.VIDEO),
        ("location", {"Location_X": "23.1", "Location_Y": "113.3"}, MessageKind.LOCATION),
        ("link", {"Title": "t", "Url": "https://a.cn"}, MessageKind.LINK),
        ("hologram", {"Depth": "3"}, MessageKind.OTHER),
    ],
)
async def test_every_kind_of_message_is_kept(
    database: Database, clock: SetClock, *, kind: str, fields: dict[str, str], kept: MessageKind
) -> None:
    async with chatting(database, clock) as chat:
        await chat.push(pushes.message_xml(kind, fields))
        await chat.derive()

    message = next(item for item in await _messages(database) if item.author is Author.VISITOR)
    assert message.kind is kept
    assert message.media_id == fields.get("MediaId")


async def test_a_follow_that_comes_late_does_not_undo_the_unfollow(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await _event(chat, "unsubscribe", at=pushes.AT + 10)
        await _event(chat, "subscribe", at=pushes.AT)
        away = await _conversation(database)
        await _event(chat, "subscribe", at=pushes.AT + 20)
        back = await _conversation(database)

    assert away.following is False
    assert back.following is True


async def test_whoever_leaves_is_forgotten(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("我的秘密")
        await _event(chat, "unsubscribe", at=pushes.AT + 10)
        done = await _erase(database, clock)

    said = await _messages(database)
    assert {message.text for message in said} == {None}
    async with database.snapshot() as db:
        conversation = (await db.scalars(select(Conversation))).one()
        rows = list(await db.scalars(select(Push)))
    assert (conversation.openid, conversation.erased_at) == (None, clock.now)
    assert {(row.openid, row.body, row.reply) for row in rows} == {(None, None, None)}
    assert (done.reason, done.messages) == (ErasureReason.UNFOLLOWED, len(said))
    assert done.due_at <= done.asked_at + timedelta(hours=24)


async def test_erasing_twice_changes_nothing(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("草案")
        await _event(chat, "unsubscribe", at=pushes.AT + 10)
        first = await _erase(database, clock)
        clock.now += timedelta(hours=1)
        second = await _erase(database, clock)

    assert second.done_at == first.done_at


async def test_whoever_comes_back_keeps_what_came_after(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("以前", message_id=1)
        await _event(chat, "unsubscribe", at=pushes.AT + 10)
        clock.now += timedelta(minutes=1)
        await _event(chat, "subscribe", at=pushes.AT + 70)
        await chat.say("以后", message_id=2)
        await chat.derive()
        await _erase(database, clock)

    texts = {message.text for message in await _messages(database)}
    assert "以前" not in texts
    assert "以后" in texts
    assert (await _conversation(database)).following is True


@pytest.mark.parametrize(
    ("event", "reason"),
    [
        ("user_authorization_revoke", ErasureReason.AUTHORISATION_REVOKED),
        ("user_authorization_cancellation", ErasureReason.AUTHORISATION_CANCELLED),
    ],
)
async def test_withdrawing_an_authorisation_asks_for_erasure_of_whom_it_names(
    database: Database, clock: SetClock, *, event: str, reason: ErasureReason
) -> None:
    async with chatting(database, clock, account=Account.MINI_PROGRAM) as chat:
        await chat.push(pushes.event_xml(event, {"OpenID": OTHER, "RevokeInfo": "8"}))
        await chat.derive()

    conversation = await _conversation(database, OTHER)
    async with database.snapshot() as db:
        asked = (await db.scalars(select(Erasure))).one()
    assert (asked.reason, asked.conversation_id) == (reason, conversation.id)


async def test_an_erasure_that_no_job_covers_is_queued_again(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await _event(chat, "unsubscribe")
    async with database.snapshot() as db:
        early = await erasure.overdue(db, now=clock.now)
        late = await erasure.overdue(db, now=clock.now + timedelta(hours=23))

    assert (len(early), len(late)) == (0, 1)


async def test_there_is_no_erasing_what_nobody_asked_for(database: Database) -> None:
    with pytest.raises(erasure.ErasureNotFound) as refused:
        async with database.transaction() as db:
            await erasure.erase(db, erasure_id=uuid4(), now=instant("2026-03-02T09:00"))

    assert refused.value.code == "erasure_not_found"


async def test_a_late_reply_goes_out_as_a_message(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("草案")
        await chat.derive()
        async with database.transaction() as db:
            await db.execute(update(Push).values(late=True))
        too_early = await _send_late(database, clock)
        clock.now += incoming.LATE
        sent, again = await _send_late(database, clock), await _send_late(database, clock)

    assert (too_early, sent, again) == (0, 1, 0)
    async with database.snapshot() as db:
        delivery = (await db.scalars(select(Delivery))).one()
    assert delivery.state is DeliveryState.QUEUED
    assert (await _conversation(database)).window_left == 4
    said = await _messages(database)
    assert [message.author for message in said] == [Author.VISITOR, Author.AUTOMATIC]


async def test_a_late_reply_is_not_sent_once_wechat_has_taken_it(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("草案")
        await chat.derive()
        async with database.transaction() as db:
            await db.execute(update(Push).values(late=True))
        repeated = await chat.say("草案")
        clock.now += incoming.LATE
        sent = await _send_late(database, clock)

    assert repeated is not None
    assert sent == 0


async def test_a_late_reply_is_dropped_when_the_window_is_shut(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await _event(chat, "subscribe")
        async with database.transaction() as db:
            await db.execute(update(Push).values(late=True))
        clock.now += timedelta(minutes=2)
        sent = await _send_late(database, clock)

    assert sent == 0
    assert await _messages(database) == []


async def test_the_mini_program_is_answered_by_a_message(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock, account=Account.MINI_PROGRAM) as chat:
        await chat.say("草案")
        await chat.derive()

    async with database.snapshot() as db:
        row = (await db.scalars(select(Push))).one()
    assert row.answer is AnswerKind.RULE
    conversation = await _conversation(database)
    assert await _count(database, Delivery) == 1
    assert (conversation.window_left, conversation.waiting_since) == (4, None)


async def _erase(database: Database, clock: SetClock) -> Erasure:
    async with database.transaction() as db:
        asked = (await db.scalars(select(Erasure))).one()
        return await erasure.erase(db, erasure_id=asked.id, now=clock.now)


async def _send_late(database: Database, clock: SetClock) -> int:
    async with database.transaction() as db:
        return await incoming.send_late_replies(db, now=clock.now)

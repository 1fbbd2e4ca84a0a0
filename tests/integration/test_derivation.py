"""What is derived from a push that fails: it holds up nobody, and a person sees it."""

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError

from api.reply_links import InReplies
from api.urls import Urls
from models import Conversation, Message, Push
from models.vocabulary import Account, Author
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database
from tests.support import pushes
from tests.support.chats import BASE, SECRET_KEY, chatting
from tests.support.clocks import SetClock


async def _said(database: Database) -> list[tuple[Author, str | None]]:
    async with database.snapshot() as db:
        asked = select(Message).order_by(Message.said_at, Message.push_id)
        return [(message.author, message.text) for message in await db.scalars(asked)]


async def _conversation(database: Database) -> Conversation:
    async with database.snapshot() as db:
        return (await db.scalars(select(Conversation).filter_by(openid=pushes.OPENID))).one()


class _Broken(InReplies):
    """Addresses of which one cannot be given, as where a fault of ours is in the way."""

    def token(self, key: str, /) -> str:
        raise KeyError(key)


async def test_a_message_whose_answer_fails_waits_for_a_person_and_holds_up_nobody(
    database: Database, clock: SetClock
) -> None:
    broken = _Broken(Urls(BASE), BlindIndex(SECRET_KEY))
    bad = "反馈 赤泥堆场的过渡期应当延长到五年"
    async with chatting(database, clock, account=Account.MINI_PROGRAM, link=broken) as chat:
        for number, text in enumerate(("草案", bad, "报名"), start=1):
            await chat.say(text, message_id=number)
        await chat.derive()
    async with chatting(database, clock, link=broken) as chat:
        reply = await chat.say(bad, message_id=4)
        await chat.derive()

    said = await _said(database)
    told = [text for author, text in said if author is Author.VISITOR]
    assert sorted(map(str, told)) == sorted(["草案", bad, "报名", bad])
    assert len(said) - len(told) == 2
    assert reply is None
    async with database.snapshot() as db:
        assert await db.scalar(select(func.count(Push.id)).where(Push.derived_at.is_(None))) == 0


async def test_who_was_answered_and_yet_gets_no_draft_waits_for_a_person(
    database: Database, clock: SetClock
) -> None:
    broken = _Broken(Urls(BASE), BlindIndex(SECRET_KEY))
    async with chatting(database, clock) as chat:
        reply = await chat.say("反馈 赤泥堆场的过渡期应当延长到五年")
    async with chatting(database, clock, link=broken) as chat:
        await chat.derive()

    said = await _said(database)
    assert [author for author, _ in said] == [Author.VISITOR, Author.AUTOMATIC]
    assert said[1][1] == reply
    assert (await _conversation(database)).waiting_since == clock.now


async def test_what_is_no_pushs_fault_lets_all_of_them_wait(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("草案")
        async with database.transaction() as db:
            await db.execute(text("ALTER TABLE conversations RENAME TO elsewhere"))
        with pytest.raises(DBAPIError):
            await chat.derivation.once()
        async with database.transaction() as db:
            await db.execute(text("ALTER TABLE elsewhere RENAME TO conversations"))
        await chat.derive()

    assert (Author.VISITOR, "草案") in await _said(database)


async def test_a_push_of_which_nothing_can_follow_holds_up_nobody(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        # WeChat's have 28 signs. PostgreSQL takes no conversation with more than 64.
        await chat.say("草案", openid="o" * 100, message_id=1)
        await chat.say("报名", message_id=2)
        await chat.derive()

    assert (Author.VISITOR, "报名") in await _said(database)
    assert (await _conversation(database)).unread == 1


async def test_a_tap_that_allows_nothing_at_the_mini_program_is_taken_in(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock, account=Account.MINI_PROGRAM) as chat:
        await chat.push(pushes.event_xml("CLICK", {"EventKey": "drafts"}))
        await chat.say("草案")
        await chat.derive()

    assert (await _conversation(database)).window_left > 0

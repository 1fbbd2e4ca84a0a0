"""Questions that are sent by form wait for a person in the inbox, and are no comments."""

from uuid import UUID

import pytest
from sqlalchemy import select

from models import Conversation, Message, Visitor
from models.vocabulary import (
    Account,
    ConversationStatus,
    FeedbackKind,
    FeedbackSource,
    Language,
    MessageKind,
)
from services import feedback, jobs
from services.conversations import questions
from services.feedback import Content, Manner, Sender
from services.inbox import listing
from services.inbox.listing import Folder, Place
from services.runtime.database import Database
from tests.support.clocks import SetClock

OPENID = "o" + "q" * 27


async def _asked(database: Database, clock: SetClock, visitor_id: UUID | None) -> str:
    content = Content(
        language=Language.ZH, standard="PS", version="V4", section="10", comment="何时生效？"
    )
    manner = Manner(source=FeedbackSource.MINI_PROGRAM, kind=FeedbackKind.QUESTION)
    async with database.transaction() as db:
        done = await feedback.submit(
            db, content=content, manner=manner, visitor_id=visitor_id, now=clock.now
        )
    return done.item.receipt


async def _filed(database: Database, clock: SetClock) -> list[tuple[Conversation, Message]]:
    runner = jobs.runner(database, jobs.Registry(questions.kinds()), clock=clock)
    await runner.run_due()
    async with database.snapshot() as db:
        asked = select(Conversation, Message).join(
            Message, Message.conversation_id == Conversation.id
        )
        return [(conversation, message) for conversation, message in await db.execute(asked)]


@pytest.fixture
async def visitor_id(database: Database, clock: SetClock) -> UUID:
    async with database.transaction() as db:
        visitor = Visitor(first_seen_at=clock.now, last_seen_at=clock.now, mp_openid=OPENID)
        db.add(visitor)
        await db.flush()
        return visitor.id


async def test_a_question_waits_in_its_askers_conversation(
    database: Database, clock: SetClock, visitor_id: UUID
) -> None:
    receipt = await _asked(database, clock, visitor_id)
    other = await _asked(database, clock, visitor_id)

    found = await _filed(database, clock)

    assert sorted((message.details or {})["question"] for _, message in found) == [receipt, other]
    conversation, message = found[0]
    assert (conversation.account, conversation.openid) == (Account.MINI_PROGRAM, OPENID)
    assert (conversation.waiting_since, conversation.unread) == (clock.now, 2)
    assert (message.kind, message.text) == (MessageKind.OTHER, None)
    assert receipt.startswith("ASI-CN-Q2026-"), "the log of comments has no gap where it was"


async def test_questions_of_those_who_never_wrote_are_listed_page_by_page(
    database: Database, clock: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listing, "PAGE", 1)
    for number in range(2):
        async with database.transaction() as db:
            openid = f"o{number:027}"
            visitor = Visitor(first_seen_at=clock.now, last_seen_at=clock.now, mp_openid=openid)
            db.add(visitor)
        await _asked(database, clock, visitor.id)
    filed = {conversation.id for conversation, _ in await _filed(database, clock)}

    shown: list[UUID] = []
    after = None
    while after or not shown:
        async with database.snapshot() as db:
            page = await listing.page(
                db, folder=Folder.WAITING, staff_id=UUID(int=0), after=after, now=clock.now
            )
        shown += [entry.conversation.id for entry in page.entries]
        after = Place.read(str(page.next)) if page.next else None

    assert len(shown) == 2
    assert set(shown) == filed


async def test_a_question_opens_a_conversation_that_was_done_with(
    database: Database, clock: SetClock, visitor_id: UUID
) -> None:
    await _asked(database, clock, visitor_id)
    [(conversation, _)] = await _filed(database, clock)
    async with database.transaction() as db:
        done = await db.get_one(Conversation, conversation.id)
        done.status, done.waiting_since = ConversationStatus.RESOLVED, None
    await _asked(database, clock, visitor_id)
    (again, _), *_ = await _filed(database, clock)

    assert (again.status, again.waiting_since) == (ConversationStatus.OPEN, clock.now)
    assert again.version > conversation.version


async def test_what_was_withdrawn_or_is_anonymous_waits_in_no_conversation(
    database: Database, clock: SetClock, visitor_id: UUID
) -> None:
    await _asked(database, clock, None)
    receipt = await _asked(database, clock, visitor_id)
    async with database.transaction() as db:
        sender = Sender(visitor_id=visitor_id)
        await feedback.withdraw(db, receipt=receipt, sender=sender, now=clock.now)

    assert await _filed(database, clock) == []

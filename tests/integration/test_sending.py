"""Sending: queued when the ledger allows it, written down before each call, never twice."""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from models import Conversation, Delivery, DeliveryAttempt, Message
from models.vocabulary import Account, Author, DeliveryState, WindowKind
from services.conversations import quota, sending
from services.conversations.sending import Outcome, Parcel
from services.runtime.database import Database
from services.wechat.replies import NewsReply, Reply, TextReply
from tests.support.clocks import SetClock

TEXT = TextReply("您好，草案见 https://asi.example.cn/r/ps-v4-draft")


@dataclass
class Post:
    """Sends as a job would, call by call."""

    database: Database
    clock: SetClock
    conversation_id: UUID

    async def queue(self, reply: Reply = TEXT, *, author: Author = Author.STAFF) -> UUID:
        async with self.database.transaction() as db:
            conversation = await db.get_one(Conversation, self.conversation_id)
            message = await sending.queue(
                db,
                conversation=conversation,
                reply=reply,
                author=author,
                now=self.clock.now,
            )
            found = await db.scalars(select(Delivery.id).filter_by(message_id=message.id))
            return found.one()

    async def begin(self, delivery_id: UUID) -> Parcel | None:
        async with self.database.transaction() as db:
            return await sending.begin(db, delivery_id=delivery_id, now=self.clock.now)

    async def finish(self, parcel: Parcel | None, outcome: Outcome) -> None:
        assert parcel is not None
        async with self.database.transaction() as db:
            await sending.finish(db, parcel=parcel, outcome=outcome, now=self.clock.now)

    async def delivery(self, delivery_id: UUID) -> Delivery:
        async with self.database.snapshot() as db:
            return await db.get_one(Delivery, delivery_id)

    async def left(self) -> int:
        async with self.database.snapshot() as db:
            conversation = await db.get_one(Conversation, self.conversation_id)
            return quota.standing(conversation, now=self.clock.now).left


@pytest.fixture
async def post(database: Database, clock: SetClock) -> Post:
    """A visitor has just written."""
    async with database.transaction() as db:
        conversation = Conversation(account=Account.OFFICIAL_ACCOUNT, openid="o" + "v" * 27)
        quota.open_window(conversation, WindowKind.MESSAGE, now=clock.now)
        db.add(conversation)
    return Post(database, clock, conversation.id)


async def test_a_sent_message_is_spent(post: Post) -> None:
    delivery_id = await post.queue()
    parcel = await post.begin(delivery_id)

    await post.finish(parcel, Outcome(DeliveryState.SENT, errcode=0))

    assert parcel is not None
    assert parcel.reply == TEXT
    delivery = await post.delivery(delivery_id)
    assert (delivery.state, delivery.finished_at) == (DeliveryState.SENT, post.clock.now)
    assert await post.left() == 4
    assert await post.begin(delivery_id) is None


async def test_a_card_is_sent_as_it_was_queued(post: Post) -> None:
    card = NewsReply("草案", "征询意见稿", "", "https://asi.example.cn/r/ps-v4-draft")

    parcel = await post.begin(await post.queue(card))

    assert parcel is not None
    assert parcel.reply == card


async def test_the_ledger_refuses_before_wechat_does(post: Post) -> None:
    for _ in range(5):
        await post.queue()

    with pytest.raises(sending.WindowShut) as refused:
        await post.queue()

    assert refused.value.code == "window_shut"


async def test_the_last_message_is_kept_for_a_person(post: Post) -> None:
    for _ in range(4):
        await post.queue(author=Author.AUTOMATIC)

    with pytest.raises(sending.WindowShut):
        await post.queue(author=Author.AUTOMATIC)
    await post.queue()

    assert await post.left() == 0


async def test_nothing_is_queued_after_the_window(post: Post) -> None:
    post.clock.now += timedelta(hours=48)

    with pytest.raises(sending.WindowShut):
        await post.queue()


async def test_what_waited_too_long_is_not_sent(post: Post) -> None:
    delivery_id = await post.queue()
    post.clock.now += timedelta(hours=48)

    assert await post.begin(delivery_id) is None
    assert (await post.delivery(delivery_id)).state is DeliveryState.EXPIRED


async def test_a_refused_message_is_given_back(post: Post) -> None:
    delivery_id = await post.queue()

    await post.finish(
        await post.begin(delivery_id), Outcome(DeliveryState.FAILED, errcode=45002, rid="a-b-c")
    )

    delivery = await post.delivery(delivery_id)
    assert (delivery.state, delivery.errcode, delivery.rid) == (
        DeliveryState.FAILED,
        45002,
        "a-b-c",
    )
    assert await post.left() == 5


@pytest.mark.parametrize(
    ("author", "waits"), [(Author.STAFF, True), (Author.AUTOMATIC, False)], ids=str
)
@pytest.mark.any_database
async def test_whoever_was_not_reached_waits_again(
    post: Post, *, author: Author, waits: bool
) -> None:
    delivery_id = await post.queue(author=author)

    await post.finish(await post.begin(delivery_id), Outcome(DeliveryState.UNKNOWN))

    async with post.database.snapshot() as db:
        conversation = await db.get_one(Conversation, post.conversation_id)
    assert (conversation.waiting_since is not None) is waits


async def test_an_outcome_that_is_written_down_twice_counts_once(post: Post) -> None:
    """Who lost the connection while it was committed cannot know, and writes it again."""
    await post.queue()
    parcel = await post.begin(await post.queue())

    for _ in range(2):
        await post.finish(parcel, Outcome(DeliveryState.FAILED, errcode=45002))

    assert await post.left() == 4


async def test_wechats_word_on_the_quota_counts_more_than_ours(post: Post) -> None:
    await post.finish(
        await post.begin(await post.queue()),
        Outcome(DeliveryState.FAILED, errcode=45047, shut=True),
    )

    assert await post.left() == 0


async def test_what_was_surely_not_sent_is_tried_again(post: Post) -> None:
    delivery_id = await post.queue()
    await post.finish(await post.begin(delivery_id), Outcome(DeliveryState.QUEUED, errcode=-1))

    again = await post.begin(delivery_id)

    assert again is not None
    assert await post.left() == 4


async def test_a_call_that_was_cut_off_is_unknown_and_never_repeated(post: Post) -> None:
    delivery_id = await post.queue()
    await post.begin(delivery_id)
    at_once = await post.begin(delivery_id)
    under_way = (await post.delivery(delivery_id)).state

    post.clock.now += sending.LONGEST_CALL
    later = await post.begin(delivery_id)

    assert (at_once, later) == (None, None)
    assert under_way is DeliveryState.SENDING
    assert (await post.delivery(delivery_id)).state is DeliveryState.UNKNOWN


async def test_every_call_is_written_down(post: Post) -> None:
    delivery_id = await post.queue()
    await post.finish(await post.begin(delivery_id), Outcome(DeliveryState.QUEUED, errcode=-1))
    await post.begin(delivery_id)

    async with post.database.snapshot() as db:
        attempts = await db.scalars(
            select(DeliveryAttempt).order_by(DeliveryAttempt.ended_at.is_(None))
        )
    assert [attempt.errcode for attempt in attempts] == [-1, None]


async def test_nobody_is_written_to_after_being_forgotten(post: Post) -> None:
    delivery_id = await post.queue()
    async with post.database.transaction() as db:
        (await db.get_one(Conversation, post.conversation_id)).openid = None

    assert await post.begin(delivery_id) is None
    assert (await post.delivery(delivery_id)).state is DeliveryState.EXPIRED


async def test_what_no_job_covers_is_found(post: Post) -> None:
    delivery_id = await post.queue()

    async with post.database.snapshot() as db:
        early = await sending.stranded(db, now=post.clock.now)
        late = await sending.stranded(db, now=post.clock.now + sending.LONGEST_CALL)

    assert (early, late) == ([], [delivery_id])


async def test_there_is_no_such_delivery(post: Post) -> None:
    with pytest.raises(sending.DeliveryNotFound) as refused:
        await post.begin(uuid4())

    assert refused.value.code == "delivery_not_found"


async def test_a_queued_message_is_in_the_conversation(post: Post) -> None:
    await post.queue()

    async with post.database.snapshot() as db:
        message = (await db.scalars(select(Message))).one()
        conversation = await db.get_one(Conversation, post.conversation_id)
    assert (message.author, message.text) == (Author.STAFF, TEXT.text)
    assert conversation.last_message_at == post.clock.now

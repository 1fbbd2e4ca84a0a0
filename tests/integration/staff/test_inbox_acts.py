"""More than answering: tags, who is typing, what is left when nothing can be sent, one's say."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from uuid import UUID

import httpx2
import pytest
from sqlalchemy import select

from api import background
from api.app import Application, create_app
from models import (
    Consent,
    Conversation,
    ConversationTag,
    FeedbackItem,
    FeedbackVersion,
    Message,
    MessageItem,
    Registration,
    SubscriptionPermit,
    Visitor,
)
from models.vocabulary import ConsentKind, ErasureReason, FeedbackSource, JobState, StaffRole
from services import audit, jobs
from services.conversations import erasure, personal, typing
from services.conversations.work import Doors
from services.inbox import drafts
from services.runtime.database import Database
from services.runtime.settings import Settings
from tests.integration.staff.talks import write
from tests.integration.staff.webinar_house import House
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support import wechat_accounts
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

INBOX = "/staff/inbox"
OPENID = "o" + "v" * 27
ASKED = "反馈：第十章的尾矿要求，中小企业很难做到"
NOWHERE = "http://127.0.0.1:9"
SECTION = {"section": "PS/V4/10", "agreed": "on"}


@pytest.fixture
def application(settings: Settings, database: Database, clock: SetClock) -> Application:
    """The web process without its background: what is queued stays queued."""
    return create_app(settings, database=database, clock=clock)


@pytest.fixture
async def anna(application: Application) -> AsyncIterator[Browser]:
    """An agent at work."""
    async with _at_work(application, "anna") as browser:
        yield browser


@pytest.fixture
async def bo(application: Application) -> AsyncIterator[Browser]:
    """Another agent."""
    async with _at_work(application, "bo") as browser:
        yield browser


@pytest.fixture
async def talk(database: Database, clock: SetClock) -> str:
    """The address of a conversation whose visitor wrote just now."""
    return f"{INBOX}/{await write(database, ASKED, at=clock.now)}"


async def test_tags_sort_conversations_and_go_with_them(
    anna: Browser, bo: Browser, talk: str, database: Database, clock: SetClock
) -> None:
    other = await write(database, "另一位", at=clock.now, openid="o" + "w" * 27)
    given = await anna.send(talk, f"{talk}/tags", tags=" 尾矿，中小企业 尾矿 ")
    opened = await bo.client.get(talk)
    listed = await bo.client.get(INBOX, params={"tag": "尾矿"})
    nothing = await bo.client.get(INBOX, params={"tag": "没有"})
    long = await anna.send(talk, f"{talk}/tags", tags="长" * 21)
    many = await anna.send(talk, f"{talk}/tags", tags=" ".join(str(n) for n in range(11)))

    assert given.status_code == 303
    assert "中小企业 · 尾矿" in opened.text
    assert (talk in listed.text, str(other) in listed.text) == (True, False)
    assert '<span class="tag">尾矿</span>' in listed.text
    assert talk not in nothing.text
    # tags_unfit
    assert [page.status_code for page in (long, many)] == [422, 422]
    assert 'data-code="tags_unfit"' in many.text
    async with database.transaction() as db:
        (entry,) = await audit.entries(db, most=1)
        visitor = Visitor(first_seen_at=clock.now, last_seen_at=clock.now, oa_openid=OPENID)
        db.add(visitor)
        await db.flush()
        exported = await personal.export_tags(db, visitor_id=visitor.id)
    assert (entry.act, entry.details) == ("inbox.tagged", {"tags": "2"})
    assert {tag["tag"] for tag in exported} == {"尾矿", "中小企业"}
    await _erase(database, talk)
    async with database.snapshot() as db:
        assert (await db.scalars(select(ConversationTag))).all() == []


async def test_colleagues_see_who_writes_until_they_stop(
    anna: Browser, bo: Browser, talk: str, database: Database, clock: SetClock
) -> None:
    before = await _version(database, talk)
    await anna.send(talk, f"{talk}/draft", answer="您好")
    seen, own = await bo.client.get(talk), await anna.client.get(talk)
    begun = await _version(database, talk)
    clock.now += timedelta(seconds=5)
    await anna.send(talk, f"{talk}/draft", answer="您好，第十章")
    going_on = await _version(database, talk)
    clock.now += drafts.WRITING
    after = await bo.client.get(talk)

    assert "Anna正在回复…" in seen.text
    assert "正在回复" not in own.text
    assert "正在回复" not in after.text
    # The first open marks it as read, which is a change too.
    assert (begun > before, going_on) == (True, begun)


async def test_a_visitor_is_shown_that_somebody_types_and_nothing_is_spent(
    anna: Browser, talk: str, settings: Settings, database: Database, clock: SetClock
) -> None:
    for _ in range(3):
        await anna.send(talk, f"{talk}/draft", answer="您好")
        clock.now += timedelta(seconds=4)
    first = await _queued(database)
    async with wechat_accounts.official(NOWHERE, database) as account:
        runner = background.runner(
            settings, database, doors=Doors(official_account=account), clock=clock
        )
        await runner.run_due()
    done = await _queued(database)
    clock.now += timedelta(seconds=4)
    await anna.send(talk, f"{talk}/draft", answer="您好，")
    again = await _queued(database)
    clock.now += timedelta(minutes=1)
    await anna.send(talk, f"{talk}/draft", answer="您好，第")

    async with database.snapshot() as db:
        row = await db.get_one(Conversation, UUID(talk.rpartition("/")[2]))
    # Nobody can be reached: it is left at that, and the window is as it was.
    assert (first, done, again) == (1, 0, 1)
    assert row.window_left == 5
    assert row.typing_shown_at == clock.now - timedelta(minutes=1)


async def test_when_nothing_can_be_sent_the_page_says_what_can_be_done(
    application: Application, anna: Browser, talk: str, database: Database, clock: SetClock
) -> None:
    open_ = await anna.client.get(talk)
    clock.now += timedelta(hours=48)
    shut = await anna.client.get(talk)
    registration = await House(application, clock).register("王芳", "+8613800138000")
    async with database.transaction() as db:
        visitor = await db.get_one(Visitor, registration.visitor_id)
        visitor.oa_openid = OPENID
        db.add(SubscriptionPermit(visitor_id=visitor.id, template_id="t", told_at=clock.now))
        row = await db.get_one(Conversation, UUID(talk.rpartition("/")[2]))
        row.following = False
    known = await anna.client.get(talk)
    async with _at_work(application, "vera", StaffRole.VIEWER) as vera:
        seen = await vera.client.get(talk)

    assert "现在不能在这里回复" not in open_.text
    assert "已超过微信规定的回复时间" in shut.text
    assert "访客没有留下电话或邮箱" in shut.text
    assert "已取消关注" in known.text
    assert "138****8000" in known.text
    assert "13800138000" not in known.text
    assert "允许过 1 次订阅通知" in known.text
    assert "<textarea" in known.text
    assert ("138****8000" in seen.text, "<textarea" in seen.text) == (True, False)


async def test_a_message_becomes_no_comment_before_its_author_agreed(
    anna: Browser, talk: str, database: Database
) -> None:
    page = f"{talk}/messages/{await _said(database)}/comment"

    form = await anna.client.get(page)
    unasked = await anna.send(page, section=SECTION["section"])
    placeless = await anna.send(page, agreed="on")

    assert '<option value="PS/V4/10" selected>' in form.text
    # consent_not_told · section_missing
    assert (unasked.status_code, 'data-code="consent_not_told"' in unasked.text) == (422, True)
    assert placeless.status_code == 422
    async with database.snapshot() as db:
        assert (await db.scalars(select(FeedbackItem))).all() == []


async def test_a_message_becomes_one_comment(
    anna: Browser, bo: Browser, talk: str, database: Database
) -> None:
    message_id = await _said(database)
    page = f"{talk}/messages/{message_id}/comment"
    taken = await anna.send(page, **SECTION)
    twice = await bo.send(talk, page, **SECTION)
    opened = await bo.client.get(talk)
    again = await bo.client.get(page)

    async with database.snapshot() as db:
        item = (await db.scalars(select(FeedbackItem))).one()
        version = (await db.scalars(select(FeedbackVersion))).one()
        consents = list(await db.scalars(select(Consent.kind)))
        visitor = await db.get_one(Visitor, item.visitor_id)
        acts = [entry.act for entry in await audit.entries(db, most=9)]
    where = f"/staff/feedback/items/{item.receipt}"
    assert [answer.headers["location"] for answer in (taken, twice, again)] == [where] * 3
    assert f"已记为意见 {item.receipt}" in opened.text
    assert (item.source, visitor.oa_openid) == (FeedbackSource.CHAT, OPENID)
    assert (version.comment, version.may_publish_text) == (
        "第十章的尾矿要求，中小企业很难做到",
        False,
    )
    assert consents == [ConsentKind.NOTICE]
    assert acts.count("inbox.item_made") == 1
    back, gone = await _back(bo, database, talk, item.id)
    assert back.headers["location"] == f"{talk}?through={message_id}"
    # message_unfit
    assert gone.status_code == 409


async def test_a_viewer_knows_neither_who_wrote_a_comment_nor_how_to_reach_them(
    application: Application, anna: Browser, talk: str, database: Database
) -> None:
    await anna.send(f"{talk}/messages/{await _said(database)}/comment", **SECTION)
    await anna.send(talk, f"{talk}/notes", note="电话 13800138000")
    async with database.snapshot() as db:
        item = (await db.scalars(select(FeedbackItem))).one()
    async with _at_work(application, "vera", StaffRole.VIEWER) as vera:
        seen = await vera.client.get(talk)
        led = await vera.client.get(f"{INBOX}/items/{item.id}")

    assert [word in seen.text for word in (item.receipt, "13800138000", "13•••")] == [0, 0, 1]
    assert led.status_code == 403


async def test_a_visitor_is_registered_with_what_they_said(
    application: Application, anna: Browser, talk: str, database: Database, clock: SetClock
) -> None:
    house, page = House(application, clock), f"{talk}/registration"
    await house.seats(1)
    said = {"webinar": "china", "name": "王芳", "organisation": "某某铝业"}
    form = await anna.client.get(page)
    unasked = await anna.send(page, **said, contact="138 0013 8000")
    nameless = await anna.send(page, **said | {"name": ""}, contact="13800138000", agreed="on")
    done = await anna.send(page, **said, contact="138 0013 8000", agreed="on")
    twice = await anna.send(page, **said | {"name": "别人"}, contact="a@example.org", agreed="on")
    other = await write(database, "我也想报名", at=clock.now, openid="o" + "w" * 27)
    taken = await anna.send(
        f"{INBOX}/{other}/registration", **said, contact="13800138000", agreed="on"
    )

    assert ASKED in form.text
    assert 'data-code="consent_not_told"' in unasked.text
    assert [answer.status_code for answer in (unasked, nameless, taken)] == [422, 422, 409]
    assert 'data-code="contact_taken"' in taken.text
    async with database.snapshot() as db:
        row = (await db.scalars(select(Registration))).one()
        visitor = await db.get_one(Visitor, row.visitor_id)
        consents = list(await db.scalars(select(Consent.kind)))
        acts = [entry.act for entry in await audit.entries(db, most=9)]
    where = f"/staff/webinars/china/registrations/{row.id}"
    assert [done.headers["location"], twice.headers["location"]] == [where, where]
    assert (row.name, visitor.oa_openid, consents) == ("王芳", OPENID, [ConsentKind.NOTICE])
    assert acts.count("inbox.registered") == 1


@asynccontextmanager
async def _at_work(
    application: Application, login: str, role: StaffRole = StaffRole.AGENT
) -> AsyncIterator[Browser]:
    await hire(application, login, role)
    async with browsing(application) as browser:
        await browser.log_in(login)
        yield browser


async def _said(database: Database) -> UUID:
    async with database.snapshot() as db:
        return (await db.scalars(select(Message.id))).one()


async def _back(
    browser: Browser, database: Database, talk: str, item_id: UUID
) -> tuple[httpx2.Response, httpx2.Response]:
    """Go from a comment to its message, and once more when the conversation is erased."""
    before = await browser.client.get(f"{INBOX}/items/{item_id}")
    await _erase(database, talk)
    async with database.snapshot() as db:
        assert (await db.scalars(select(MessageItem))).all() == []
    return before, await browser.client.get(f"{INBOX}/items/{item_id}")


async def _version(database: Database, talk: str) -> int:
    async with database.snapshot() as db:
        return (await db.get_one(Conversation, UUID(talk.rpartition("/")[2]))).version


async def _queued(database: Database) -> int:
    async with database.snapshot() as db:
        found = await jobs.listed(db, states=[JobState.WAITING])
    return [job.kind for job in found].count(typing.SHOW)


async def _erase(database: Database, talk: str) -> None:
    async with database.transaction() as db:
        conversation = await db.get_one(Conversation, UUID(talk.rpartition("/")[2]))
        at = conversation.changed_at
        assert at is not None
        asked = await erasure.ask(
            db, conversation=conversation, reason=ErasureReason.REQUESTED, asked_at=at, now=at
        )
        await erasure.erase(db, erasure_id=asked.id, now=at + timedelta(seconds=1))

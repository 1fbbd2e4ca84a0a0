"""Feedback from the chat: a message, a draft, one confirmation, a receipt; nothing without it."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import pytest
from sqlalchemy import func, select, update

from models import (
    Base,
    Bilingual,
    ChatDraft,
    Conversation,
    Erasure,
    FeedbackCheck,
    FeedbackItem,
    FeedbackVersion,
    Message,
    Visitor,
)
from models.vocabulary import Account, Author, CheckReason, FeedbackSource
from services import jobs
from services.conversations import chat_drafts, chat_feedback, drafting, erasure
from services.conversations.chat_drafts import Section
from services.conversations.chat_feedback import Place
from services.runtime.database import Database
from tests.support import pushes
from tests.support.chats import chatting, link
from tests.support.clocks import SetClock
from tests.support.templates import Template
from tests.support.wechat_accounts import SEALER

T = TypeVar("T", bound=Base)

SAID = "反馈 M10 建议延长尾矿库的过渡期。"
LINK = re.compile(r"http://127\.0\.0\.1:8000/feedback/confirm\?draft=([A-Za-z0-9_-]{22})")
PLACES = [Place("PS", "V4", code, Bilingual(f"题{code}")) for code in ("all", "9", "10", "11")] + [
    Place("CoC", "V3", "all", Bilingual("全文"))
]


@pytest.fixture
async def own_database(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Database]:
    """For what does not depend on the kind of database."""
    with sqlite_template.copy(tmp_path) as url:
        opened = Database(url)
        yield opened
        await opened.close()


@pytest.mark.parametrize(
    ("text", "comment"),
    [
        ("反馈 M10 过渡期太短", "M10 过渡期太短"),
        ("意见：建议延长过渡期", "建议延长过渡期"),
        ("feedback form", None),
        ("意見\n第十章太嚴格", "第十章太嚴格"),
        ("Feedback: module 10 is too strict", "module 10 is too strict"),
        ("反馈", None),
        ("反馈意见表", None),
        ("意见稿在哪里", None),
        ("反馈 怎么提交？", None),
        ("反馈 " + "长" * 2001, None),
        ("我想反馈 一下", None),
    ],
)
def test_what_is_meant_as_feedback(text: str, comment: str | None) -> None:
    assert chat_feedback.meant(text) == comment


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("M10 太短", ("PS", "10")),
        ("第十章和别的", ("PS", "10")),
        ("第１１模块", ("PS", "11")),
        ("绩效标准 V4 第9章", ("PS", "9")),
        ("module 11: fine", ("PS", "11")),
        ("CoC 3.2 太严", ("CoC", "all")),
        ("监管链标准应当……", ("CoC", "all")),
        ("PS 3", ("PS", "all")),
        ("第二十一章太严", None),
        ("第十十章太短", None),
        ("第一二章都太短", None),
        ("模块3", None),
        ("COM10 口", None),
        ("太严了", None),
    ],
)
def test_the_section_that_a_text_names(text: str, named: tuple[str, str] | None) -> None:
    found = chat_feedback.named(text, PLACES)

    assert (found and (found.standard, found.code)) == named


async def test_a_message_becomes_feedback_once_it_is_confirmed_by_a_word(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await chat.say(SAID, message_id=1)
        await chat.derive()
        nothing = await _count(database, FeedbackItem)
        confirmed = await chat.say("确认。", message_id=2)
        await chat.derive()
        await _run_jobs(database, clock)
        await chat.say("确认", message_id=3)
        await chat.derive()
        await _run_jobs(database, clock)

    assert nothing == 0, "nothing is feedback without confirmation"
    assert "回执编号" in (confirmed or "")
    item = await _only(database, FeedbackItem)
    version = await _only(database, FeedbackVersion)
    assert (item.source, item.receipt) == (FeedbackSource.CHAT, "ASI-CN-2026-00001")
    assert (version.standard, version.version, version.section) == ("PS", "V4", "10")
    assert version.comment == "M10 建议延长尾矿库的过渡期。"
    assert (await _only(database, Visitor)).oa_openid == pushes.OPENID
    assert (await _only(database, FeedbackCheck)).reason is CheckReason.IMPOSSIBLE
    assert [text for text in await _told(database) if "ASI-CN-2026-00001" in text]


async def test_a_message_is_answered_with_what_was_understood(
    own_database: Database, clock: SetClock
) -> None:
    async with chatting(own_database, clock) as chat:
        offered = await chat.say(SAID)
        again = await chat.say(SAID)

    assert offered is not None
    assert "PS V4 · 10 赤泥与尾矿管理" in offered
    assert "不能匿名" in offered
    assert LINK.search(offered)
    assert offered == again, "the link is the same each time"


async def test_whoever_writes_english_is_answered_in_english(
    own_database: Database, clock: SetClock
) -> None:
    async with chatting(own_database, clock) as chat:
        offered = await chat.say("Feedback: please give module 10 more time. " + "x " * 900)

    assert offered is not None
    assert "Section: PS V4 · 10 Bauxite Residue and Tailings" in offered
    assert "&lang=en" in offered
    assert len(offered.encode()) <= 2048


async def test_a_draft_is_confirmed_once_by_its_link(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        token = _token(await chat.say(SAID))
        await chat.derive()

    receipts = [await _submit(database, clock, token) for _ in range(3)]

    assert receipts == ["ASI-CN-2026-00001"] * 3
    assert await _count(database, FeedbackItem) == 1


async def test_a_comment_on_no_section_is_asked_for_one(
    own_database: Database, clock: SetClock
) -> None:
    async with chatting(own_database, clock) as chat:
        token = _token(await chat.say("意见：太严了，企业做不到。", message_id=1))
        await chat.say("确认", message_id=2)
        await chat.derive()
        await _run_jobs(own_database, clock)
    by_word = await _count(own_database, FeedbackItem)

    with pytest.raises(chat_drafts.SectionMissing) as refused:
        await _submit(own_database, clock, token)
    receipt = await _submit(own_database, clock, token, Section("PS", "V4", "all"))

    assert by_word == 0
    assert refused.value.code == "section_missing"
    assert [text for text in await _told(own_database) if "请先选择意见针对的章节" in text]
    assert receipt == "ASI-CN-2026-00001"


async def test_a_draft_that_nobody_confirms_goes(own_database: Database, clock: SetClock) -> None:
    async with chatting(own_database, clock) as chat:
        token = _token(await chat.say(SAID))
        await chat.derive()

    clock.now += chat_drafts.KEPT
    with pytest.raises(chat_drafts.ChatDraftNotFound) as refused:
        await _submit(own_database, clock, token)
    async with own_database.transaction() as db:
        await jobs.enqueue(db, drafting.FORGET)
    await _run_jobs(own_database, clock)

    assert refused.value.code == "chat_draft_not_found"
    assert await _count(own_database, ChatDraft) == 0
    assert await _count(own_database, FeedbackItem) == 0


async def test_whoever_leaves_leaves_no_draft_behind(
    own_database: Database, clock: SetClock
) -> None:
    async with chatting(own_database, clock) as chat:
        await chat.say(SAID)
        await chat.push(pushes.event_xml("unsubscribe"))
        await chat.derive()
    async with own_database.transaction() as db:
        asked = (await db.scalars(select(Erasure))).one()
        await erasure.erase(db, erasure_id=asked.id, now=clock.now)

    assert await _count(own_database, ChatDraft) == 0


async def test_an_erased_message_leaves_nothing_to_confirm(
    own_database: Database, clock: SetClock
) -> None:
    async with chatting(own_database, clock) as chat:
        token = _token(await chat.say(SAID))
        await chat.derive()
    async with own_database.transaction() as db:
        await db.execute(update(Message).values(text=None))

    with pytest.raises(chat_drafts.ChatDraftNotFound):
        await _submit(own_database, clock, token)


async def test_a_closed_round_takes_no_drafts_and_refuses_those_there_are(
    own_database: Database, clock: SetClock
) -> None:
    async with chatting(own_database, clock) as chat:
        await chat.say(SAID, message_id=1)
        await chat.derive()
        await chat.say("确认", message_id=2)
        await chat.derive()
        clock.set("2026-05-01T00:00:00+08:00")
        async with own_database.transaction() as db:
            later = clock.now + timedelta(days=1)
            await db.execute(update(ChatDraft).values(expires_at=later))
            await db.execute(update(Conversation).values(window_closes_at=later))
        await _run_jobs(own_database, clock)
        answer = await chat.say(SAID, message_id=3)
        await chat.derive()

    assert await _count(own_database, FeedbackItem) == 0
    assert [text for text in await _told(own_database) if text.startswith("意见没有提交")]
    assert "本轮征询已于" in (answer or "")
    assert await _count(own_database, ChatDraft) == 1


async def test_a_question_waits_for_a_person(own_database: Database, clock: SetClock) -> None:
    async with chatting(own_database, clock) as chat:
        await chat.say("提问：M10 适用于已关闭的尾矿库吗？")
        await chat.derive()

    assert (await _only(own_database, Conversation)).waiting_since is not None
    assert await _count(own_database, ChatDraft) == 0


async def test_no_draft_is_made_while_a_person_is_answering(
    own_database: Database, clock: SetClock
) -> None:
    async with chatting(own_database, clock) as chat:
        await chat.say("你好", message_id=1)
        await chat.derive()
        async with own_database.transaction() as db:
            soon = clock.now + timedelta(minutes=30)
            await db.execute(update(Conversation).values(person_until=soon))
        answer = await chat.say(SAID, message_id=2)
        await chat.derive()

    assert answer is None
    assert await _count(own_database, ChatDraft) == 0


async def test_what_the_mini_programs_chat_takes_can_be_checked(
    own_database: Database, clock: SetClock
) -> None:
    async with chatting(own_database, clock, account=Account.MINI_PROGRAM) as chat:
        await chat.say(SAID)
        await chat.derive()
        offered = (await _told(own_database))[-1]
        await _submit(own_database, clock, _token(offered))

    assert (await _only(own_database, Visitor)).mp_openid == pushes.OPENID
    assert (await _only(own_database, FeedbackCheck)).sealed_openid is not None


def test_only_who_knows_the_key_can_make_a_link() -> None:
    key = uuid4().hex

    assert link.token(key) == link.token(key)
    assert link.token(key) != link.token(key + "0")


def _token(reply: str | None) -> str:
    found = LINK.search(reply or "")
    assert found, reply
    return found[1]


async def _submit(
    database: Database, clock: SetClock, token: str, section: Section | None = None
) -> str:
    async with database.transaction() as db:
        draft = await chat_drafts.find(db, token=token, now=clock.now)
        item = await chat_drafts.submit(
            db, draft=draft, section=section, sealer=SEALER, now=clock.now
        )
        return item.receipt


async def _run_jobs(database: Database, clock: SetClock) -> None:
    registry = jobs.Registry([*drafting.kinds(SEALER), *_idle()])
    await jobs.runner(database, registry, clock=clock).run_due()


def _idle() -> list[jobs.Kind]:
    async def wait(run: jobs.Run) -> None:
        async with run.closing():
            pass

    return [jobs.Kind(name="deliver", run=wait)]


async def _told(database: Database) -> list[str]:
    async with database.snapshot() as db:
        asked = select(Message.text).where(Message.author == Author.AUTOMATIC)
        return [text or "" for text in await db.scalars(asked.order_by(Message.said_at))]


async def _count(database: Database, table: type) -> int:
    async with database.snapshot() as db:
        return await db.scalar(select(func.count()).select_from(table)) or 0


async def _only(database: Database, table: type[T]) -> T:
    async with database.snapshot() as db:
        return (await db.scalars(select(table))).one()

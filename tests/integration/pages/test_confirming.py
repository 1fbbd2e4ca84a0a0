"""Confirming in a browser what was written in the chat: one tap, one comment."""

from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import select, update

from models import ChatDraft, Conversation, FeedbackItem, FeedbackVersion, Message
from models.vocabulary import Account, Author, FeedbackSource, Language, MessageKind
from services.conversations import chat_drafts
from services.runtime.database import Database
from tests.integration.pages.readers import Reader
from tests.support.clocks import SetClock

COMMENT = "M10 建议延长<b>尾矿库</b>的过渡期。"


@pytest.fixture
async def draft(stored: Database, clock: SetClock) -> str:
    """The path of a draft that names a section."""
    token = uuid4().hex
    async with stored.transaction() as db:
        conversation = Conversation(account=Account.OFFICIAL_ACCOUNT, openid=f"o{token}")
        db.add(conversation)
        await db.flush()
        message = Message(
            conversation_id=conversation.id,
            author=Author.VISITOR,
            kind=MessageKind.TEXT,
            said_at=clock.now,
            text=f"反馈 {COMMENT}",
        )
        db.add(message)
        await db.flush()
        row = ChatDraft(
            token_sha256=chat_drafts.digest(token),
            conversation_id=conversation.id,
            message_id=message.id,
            language=Language.ZH,
            made_at=clock.now,
            expires_at=clock.now + chat_drafts.KEPT,
            standard="PS",
            version="V4",
            section="10",
        )
        db.add(row)
    return f"/feedback/confirm?draft={token}"


async def _items(stored: Database) -> list[FeedbackItem]:
    async with stored.snapshot() as db:
        chat = FeedbackItem.source == FeedbackSource.CHAT
        return list(await db.scalars(select(FeedbackItem).where(chat)))


async def test_one_tap_makes_one_comment(reader: Reader, stored: Database, draft: str) -> None:
    before = len(await _items(stored))
    shown = await reader.open(draft)
    seen = len(await _items(stored))

    done = await reader.fill_in(draft, section="PS/V4/10")
    again = await reader.open(draft)

    made = await _items(stored)
    assert (seen, len(made)) == (before, before + 1)
    assert 'value="PS/V4/10" selected' in shown.text
    assert "&lt;b&gt;尾矿库" in shown.text
    assert "不能匿名" in shown.text
    assert f'copyable">{made[-1].receipt}<' in done.text
    assert made[-1].receipt in again.text


async def test_a_double_tap_makes_one_comment(reader: Reader, stored: Database, draft: str) -> None:
    before = len(await _items(stored))
    one, other = await reader.form(draft), await reader.form(draft)

    answers: list[httpx2.Response] = [
        await reader.send(draft, fields | {"section": "PS/V4/11"}) for fields in (one, one, other)
    ]

    assert [answer.status_code for answer in answers] == [303, 303, 303]
    assert len(await _items(stored)) == before + 1
    async with stored.snapshot() as db:
        said = await db.scalars(select(FeedbackVersion.section).order_by("position"))
        assert list(said)[-1] == "11", "the section that was chosen counts, not the one guessed"


async def test_a_section_has_to_be_chosen_where_none_was_named(
    reader: Reader, stored: Database, draft: str
) -> None:
    async with stored.transaction() as db:
        nowhere = {"standard": None, "version": None, "section": None}
        mine = ChatDraft.token_sha256 == chat_drafts.digest(draft.rpartition("=")[2])
        await db.execute(update(ChatDraft).where(mine).values(nowhere))

    refused = await reader.fill_in(draft, section="")
    unknown = await reader.fill_in(draft, section="PS/V4/99")

    assert (refused.status_code, unknown.status_code) == (422, 422)
    assert "请先选择意见针对的章节" in refused.text
    assert 'id="section-fault"' in unknown.text


async def test_an_unknown_draft_is_not_found(reader: Reader) -> None:
    answer = await reader.open("/feedback/confirm?draft=nobody-made-this")

    assert answer.status_code == 404
    assert "chat_draft_not_found" in answer.text

"""The page that a reply in the chat leads to, on a phone: one tap, and the receipt."""

from datetime import timedelta
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

from models import ChatDraft, Conversation, Message
from models.vocabulary import Account, Author, Language, MessageKind
from services.conversations import chat_drafts
from services.runtime.clock import utc_now
from tests.browser.reading import IPHONE, Open, Visit
from tests.browser.running import Service
from tests.browser.test_pages import AXE


@pytest.fixture
def path(service: Service, open_page: Open) -> str:
    """The path of a draft that names a section."""
    open_page("/about").page.context.clear_cookies()
    token, now = uuid4().hex, utc_now()
    engine = create_engine(f"sqlite:///{service.folder / 'asi.db'}")
    with Session(engine) as db, db.begin():
        conversation = Conversation(account=Account.OFFICIAL_ACCOUNT, openid=f"o{token}")
        db.add(conversation)
        db.flush()
        message = Message(
            conversation_id=conversation.id,
            author=Author.VISITOR,
            kind=MessageKind.TEXT,
            said_at=now,
            text="反馈 M10 建议延长尾矿库的过渡期。",
        )
        db.add(message)
        db.flush()
        db.add(
            ChatDraft(
                token_sha256=chat_drafts.digest(token),
                conversation_id=conversation.id,
                message_id=message.id,
                language=Language.ZH,
                made_at=now,
                expires_at=now + timedelta(days=7),
                standard="PS",
                version="V4",
                section="10",
            )
        )
    engine.dispose()
    return f"/feedback/confirm?draft={token}"


def _clean(visit: Visit) -> None:
    found = Axe().run(visit.page, options=AXE)
    assert found.violations_count == 0, found.generate_report()
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= IPHONE.width
    assert (visit.foreign, visit.complaints) == ([], [])


def test_a_draft_is_confirmed_by_a_tap_even_a_double_one(open_page: Open, path: str) -> None:
    visit = open_page(path)
    page = visit.page
    expect(page.get_by_role("combobox")).to_have_value("PS/V4/10")
    _clean(visit)

    page.get_by_role("button", name="确认提交").dblclick()

    expect(page.get_by_role("heading", name="意见已提交")).to_be_visible()
    expect(page.locator(".code-text")).to_contain_text("ASI-CN-2026-")
    _clean(visit)
    page.get_by_role("link", name="English").click()
    expect(page.get_by_role("heading", name="Your comment was sent")).to_be_visible()

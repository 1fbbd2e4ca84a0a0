"""The inbox: who waits is seen, what is answered is sent once, and nobody answers over another."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import select, update

from api.app import Application, create_app
from models import Conversation, ConversationNote, Delivery, Message, MessageMedia, Visitor
from models.vocabulary import Author, ConversationStatus, DeliveryState, MessageKind, StaffRole
from services import audit
from services.conversations import personal
from services.inbox import handling
from services.runtime.database import Database
from services.runtime.settings import Settings
from tests.integration.staff.talks import write
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

INBOX = "/staff/inbox"
ASKED = "请问草案什么时候截止？我的电话 138 0013 8000"
SAID = "您好，意见征询于 3 月 30 日截止。"


@pytest.fixture
def application(settings: Settings, database: Database, clock: SetClock) -> Application:
    """The web process without its background: what is queued stays queued."""
    return create_app(settings, database=database, clock=clock)


@pytest.fixture
async def anna(application: Application) -> AsyncIterator[Browser]:
    """An agent at work."""
    await hire(application, "anna")
    async with browsing(application) as browser:
        await browser.log_in("anna")
        yield browser


@pytest.fixture
async def bo(application: Application) -> AsyncIterator[Browser]:
    """Another agent."""
    await hire(application, "bo")
    async with browsing(application) as browser:
        await browser.log_in("bo")
        yield browser


@pytest.fixture
async def talk(database: Database, clock: SetClock) -> str:
    """The address of a conversation whose visitor waits since an hour."""
    return f"{INBOX}/{await write(database, ASKED, at=clock.now - timedelta(hours=1))}"


async def _row(database: Database, talk: str) -> Conversation:
    async with database.snapshot() as db:
        return await db.get_one(Conversation, UUID(talk.rpartition("/")[2]))


async def test_an_answer_is_queued_once_and_seen(
    anna: Browser, bo: Browser, talk: str, database: Database
) -> None:
    listed = await anna.client.get(INBOX)
    opened = await anna.client.get(talk)
    read = await _row(database, talk)
    sent = await anna.send(talk, talk, answer=f" {SAID} ", seen="0")
    after = await bo.client.get(talk)

    assert "还可回复 5 条 · 47 小时" in listed.text
    assert "已等待 1 小时" in listed.text
    assert ASKED in opened.text
    assert (read.unread, read.waiting_since is None) == (0, False)
    assert (sent.status_code, sent.headers["location"]) == (303, talk)
    assert "还可回复 4 条" in after.text
    assert "待发送" in after.text
    assert re.search(rf"Anna · .*?{SAID}", after.text, re.DOTALL)
    row = await _row(database, talk)
    assert (row.status, row.waiting_since, row.answers) == (ConversationStatus.WAITING, None, 1)
    async with database.snapshot() as db:
        message = (await db.scalars(select(Message).filter_by(author=Author.STAFF))).one()
        delivery = (await db.scalars(select(Delivery))).one()
        (entry,) = await audit.entries(db, most=1)
    assert (message.text, delivery.state) == (SAID, DeliveryState.QUEUED)
    assert (entry.act, entry.actor, SAID in str(entry.details)) == ("inbox.answered", "anna", False)


async def test_who_answers_second_sees_the_first_and_keeps_their_words(
    anna: Browser, bo: Browser, talk: str, database: Database
) -> None:
    await anna.client.get(talk)
    await bo.client.get(talk)
    await anna.send(talk, talk, answer=SAID, seen="0")

    late = await bo.send(talk, talk, answer="我来回答您", seen="0")

    # answered_meanwhile
    assert (late.status_code, 'data-code="answered_meanwhile"' in late.text) == (409, True)
    assert SAID in late.text
    assert "我来回答您</textarea>" in late.text
    again = await bo.send(talk, talk, answer="我来回答您", seen="1")
    assert again.status_code == 303
    assert (await _row(database, talk)).window_left == 3


async def test_nothing_is_queued_that_wechat_would_refuse(
    anna: Browser, talk: str, database: Database, clock: SetClock
) -> None:
    long = await anna.send(talk, talk, answer="长" * 700, seen="0")
    empty = await anna.send(talk, talk, answer="  ", seen="0")
    clock.now += timedelta(hours=47)
    late = await anna.send(talk, talk, answer=SAID, seen="0")
    nowhere = f"{INBOX}/00000000-0000-0000-0000-000000000000"
    nobody = await anna.client.get(nowhere)

    # answer_too_long · window_shut · conversation_not_found
    assert (long.status_code, 'data-code="answer_too_long"' in long.text) == (422, True)
    assert empty.status_code == 422
    assert (late.status_code, 'data-code="window_shut"' in late.text) == (409, True)
    assert f"{SAID}</textarea>" in late.text
    assert "回复时段已过" in late.text
    assert nobody.status_code == 404
    async with database.snapshot() as db:
        assert (await db.scalars(select(Delivery))).all() == []


async def test_a_viewer_sees_no_contact_and_cannot_answer(
    application: Application, talk: str, database: Database
) -> None:
    await hire(application, "vera", StaffRole.VIEWER)
    async with browsing(application) as vera:
        await vera.log_in("vera")
        listed = await vera.client.get(INBOX)
        opened = await vera.client.get(talk)
        sent = await vera.send("/staff", talk, answer=SAID, seen="0")

    assert "草案什么时候截止" in opened.text
    assert [page.text.count("138 0013") for page in (listed, opened)] == [0, 0]
    assert "<textarea" not in opened.text
    assert sent.status_code == 403
    assert (await _row(database, talk)).unread == 1


async def test_what_visitors_write_is_text_and_nothing_else(
    anna: Browser, database: Database, clock: SetClock
) -> None:
    hostile = "<script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}"
    talk = await write(database, hostile, at=clock.now)

    page = await anna.client.get(f"{INBOX}/{talk}")

    assert "&lt;script&gt;alert(1)" in page.text
    assert "<img src=x" not in page.text
    assert page.headers["content-security-policy"].endswith("script-src 'self'; connect-src 'self'")


async def test_a_form_that_is_no_longer_true_changes_what_was_chosen_alone(
    anna: Browser, bo: Browser, talk: str, database: Database
) -> None:
    """The visitor has written since, and a colleague has taken the conversation."""
    async with database.snapshot() as db:
        staff = {account.login: account for account in await handling.colleagues(db)}
    shown = {"was_status": "waiting", "was_assignee": ""}
    to = f"{talk}/handling"
    await anna.send(talk, to, **shown, status="waiting", assignee=str(staff["bo"].id))
    given = await _row(database, talk)
    await anna.send(talk, to, **shown, status="resolved", assignee="")
    done = await _row(database, talk)

    assert (given.status, given.waiting_since is None) == (ConversationStatus.OPEN, False)
    assert given.assignee_id == done.assignee_id == staff["bo"].id
    assert done.status is ConversationStatus.RESOLVED
    assert talk in (await bo.client.get(INBOX, params={"folder": "resolved"})).text
    async with database.transaction() as db:
        await db.execute(update(Conversation).values(openid=None))
    assert talk not in (await bo.client.get(INBOX, params={"folder": "resolved"})).text


async def test_the_work_is_shared(
    anna: Browser, bo: Browser, talk: str, database: Database
) -> None:
    account_id = str((await _row(database, talk)).id)
    async with database.snapshot() as db:
        staff = {account.login: account for account in await handling.colleagues(db)}
    to = f"{talk}/handling"
    given = await anna.send(talk, to, status="open", assignee=str(staff["bo"].id))
    mine = (await bo.client.get(INBOX, params={"folder": "mine"})).text
    noted = await bo.send(talk, f"{talk}/notes", note="等秘书处确认<b>")
    page = (await anna.client.get(talk)).text
    done = await bo.send(talk, to, status="resolved", assignee=str(staff["bo"].id))
    unfit = await bo.send(talk, to, status="open", assignee=account_id)
    waiting = (await anna.client.get(INBOX)).text

    # assignee_unfit
    assert [one.status_code for one in (given, noted, done, unfit)] == [303, 303, 303, 422]
    assert 'data-code="assignee_unfit"' in unfit.text
    assert talk in mine
    assert "备注 · Bo" in page
    assert "等秘书处确认&lt;b&gt;" in page
    assert talk not in waiting
    row = await _row(database, talk)
    assert (row.status, row.assignee_id) == (ConversationStatus.RESOLVED, staff["bo"].id)
    async with database.snapshot() as db:
        acts = [entry.act for entry in await audit.entries(db, most=3)]
    assert acts == ["inbox.status_set", "inbox.noted", "inbox.assigned"]


async def test_a_canned_reply_says_what_holds_today(anna: Browser, talk: str) -> None:
    page = "/staff/canned-replies"
    made = await anna.send(page, title="截止时间", reply="截止时间是{{deadline}}。")
    taken = await anna.send(page, title="截止时间", reply="另一条")
    unfit = await anna.send(page, title="错", reply="{{whatever}}")
    found = (await anna.client.get(page, params={"word": "是"})).text
    none = (await anna.client.get(page, params={"word": "%"})).text
    opened = (await anna.client.get(talk)).text
    (reply,) = re.findall(rf'href="{talk}\?reply=([^"]+)"', opened)
    begun = (await anna.client.get(talk, params={"reply": reply})).text
    changed = await anna.send(f"{page}/{reply}", title="截止", reply="已截止")
    gone = await anna.send(page, f"{page}/{reply}/remove")
    again = await anna.client.get(f"{page}/{reply}")

    # canned_reply_taken · canned_reply_unfit · canned_reply_not_found
    assert [one.status_code for one in (made, changed, gone)] == [303, 303, 303]
    assert (taken.status_code, 'data-code="canned_reply_taken"' in taken.text) == (409, True)
    assert (unfit.status_code, 'data-code="canned_reply_unfit"' in unfit.text) == (422, True)
    assert (f"{page}/{reply}" in found, f"{page}/{reply}" in none) == (True, False)
    assert re.search(r"截止时间是[^{}]*2026年\d+月\d+日", begun), re.findall(r"截止时间是.*", begun)
    assert again.status_code == 404


async def test_a_picture_is_shown_to_those_who_answer(
    anna: Browser, talk: str, database: Database, clock: SetClock
) -> None:
    async with database.transaction() as db:
        sent = {}
        for kind in ("image/png", "image/svg+xml"):
            message = Message(
                conversation_id=UUID(talk.rpartition("/")[2]),
                author=Author.VISITOR,
                kind=MessageKind.IMAGE,
                said_at=clock.now,
            )
            db.add(message)
            await db.flush()
            db.add(MessageMedia(message_id=message.id, content_type=kind, content=b"picture"))
            sent[kind] = f"{INBOX}/pictures/{message.id}"

    page = (await anna.client.get(talk)).text
    shown = await anna.client.get(sent["image/png"])
    hidden = await anna.client.get(sent["image/svg+xml"])

    # message_picture_not_found
    assert (shown.content, shown.headers["content-type"]) == (b"picture", "image/png")
    assert hidden.status_code == 404
    assert [f'src="{address}"' in page for address in sent.values()] == [True, False]


async def test_a_note_goes_with_its_visitor(
    anna: Browser, talk: str, database: Database, clock: SetClock
) -> None:
    await anna.send(talk, f"{talk}/notes", note="要求寄送纸质版")
    row = await _row(database, talk)
    async with database.transaction() as db:
        visitor = Visitor(first_seen_at=clock.now, last_seen_at=clock.now, oa_openid=row.openid)
        db.add(visitor)
        await db.flush()
        given = await personal.export_notes(db, visitor_id=visitor.id)
        await personal.erase(db, visitor_id=visitor.id, now=clock.now)
        left = (await db.scalars(select(ConversationNote))).all()

    assert [note["text"] for note in given] == ["要求寄送纸质版"]
    assert left == []
    assert (await anna.client.get(talk)).status_code == 404


async def test_what_is_being_written_outlives_the_session(
    anna: Browser, bo: Browser, talk: str
) -> None:
    kept = await anna.send(talk, f"{talk}/draft", answer="您好，请稍等")
    await anna.log_in("anna")
    again = (await anna.client.get(talk)).text
    theirs = (await bo.client.get(talk)).text
    await anna.send(talk, answer=SAID, seen="0")
    sent = (await anna.client.get(talk)).text
    anna.client.cookies.clear()
    lost = await anna.client.get(talk, headers={"HX-Request": "true"})

    assert kept.status_code == 204
    assert "您好，请稍等</textarea>" in again
    assert ("请稍等" in theirs, "请稍等" in sent) == (False, False)
    assert (lost.status_code, lost.headers["hx-retarget"]) == (401, "#live")
    assert 'id="signed-out"' in lost.text


async def test_one_character_is_enough_to_find_what_was_said(
    anna: Browser, database: Database, clock: SetClock
) -> None:
    talk = await write(database, "炉渣怎么处理", "谢谢 100%", "再见", at=clock.now)
    page = f"{INBOX}/search"

    found = {
        word: (await anna.client.get(page, params={"word": word})).text.count("through=")
        for word in ("渣", "炉渣怎", "见", "%", "_", "不在")
    }
    hit = (await anna.client.get(page, params={"word": "渣"})).text
    (address,) = re.findall(rf'href="({INBOX}/{talk}\?through=[^"]+)"', hit)
    opened = (await anna.client.get(address)).text

    assert found == {"渣": 1, "炉渣怎": 1, "见": 1, "%": 1, "_": 0, "不在": 0}
    assert ("炉渣怎么处理" in opened, "谢谢 100%" in opened) == (True, False)

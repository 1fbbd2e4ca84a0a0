"""What those at the desk add: tags that find comments, translations that stand beside them."""

from datetime import timedelta
from io import BytesIO

import pytest
from python_calamine import load_workbook

from api.app import Application
from models import Conversation, Message
from models.vocabulary import Account, Author, MessageKind
from services import audit, consultations, feedback
from services.feedback import Sender
from services.feedback_desk import log, publishing
from services.feedback_desk.answering import Deed
from tests.conftest import INSIDE_THE_ROUND
from tests.integration.staff import commenters
from tests.integration.staff.commenters import Commenters
from tests.integration.staff.workers import Browser, hire
from tests.support import filled_forms

pytestmark = pytest.mark.any_database

FORMULAS = ("=1+1", "+1", "-1", "@SUM(A1)", "\tx", "＝1", "＋1", "－1", "＠A")
MESSAGES = "/staff/messages/export"


async def test_tags_are_given_to_many_and_find_them_again(
    application: Application, people: Commenters, editor: Browser
) -> None:
    receipts = [await people.say(f"意见 {number}") for number in range(3)]
    chosen = {f"item-{receipt}": "on" for receipt in receipts[:2]}
    at = commenters.path(receipts[0])
    many = await editor.send("/staff/feedback", "/staff/feedback/tagged", tag="# 赤泥", **chosen)
    await editor.send(at, f"{at}/tags", tag="赤泥")
    nothing = await editor.send("/staff/feedback", "/staff/feedback/tagged", tag="x")
    long = await editor.send(at, f"{at}/tags", tag="字" * 21)
    found = await commenters.page(editor, "/staff/feedback?tag=赤泥")
    rows = (await editor.send("/staff/feedback/export", purpose="here", kind="json")).json()
    await editor.send(at, f"{at}/tags/remove", tag="赤泥")
    fewer = await commenters.page(editor, "/staff/feedback?tag=赤泥")
    for number in range(10):
        await editor.send(at, f"{at}/tags", tag=f"标签 {number}")
    more = await editor.send(at, f"{at}/tags", tag="再来一个")

    # nothing_chosen · tag_unfit · too_many_tags
    assert (many.status_code, nothing.status_code, long.status_code) == (303, 422, 422)
    assert 'data-code="tag_unfit"' in long.text
    assert [commenters.path(receipt) in found for receipt in receipts] == [True, True, False]
    assert [row["tags"] for row in rows] == ["赤泥", "赤泥", ""]
    assert [commenters.path(receipt) in fewer for receipt in receipts] == [False, True, False]
    assert (more.status_code, 'data-code="too_many_tags"' in more.text) == (409, True)
    assert (await commenters.acts(application)).count("feedback.tagged") == 12
    async with application.parts.database.transaction() as db:
        entry = (await log.entry(db, receipt=receipts[1])).item
        sender = Sender(visitor_id=entry.visitor_id)
        await feedback.withdraw(db, receipt=receipts[1], sender=sender, now=INSIDE_THE_ROUND)
    assert receipts[1] not in await commenters.page(editor, "/staff/feedback?tag=赤泥")


async def test_a_translation_stands_beside_the_original_and_is_published_by_consent(
    application: Application, people: Commenters, editor: Browser
) -> None:
    shown, silent, redacted = [
        await people.say(text, may_publish_text=agreed)
        for text, agreed in (("请给出过渡期。", True), ("不能公开。", False), ("张三来过。", True))
    ]
    words = {shown: "Please allow for a transition.", silent: "Secret.", redacted: "Zhang called."}
    for receipt, comment in words.items():
        at = commenters.path(receipt)
        await editor.send(at, f"{at}/translation", seen="0", version="1", comment=comment)
        await editor.send(at, seen="0", disposition="accepted", response_zh="好")
        await editor.send(at, f"{at}/judgement", passed="true")
    at = commenters.path(redacted)
    hidden = {"public_text": "[已略去]", "redaction_reason": "x"}
    await editor.send(at, f"{at}/redaction", seen="1", **hidden)
    at = commenters.path(shown)
    late = await editor.send(at, f"{at}/translation", seen="0", version="1", comment="Mine.")
    await _publish(application)
    rows = (await editor.send("/staff/feedback/export", purpose="public", kind="json")).json()
    page = (await editor.client.get("/synopsis/2026-first/PS/V4/10")).text
    item = await commenters.page(editor, at)

    # translation_changed
    assert (late.status_code, 'data-code="translation_changed"' in late.text) == (409, True)
    assert ("Please allow" in item, "Mine." in late.text, "译者：Edith" in item) == (True,) * 3
    assert ("Please allow" in page, "以下为 ASI 工作人员的译文" in page) == (True, True)
    assert ("Secret" in page, "Zhang" in page) == (False, False)
    assert [row["comment_translated"] for row in rows] == ["Please allow for a transition.", "", ""]
    async with application.parts.database.transaction() as db:
        entry = (await log.entry(db, receipt=shown)).item
        sender = Sender(visitor_id=entry.visitor_id)
        await feedback.withdraw(db, receipt=shown, sender=sender, now=INSIDE_THE_ROUND)
    assert "Please allow" not in await commenters.page(editor, at)


async def _publish(application: Application) -> None:
    account = await hire(application, "ann")
    after = INSIDE_THE_ROUND + timedelta(days=400)
    async with application.parts.database.transaction() as db:
        consultation = await consultations.current(db, now=after)
        deed = Deed(account=account, may_publish=True, now=after)
        await publishing.publish(db, consultation=consultation, by=deed, now=after)


async def test_messages_are_given_with_as_much_as_their_reader_may_have(
    application: Application, editor: Browser
) -> None:
    async with application.parts.database.transaction() as db:
        talk = Conversation(account=Account.OFFICIAL_ACCOUNT, openid="o1")
        db.add(talk)
        await db.flush()
        said = [(Author.VISITOR, text) for text in (*FORMULAS, "我的电话 13800138000")]
        said.append((Author.STAFF, "请打 13901145114。"))
        for number, (author, text) in enumerate(said):
            db.add(
                Message(
                    conversation_id=talk.id,
                    author=author,
                    kind=MessageKind.TEXT,
                    said_at=INSIDE_THE_ROUND + timedelta(minutes=number),
                    text=text,
                )
            )
    page = await commenters.page(editor, f"{MESSAGES}?since=2026-03-02&until=2026-03-02")
    before = await commenters.page(editor, f"{MESSAGES}?until=2026-03-01")
    here = await editor.send(MESSAGES, purpose="here", kind="xlsx")
    table = await editor.send(MESSAGES, purpose="here", kind="csv")
    abroad = await editor.send(MESSAGES, purpose="abroad", kind="json", since="2026-03-02")
    wrong = await editor.send(MESSAGES, purpose="anywhere", kind="pdf")
    endless = [
        (await editor.send(MESSAGES, purpose="here", kind="csv", since=day, until=day)).status_code
        for day in ("0001-01-01", "9999-12-31")
    ]

    assert ("共 11 条" in page, "共 0 条" in before, wrong.status_code) == (True, True, 422)
    assert endless == [422, 422]
    rows = load_workbook(BytesIO(here.content)).get_sheet_by_index(0).to_python()
    assert [row[7] for row in rows[1:10]] == list(FORMULAS)
    assert filled_forms.formulas(here.content) == 0
    assert all(f"'{text}" in table.text for text in FORMULAS)
    assert [row["text"] for row in abroad.json()] == [""] * 10 + ["请打 13•••。"]
    async with application.parts.database.snapshot() as db:
        acts = await audit.entries(db, most=3)
    assert [act.details["purpose"] for act in acts] == ["abroad", "here", "here"]

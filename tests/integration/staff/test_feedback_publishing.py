"""Answers are published all at once, by consent; and each commenter is told once."""

from datetime import timedelta
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from api.app import Application
from models import Notice
from models.bilingual import Bilingual
from models.vocabulary import FeedbackKind, NoticeKind, StaffRole
from services import consultations, jobs
from services.feedback import personal
from services.feedback_desk import answering, log, publishing
from services.feedback_desk.answering import Deed, Wish
from services.feedback_desk.refusals import AnswersMissing, NothingToPublish
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND
from tests.integration.staff import commenters
from tests.integration.staff.commenters import Commenters
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database

AFTER_THE_ROUND = INSIDE_THE_ROUND + timedelta(days=400)


@pytest.fixture
async def answered(people: Commenters, editor: Browser) -> Commenters:
    """Four answered comments: one to be quoted, one silent, one redacted, one not looked at."""
    may: dict[str, Any] = {"may_publish_text": True}
    quoted = await people.say(
        "请公开我的意见。", **may, may_publish_name=True, organisation="甲公司"
    )
    await people.say("这句话不能公开。", anonymous=True)
    redacted = await people.say("张三的电话是 13800138000。", **may)
    await people.say("没有人看过。", **may)
    for receipt in people.receipts:
        await editor.send(
            commenters.path(receipt), seen="0", disposition="accepted", response_zh=f"答 {receipt}"
        )
    for receipt in (quoted, redacted):
        await editor.send(
            commenters.path(receipt), f"{commenters.path(receipt)}/judgement", passed="true"
        )
    hidden = f"{commenters.path(redacted)}/redaction"
    stale = await editor.send(
        commenters.path(redacted), hidden, seen="7", redaction_reason="旧版本"
    )
    # comment_changed
    assert 'data-code="comment_changed"' in stale.text
    words = {"public_text": "[已略去]", "redaction_reason": "含个人信息"}
    assert (
        await editor.send(commenters.path(redacted), hidden, seen="1", **words)
    ).status_code == 303
    return people


async def test_all_answers_are_published_at_once(
    application: Application, answered: Commenters, editor: Browser, clock: SetClock
) -> None:
    at, section = "/staff/feedback/publication", "/synopsis/2026-first/PS/V4/10"
    async with browsing(application) as anybody:
        early = await editor.send("/staff/account", at, sure="on")
        before = [(await anybody.client.get(path)).status_code for path in ("/synopsis", section)]
        clock.now = AFTER_THE_ROUND
        unsure = await editor.send(at)
        done = [await editor.send(page, at, sure="on") for page in (at, "/staff/account")]
        shown = {
            path: (await anybody.client.get(path)).text
            for path in ("/synopsis", section, "/synopsis/2026-first/PS/V4/11", "/feedback")
        }

    # round_still_open · synopsis_not_found
    assert (early.status_code, 'data-code="round_still_open"' in early.text) == (409, True)
    assert before == [404, 404]
    assert (unsure.status_code, [page.status_code for page in done]) == (422, [303, 303])
    assert "共收到 4 条意见" in shown["/synopsis"]
    assert "意见 4 条，研讨会报名 0 人次" in shown["/synopsis"]
    assert all(f"答 {receipt}" in shown[section] for receipt in answered.receipts)
    for words in ("请公开我的意见。", "甲公司", "[已略去]", "含个人信息"):
        assert words in shown[section]
    for words in ("这句话", "13800138000", "没有人看过"):
        assert words not in shown[section]
    assert "synopsis_not_found" in shown["/synopsis/2026-first/PS/V4/11"]
    assert "/synopsis/2026-first" in shown["/feedback"]
    assert (await commenters.acts(application)).count("feedback.published") == 1


async def test_the_public_file_and_the_public_page_know_the_same(
    application: Application, answered: Commenters, editor: Browser
) -> None:
    at, section = "/staff/feedback/export", "/synopsis/2026-first/PS/V4/10"
    database = application.parts.database
    account = await hire(application, "ann")
    await _publish(database, Deed(account=account, may_publish=True, now=INSIDE_THE_ROUND))
    rows = (await editor.send(at, purpose="public", kind="json")).json()
    async with database.transaction() as db:
        quoted = (await log.entry(db, receipt=answered.receipts[0])).item
        assert quoted.visitor_id
        await personal.erase(db, visitor_id=quoted.visitor_id, now=AFTER_THE_ROUND)
        redacted = (await log.entry(db, receipt=answered.receipts[2])).item
        assert redacted.visitor_id
        await personal.erase(db, visitor_id=redacted.visitor_id, now=AFTER_THE_ROUND)
    shown = (await editor.client.get(section)).text

    assert [(row["comment"], row["organisation"]) for row in rows] == [
        ("请公开我的意见。", "甲公司"),
        ("", ""),
        ("[已略去]", ""),
        ("", ""),
    ]
    assert "anonymous" not in rows[0]
    # Who is forgotten has no name here either; what they said, and how it was redacted, stays.
    for words in ("请公开我的意见。", "[已略去]", "含个人信息"):
        assert words in shown
    for words in ("甲公司", "13800138000"):
        assert words not in shown


async def test_the_public_file_is_given_once_the_answers_are_published_and_of_comments_alone(
    application: Application, answered: Commenters, editor: Browser
) -> None:
    at = "/staff/feedback/export"
    question = await answered.say("请问何时公布？", kind=FeedbackKind.QUESTION)
    early = await editor.send(at, purpose="public", kind="json")
    inside = await editor.send(at, f"{at}?kind=question", purpose="here", kind="json")
    account = await hire(application, "ann")
    by = Deed(account=account, may_publish=True, now=INSIDE_THE_ROUND)
    await _publish(application.parts.database, by)
    given = await editor.send(at, f"{at}?kind=question", purpose="public", kind="json")

    # answers_not_published
    assert (early.status_code, 'data-code="answers_not_published"' in early.text) == (409, True)
    assert "公布之后才能导出公开版" in early.text
    assert [row["receipt"] for row in inside.json()] == [question]
    assert question not in {row["receipt"] for row in given.json()}
    assert (await commenters.acts(application)).count("feedback.exported") == 2


async def test_commenters_are_told_once_and_see_their_answer(
    application: Application, people: Commenters, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    database = application.parts.database
    receipts = [await people.say(words, anonymous=words == "三") for words in ("一", "二", "三")]
    editor = await hire(application, "edith", StaffRole.EDITOR)
    by = Deed(account=editor, may_publish=True, now=INSIDE_THE_ROUND)
    wish = Wish(disposition="accepted", response=Bilingual("采纳", "Accepted"))
    # answers_missing
    with pytest.raises(AnswersMissing, match="3"):
        await _publish(database, by)
    for receipt in receipts:
        async with database.transaction() as db:
            await answering.answer(db, receipt=receipt, wish=wish, seen=0, by=by)
    mine = people.receipts[0]
    before = (await people.ask(client, mine)).json()["answer"]
    assert await _publish(database, by)
    assert not await _publish(database, by)
    after = (await people.ask(client, f"{mine}?lang=en")).json()["answer"]
    for _ in range(2):
        await _run_due(database, clock)
        async with database.transaction() as db:
            consultation = await consultations.current(db, now=AFTER_THE_ROUND)
            await jobs.enqueue(db, publishing.ANNOUNCE, consultation_id=str(consultation.id))

    assert before is None
    assert (after["disposition"], after["response"]) == ("accepted", "Accepted")
    async with database.snapshot() as db:
        told = list(await db.scalars(select(Notice)))
    assert {notice.kind for notice in told} == {NoticeKind.COMMENT_ANSWERED}
    assert len(told) == 2


async def test_what_is_published_is_changed_by_those_who_may_publish(
    application: Application, people: Commenters, editor: Browser
) -> None:
    database = application.parts.database
    receipt = await people.say("一", may_publish_text=True)
    at = commenters.path(receipt)
    await editor.send(at, seen="0", disposition="accepted", response_zh="采纳", note="内部")
    account = await hire(application, "ann")
    by = Deed(account=account, may_publish=True, now=INSIDE_THE_ROUND)
    await _publish(database, by)
    async with browsing(application) as anna:
        await anna.log_in("ann")
        refused = await anna.send(at, seen="1", disposition="explained", response_zh="改了")
    empty = await editor.send(at, seen="1", disposition="explained")
    changed = await editor.send(at, seen="1", disposition="explained", response_zh="更正")
    section = (await editor.client.get("/synopsis/2026-first/PS/V4/10")).text

    # answers_are_published · answer_incomplete
    assert (refused.status_code, 'data-code="answers_are_published"' in refused.text) == (403, True)
    assert (empty.status_code, 'data-code="answer_incomplete"' in empty.text) == (422, True)
    assert changed.status_code == 303
    assert "更正" in section
    assert "内部" not in section


async def test_a_round_without_comments_has_nothing_to_publish(
    application: Application,
) -> None:
    editor = await hire(application, "edith", StaffRole.EDITOR)
    by = Deed(account=editor, may_publish=True, now=INSIDE_THE_ROUND)

    # nothing_to_publish
    with pytest.raises(NothingToPublish):
        await _publish(application.parts.database, by)


async def _publish(database: Database, by: Deed) -> bool:
    async with database.transaction() as db:
        consultation = await consultations.current(db, now=AFTER_THE_ROUND)
        return await publishing.publish(db, consultation=consultation, by=by, now=AFTER_THE_ROUND)


async def _run_due(database: Database, clock: SetClock) -> None:
    clock.now = AFTER_THE_ROUND
    await jobs.runner(database, jobs.Registry(publishing.kinds(), ()), clock=clock).run_due()

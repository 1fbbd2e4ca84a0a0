"""The feedback desk: comments are found, answered, exported; and go with all their copies."""

import re
from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from python_calamine import load_workbook

from api.app import Application
from models.vocabulary import FeedbackKind, FeedbackSource, StaffRole
from services import audit, consultations
from services.feedback import attachments, personal
from services.feedback.files import Checked
from services.feedback_desk import log
from services.feedback_desk.log import Filter
from services.runtime.clock import utc_now
from tests.conftest import INSIDE_THE_ROUND
from tests.integration.staff import commenters
from tests.integration.staff.commenters import Commenters
from tests.integration.staff.workers import Browser, browsing, hire

pytestmark = pytest.mark.any_database

AFTER_THE_ROUND = INSIDE_THE_ROUND + timedelta(days=400)


async def test_the_log_is_filtered_and_goes_on_where_it_ended(
    application: Application, people: Commenters, editor: Browser
) -> None:
    one = await people.say("赤泥堆场需要过渡期。", stakeholder="academia")
    two = await people.say("矿山关闭的保证金太高。", section="9", organisation="某某铝业")
    three = await people.say("<script>alert(1)</script>", anonymous=True)

    async with application.parts.database.snapshot() as db:
        consultation = await consultations.current(db, now=INSIDE_THE_ROUND)
        part = await log.part(db, consultation_id=consultation.id, which=Filter(), most=2)
    first = await commenters.page(editor, "/staff/feedback")
    rest = await commenters.page(editor, f"/staff/feedback?after={two}")
    by_section = await commenters.page(editor, "/staff/feedback?section=PS/V4/9")
    by_group = await commenters.page(editor, "/staff/feedback?stakeholder=academia")
    by_word = await commenters.page(
        editor, "/staff/feedback?words=赤泥&assignee=-&disposition=-&source=h5"
    )
    questions = await commenters.page(editor, "/staff/feedback?kind=question&assignee=nobody")

    assert [entry.item.receipt for entry in part.entries] == [three, two]
    assert part.next == two
    assert [one in first, two in first, three in first] == [True, True, True]
    assert "<script>alert" not in first
    assert [one in rest, two in rest] == [True, False]
    assert [one in by_section, two in by_section] == [False, True]
    assert [one in by_group, three in by_group] == [True, False]
    assert [one in by_word, two in by_word] == [True, False]
    assert not any(receipt in questions for receipt in people.receipts)


async def test_the_number_above_the_log_is_that_of_its_entries(
    application: Application, people: Commenters, editor: Browser
) -> None:
    one = await people.say("赤泥堆场需要过渡期。", stakeholder="academia")
    two = await people.say("矿山关闭的保证金太高。", section="9")
    three = await people.say("过渡期太长。", anonymous=True)
    await people.withdraw(two)
    await editor.send(
        commenters.path(one), seen="0", disposition="accepted", response_zh="已采纳。"
    )
    await editor.send(commenters.path(one), f"{commenters.path(one)}/tags", tag="堆场")
    await editor.send(commenters.path(three), seen="0", disposition="explained")
    every = [three, two, one]
    asked = [
        (Filter(), every),
        (Filter(source=FeedbackSource.H5), every),
        (Filter(source=FeedbackSource.EXCEL), []),
        (Filter(kind=FeedbackKind.QUESTION), []),
        (Filter(section="PS/V4/10"), [three, one]),
        (Filter(stakeholder="academia"), [one]),
        (Filter(disposition="accepted"), [one]),
        (Filter(disposition=log.NONE), []),
        (Filter(assignee=log.NONE, words="过渡期"), [three, one]),
        (Filter(unanswered=True), [three]),
        (Filter(tag="堆场"), [one]),
        (Filter(tag="堆场", unanswered=True), []),
    ]

    async with application.parts.database.snapshot() as db:
        round_ = await consultations.current(db, now=INSIDE_THE_ROUND)
        shown = [
            (which, await log.part(db, consultation_id=round_.id, which=which))
            for which, _ in asked
        ]
        numbers = [
            await log.count(db, consultation_id=round_.id, which=which) for which, _ in asked
        ]

    assert [(which, [it.item.receipt for it in part.entries]) for which, part in shown] == asked
    assert numbers == [len(receipts) for _, receipts in asked]


async def test_an_answer_is_saved_and_two_do_not_overwrite_each_other(
    application: Application, people: Commenters, editor: Browser
) -> None:
    await hire(application, "anna")
    receipt = await people.say("建议延长过渡期。")
    at = commenters.path(receipt)
    template = await commenters.page(editor, f"{at}?template=accepted")
    saved = await editor.send(at, seen="0", disposition="accepted", response_zh="已采纳。")
    async with browsing(application) as anna:
        await anna.log_in("anna")
        late = await anna.send(at, seen="0", disposition="not_accepted", response_zh="我的答复")
        known = await anna.send(at, seen="1", disposition="explained", response_zh="已说明。")
    wrong = await editor.send(at, seen="2", disposition="perhaps")
    nobody = await editor.send(at, seen="2", assignee="00000000-0000-0000-0000-000000000000")

    # answer_changed · term_unknown · assignee_unknown
    assert "我们采纳这条意见" in template
    assert saved.status_code == 303
    assert (late.status_code, 'data-code="answer_changed"' in late.text) == (409, True)
    assert "已采纳。" in late.text
    assert "我的答复" in late.text
    assert known.status_code == 303
    assert (wrong.status_code, 'data-code="term_unknown"' in wrong.text) == (422, True)
    assert (nobody.status_code, 'data-code="assignee_unknown"' in nobody.text) == (422, True)
    assert "已说明。" in await commenters.page(editor, at)
    assert await commenters.acts(application) == ["feedback.answered", "feedback.answered"]


async def test_many_are_answered_at_once_and_nothing_written_is_lost(
    application: Application, people: Commenters, editor: Browser
) -> None:
    same = "建议为现有赤泥堆场设置五年过渡期，并说明已批准的项目是否豁免，意见"
    receipts = [await people.say(f"{same} {number}") for number in range(3)]
    await editor.send(commenters.path(receipts[0]), seen="0", response_zh="亲笔答复")
    to = "/staff/feedback/together"
    chosen = {f"item-{receipt}": "on" for receipt in receipts[:2]}

    nothing = await editor.send("/staff/feedback", to, disposition="accepted")
    done = await editor.send(
        "/staff/feedback", to, disposition="next_round", with_template="on", **chosen
    )

    alike = await commenters.page(editor, "/staff/feedback/alike")
    assert all(f'name="item-{receipt}"' in alike for receipt in receipts)
    # nothing_chosen
    assert (nothing.status_code, 'data-code="nothing_chosen"' in nothing.text) == (422, True)
    assert done.status_code == 303
    assert "亲笔答复" in await commenters.page(editor, commenters.path(receipts[0]))
    assert "我们会在下一轮征询中一并研究" in await commenters.page(
        editor, commenters.path(receipts[1])
    )
    open_ = await commenters.page(editor, "/staff/feedback?disposition=-")
    assert [receipt in open_ for receipt in receipts] == [False, False, True]
    await editor.send(commenters.path(receipts[2]), seen="0", disposition="accepted")
    unanswered = await commenters.page(editor, "/staff/feedback?unanswered=on")
    assert [receipt in unanswered for receipt in receipts] == [False, False, True]
    async with application.parts.database.snapshot() as db:
        entry = (await audit.entries(db, most=2))[1]
    assert entry.details["receipts"] == receipts[:2]


async def test_a_viewer_reads_without_knowing_who_wrote_and_changes_nothing(
    application: Application, people: Commenters
) -> None:
    receipt = await people.say("建议延长过渡期。", organisation="某某铝业")
    await hire(application, "vera", StaffRole.VIEWER)
    async with browsing(application) as vera:
        await vera.log_in("vera")
        item = await commenters.page(vera, commenters.path(receipt))
        coverage = await commenters.page(vera, "/staff/feedback/coverage")
        refused = [
            (await vera.send("/staff/account", to)).status_code
            for to in (
                commenters.path(receipt),
                f"{commenters.path(receipt)}/redaction",
                "/staff/feedback/together",
                "/staff/feedback/export",
                "/staff/feedback/publication",
            )
        ]

    assert "建议延长过渡期。" in item
    assert "某某铝业" not in item
    assert "<form" not in item
    assert "section=PS%2FV4%2F10&amp;stakeholder=-" in coverage
    assert refused == [403] * 5


async def test_an_export_holds_what_its_reader_may_have(
    application: Application, people: Commenters, editor: Browser
) -> None:
    shared: dict[str, Any] = {"organisation": "某某铝业", "may_transfer_abroad": True}
    await people.say('=HYPERLINK("https://evil.example")', **shared)
    await people.say("只在国内处理。", organisation="另一家公司", stakeholder="academia")
    at = "/staff/feedback/export"

    here = await editor.send(at, purpose="here", kind="json")
    abroad = await editor.send(at, purpose="abroad", kind="xlsx")
    table = await editor.send(at, purpose="abroad", kind="csv")
    filtered = await editor.send(at, f"{at}?stakeholder=academia", purpose="here", kind="json")
    wrong = await editor.send(at, purpose="anywhere", kind="pdf")

    assert [row["organisation"] for row in here.json()] == ["某某铝业", "另一家公司"]
    assert here.json()[1]["stakeholder_en"] == "Academia"
    rows = load_workbook(BytesIO(abroad.content)).get_sheet_by_index(0).to_python()
    told = dict(zip(rows[0], rows[2], strict=True))
    assert (rows[1][rows[0].index("意见")], rows[1][rows[0].index("所在机构")]) == (
        '=HYPERLINK("https://evil.example")',
        "某某铝业",
    )
    assert (told["意见"], told["所在机构"], told["相关方类别"]) == ("", "", "学术界")
    assert "'=HYPERLINK" in table.text
    assert "另一家公司" not in table.text
    assert len(filtered.json()) == 1
    assert wrong.status_code == 422
    assert await commenters.acts(application) == ["feedback.exported"] * 4


@pytest.mark.parametrize("way", ["withdrawn", "kept long enough"])
async def test_where_a_text_goes_its_copies_at_the_desk_go_too(
    application: Application, people: Commenters, editor: Browser, way: str
) -> None:
    receipt = await people.say("张三的电话。", may_publish_text=True)
    at = commenters.path(receipt)
    await editor.send(at, seen="0", note="张三来过电话")
    await editor.send(at, f"{at}/redaction", seen="1", public_text="张某", redaction_reason="x")
    if way == "withdrawn":
        await people.withdraw(receipt)
    else:
        async with application.parts.database.transaction() as db:
            item = (await log.entry(db, receipt=receipt)).item
            await personal.forget_texts(db, [item], INSIDE_THE_ROUND)
    saved = await editor.send("/staff/account", at, seen="2", disposition="accepted")

    # feedback_withdrawn
    assert saved.status_code == (409 if way == "withdrawn" else 303)
    assert "张" not in await commenters.page(editor, at)
    async with application.parts.database.snapshot() as db:
        answer = (await log.entry(db, receipt=receipt)).answer
    assert answer is not None
    assert (answer.note, answer.public_text, answer.redaction_reason) == (None, None, None)


async def test_what_was_attached_is_saved_by_those_who_answer_and_by_nobody_else(
    application: Application, people: Commenters, editor: Browser
) -> None:
    content = b"%PDF-1.7 made up"
    checked = Checked(content, content_type="application/pdf", sha256=sha256(content).hexdigest())
    parts = application.parts
    async with parts.database.transaction() as db:
        kept = await attachments.take_in(
            db, checked=checked, visitor_id=uuid4(), index=parts.blind_index, now=utc_now()
        )
    receipt = await people.say("见附件。", tokens=(kept.token,))
    page = await commenters.page(editor, commenters.path(receipt))
    (path,) = re.findall(r'href="(/staff/feedback/items/[^"]+/attachments/[^"]+)"', page)
    given = await editor.client.get(path)
    other = await people.say("没有附件。")
    elsewhere = await editor.client.get(path.replace(receipt, other))

    assert given.content == content
    assert given.headers["content-disposition"] == f'attachment; filename="{receipt}-1.pdf"'
    assert "sandbox" in given.headers["content-security-policy"]
    assert elsewhere.status_code == 404

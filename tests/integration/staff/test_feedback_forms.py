"""Forms: the blank one has the lists, filled-in ones are shown, entered once, or refused."""

import re
from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx2
import pytest
from python_calamine import SheetVisibleEnum, load_workbook

from api.app import Application
from models.vocabulary import StaffRole
from services import audit
from services.feedback import personal
from services.feedback_desk import log
from services.feedback_forms import importing
from services.runtime.clock import utc_now
from tests.conftest import INSIDE_THE_ROUND
from tests.integration.staff import commenters
from tests.integration.staff.workers import Browser, browsing, hire
from tests.support import filled_forms
from tests.support.clocks import SetClock
from tests.support.filled_forms import SECTION

pytestmark = pytest.mark.any_database

AT = commenters.IMPORT
ROWS: list[dict[str, Any]] = [
    {
        "section": SECTION,
        "comment": "=1+1 赤泥堆场需要过渡期。",
        "name": "王工",
        "organisation": "某某铝业",
        "stakeholder": "学术界",
        "email": "Wang@Example.org",
        "may_contact": "是 / Yes",
        "may_publish_text": "是",
    },
    {"section": "ps/v4/9", "comment": "保证金太高。\n请说明。", "comment_type": "technical"},
]


async def entered(browser: Browser, content: bytes) -> tuple[str, httpx2.Response]:
    """Upload and confirm; give the page before and the answer after."""
    at = (await commenters.upload(browser, content)).headers["location"]
    shown = await commenters.page(browser, at)
    return shown, await browser.send(at, received_on="2026-03-02")


async def test_the_blank_form_has_the_lists_of_the_round_and_is_offered_while_it_is_open(
    client: httpx2.AsyncClient, clock: SetClock, editor: Browser
) -> None:
    page = await client.get("/feedback")
    here = await client.get("/feedback/form?lang=en")
    given = await client.get("/feedback/form.xlsx")
    again = await client.get(
        "/feedback/form.xlsx", headers={"If-None-Match": given.headers["etag"]}
    )
    back = await commenters.upload(editor, given.content)
    clock.now = INSIDE_THE_ROUND + timedelta(days=400)
    late = await client.get("/feedback/form.xlsx")
    at_the_desk = await editor.client.get("/staff/feedback/form.xlsx")

    assert 'href="/feedback/form"' in page.text
    assert "consultation@aluminium-stewardship.org" in here.text
    assert given.headers["content-disposition"].endswith('form-2026-first.xlsx"')
    assert again.status_code == 304
    book = load_workbook(BytesIO(given.content))
    visible = [sheet.visible is SheetVisibleEnum.Visible for sheet in book.sheets_metadata]
    assert visible == [True, True, False]
    lists = book.get_sheet_by_index(2).to_python()
    assert str(lists[0][0]).startswith("PS V4 · ")
    assert "学术界 / Academia" in [row[3] for row in lists]
    head = book.get_sheet_by_index(1).to_python()[0]
    assert tuple(head) == filled_forms.HEAD
    # form_empty
    assert (back.status_code, 'data-code="form_empty"' in back.text) == (422, True)
    assert late.status_code == 409
    assert load_workbook(BytesIO(at_the_desk.content)).sheet_names == book.sheet_names


async def test_a_filled_in_form_is_shown_and_then_entered_once(
    application: Application, editor: Browser
) -> None:
    content = filled_forms.workbook([*ROWS, ROWS[1]])
    shown, done = await entered(editor, content)
    once_more = await commenters.upload(
        editor,
        filled_forms.workbook([*ROWS, {**ROWS[1], "comment": "新意见。", "name": "李工"}]),
    )
    shown_again = await commenters.page(editor, once_more.headers["location"])
    gone = await editor.client.get(f"{AT}/{'0' * 8}-0000-0000-0000-{'0' * 12}")

    assert ("新意见 2 条；不再录入 1 条" in shown, "与第 4 行相同" in shown) == (True, True)
    assert ("可以联系" in shown, "王工" in shown) == (True, True)
    first, second = sorted(set(re.findall(r"ASI-CN-2026-[0-9]+", done.text)))
    assert ("新意见 1 条；不再录入 2 条" in shown_again, f"已录入：{first}" in shown_again) == (
        True,
        True,
    )
    assert gone.status_code == 404  # import_gone
    item = await commenters.page(editor, commenters.path(first))
    assert all(said in item for said in ("=1+1", "wang@example.org", "意见表", "Edith", "某某铝业"))
    other = await commenters.page(editor, commenters.path(second))
    assert "王工" in other  # what was said of the sender once holds for the rows below
    assert await commenters.acts(application) == ["feedback.imported"]
    async with application.parts.database.snapshot() as db:
        entry = await log.entry(db, receipt=first)
        (act,) = await audit.entries(db, most=1)
    assert (entry.item.source.value, entry.version.may_contact) == ("excel", True)
    assert act.details == {"entered": 2, "rows": 3, "first": first, "last": second}


OTHER_SHEET = b'<!DOCTYPE x [<!ENTITY a "b">]><worksheet>&a;</worksheet>'
MACROS = b"application/vnd.ms-excel.sheet.macroEnabled.main+xml"
HEAD = filled_forms.HEAD
GOOD = filled_forms.workbook(ROWS)
WRONG: list[tuple[str, bytes]] = [
    ("form_missing", b""),
    ("form_unreadable", b"PK\x03\x04 and nothing more"),
    ("form_unreadable", GOOD[:-300]),
    ("form_unreadable", filled_forms.with_file(GOOD, "xl/worksheets/sheet2.xml", OTHER_SHEET)),
    ("form_unreadable", b"\x89PNG\r\n\x1a\n\0\0"),
    ("form_old_or_locked", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)),
    ("form_with_macros", filled_forms.with_file(GOOD, "xl/vbaProject.bin", b"x")),
    ("form_with_macros", filled_forms.with_file(GOOD, "[Content_Types].xml", MACROS)),
    ("form_too_large", filled_forms.bomb(30 * 1024**2)),
    ("form_too_large", bytes(3 * 1024**2 + 1)),
    ("form_too_many_rows", filled_forms.workbook([{"comment": "x"}] * 600)),
    ("form_too_many_rows", filled_forms.table([{"comment": "x"}] * 600)),
    ("form_unmarked", filled_forms.workbook(ROWS, head=HEAD[:-1])),
    ("form_unmarked", "意见,章节\r\n好,10\r\n".encode()),
    ("form_of_other_round", filled_forms.workbook(ROWS, head=(*HEAD[:-1], "asi-form/1 other"))),
    (
        "form_of_other_round",
        filled_forms.workbook(ROWS, head=(*HEAD[:-1], "asi-form/9 2026-first")),
    ),
    (
        "form_columns_wrong",
        filled_forms.workbook([], head=[one for one in HEAD if one != "stance"]),
    ),
    ("form_columns_wrong", filled_forms.workbook([], head=(*HEAD, "phone"))),
    ("form_columns_wrong", (",".join(HEAD) + ",x" * 2000).encode()),
    ("form_empty", filled_forms.workbook([{"name": "王工"}])),
    ("form_encoding_mixed", filled_forms.table(ROWS) + "意见意见意见意见".encode("gb18030")),
    ("form_encoding_unknown", filled_forms.table(ROWS, encoding="utf-16")),
    ("form_encoding_unknown", filled_forms.table(ROWS, encoding="gb18030") + b"\xff\xff"),
]


async def test_a_file_that_is_no_form_of_the_round_is_refused_in_one_sentence(
    application: Application, editor: Browser
) -> None:
    for code, content in WRONG:
        answer = await commenters.upload(editor, content)

        assert answer.status_code in {409, 413, 422}, code
        assert re.findall('data-code="([a-z_]+)"', answer.text) == [code]
    assert await commenters.waiting_imports(application) == 0


async def test_what_is_wrong_in_a_cell_is_told_with_its_row_and_column(
    application: Application, editor: Browser
) -> None:
    rows: list[dict[str, Any]] = [
        {"section": SECTION, "comment": "好", "email": "王"},
        {"section": "PS V9 · 10", "comment": 42, "stance": "=A1"},
        {"comment": "没有章节"},
        {"section": SECTION, "comment": "字" * 2001},
        {"section": SECTION, "comment": True, filled_forms.MARK: "旁注"},
        {"section": SECTION, "comment": "好", "may_contact": "是", "may_publish_name": "是"},
    ]
    answer = await commenters.upload(editor, filled_forms.workbook(rows, formulas=True))

    cells = re.findall("<td>(.*?)</td><td>(.*?)</td><td>(.*?)</td>", answer.text)
    assert answer.status_code == 422
    assert [(row, column, sentence[:5]) for row, column, sentence in cells] == [
        ("3", "电子邮箱", "请填写正确"),
        ("4", "章节", "不在列表中"),
        ("4", "意见", "这个单元格"),
        ("4", "立场", "这个单元格"),
        ("5", "章节", "请选择意见"),
        ("6", "意见", "最多 20"),
        ("7", "意见", "这个单元格"),
        ("7", "O", "这一列不属"),
        ("8", "可以联系我", "同意被联系"),
        ("8", "可以公开我的机构名称", "同意公开名"),
    ]
    assert await commenters.acts(application) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
async def test_a_table_of_texts_is_read_in_the_encodings_of_excel_and_wps(
    editor: Browser, encoding: str
) -> None:
    shown, done = await entered(editor, filled_forms.table(ROWS, encoding=encoding))

    assert "赤泥堆场需要过渡期" in shown
    assert len(set(re.findall(r"ASI-CN-2026-[0-9]+", done.text))) == 2


async def test_a_comment_is_entered_for_somebody_who_can_then_open_it(
    application: Application, client: httpx2.AsyncClient, clock: SetClock, editor: Browser
) -> None:
    at = "/staff/feedback/enter"
    said = {
        "way": "phone",
        "received_on": "2026-03-02",
        "section": "PS/V4/10",
        "comment": "请给出过渡期。",
        "name": "张工",
        "contact": "13800138000",
        "may_contact": "on",
        "told": "on",
    }
    untold = await editor.send(at, **said | {"told": ""})
    unnamed = await editor.send(at, **said | {"contact": ""})
    early = await editor.send(at, **said | {"received_on": "2025-12-01"})
    nowhere = await editor.send(at, **said | {"section": "PS/V4/99"})
    clock.now = INSIDE_THE_ROUND + timedelta(days=400)
    done = await editor.send(at, **said)
    receipt, secret = re.findall('class="code-text copyable">([^<]+)<', done.text)
    opened = await Browser(client).send("/feedback/open", receipt=receipt, secret=secret)
    theirs = await client.get(opened.headers["location"])
    item = await commenters.page(editor, commenters.path(receipt))
    await hire(application, "vera", StaffRole.VIEWER)
    async with browsing(application) as vera:
        await vera.log_in("vera")
        masked = await commenters.page(vera, commenters.path(receipt))

    # sender_unnamed · received_outside_round · section_unknown
    codes = [
        re.findall('data-code="([a-z_]+)"', page.text)[0]
        for page in (untold, unnamed, early, nowhere)
    ]
    assert codes == ["malformed", "sender_unnamed", "received_outside_round", "section_unknown"]
    assert done.status_code == 200
    assert "请给出过渡期。" in theirs.text
    assert ("张工" in item, "13800138000" in item, "电话" in item) == (True, True, True)
    assert ("张工" in masked, "13800138000" in masked, "请给出过渡期。" in masked) == (
        False,
        False,
        True,
    )
    assert await commenters.acts(application) == ["feedback.entered"]
    assert await commenters.agreed_to(application, receipt=receipt) == {"notice", "contact"}


async def test_who_sent_a_form_is_forgotten_when_their_time_is_over(
    application: Application, editor: Browser
) -> None:
    _, done = await entered(editor, filled_forms.workbook(ROWS[:1]))
    (receipt,) = set(re.findall(r"ASI-CN-2026-[0-9]+", done.text))
    await commenters.upload(editor, filled_forms.workbook(ROWS[1:]))
    async with application.parts.database.transaction() as db:
        consultation_id = (await log.entry(db, receipt=receipt)).item.consultation_id
        due = list(await db.scalars(personal.told_by_somebody(consultation_id)))
        await personal.forget_senders(db, due, INSIDE_THE_ROUND)
        await importing.forget_old(db, now=utc_now() + importing.PATIENCE)
    item = await commenters.page(editor, commenters.path(receipt))
    again = await commenters.upload(editor, filled_forms.workbook(ROWS[:1]))
    shown = await commenters.page(editor, again.headers["location"])

    assert [one.receipt for one in due] == [receipt]
    assert ("王工" in item, "wang@example.org" in item, "赤泥" in item) == (False, False, True)
    assert f"已录入：{receipt}" in shown
    assert await commenters.waiting_imports(application) == 1
    async with application.parts.database.snapshot() as db:
        assert list(await db.scalars(personal.told_by_somebody(consultation_id))) == []

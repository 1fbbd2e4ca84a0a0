"""Cards and replies at the content desk: what is taken back is gone, what is told is exact."""

import re
from collections.abc import Awaitable, Callable
from html import unescape

import httpx2
import pytest
from sqlalchemy import func, select

from api.app import Application
from models import Message, Push, ReplyRule, ReplySettings
from services.content import loading, reading
from tests.conftest import INSIDE_THE_ROUND, PACK
from tests.integration.staff.workers import Browser
from tests.support import wechat_pictures

pytestmark = pytest.mark.any_database

CONTENT = "/staff/content"
CARD = f"{CONTENT}/contacts/consultation-china"
OTHER = f"{CONTENT}/contacts/asi-china"
REPLIES = f"{CONTENT}/replies"
DOCUMENTS = f"{REPLIES}/rule/documents"
FORM = re.compile(r'<form[^>]* action="([^"?]+)[^"]*"[^>]*>(.*?)</form>', re.DOTALL)
HIDDEN = re.compile(r'<input type="hidden" name="([a-z_]+)" value="([^"]*)"')
AREA = re.compile(r'<textarea [^>]*name="([a-z_0-9]+)"[^>]*>\n(.*?)</textarea>', re.DOTALL)

Open = Callable[[str], Awaitable[str]]


@pytest.fixture
def reader(application: Application, client: httpx2.AsyncClient) -> Open:
    """Opens a page as it is once processes have seen what was changed."""

    async def opened(path: str) -> str:
        await application.edge.synchronise()
        return (await client.get(path)).text

    return opened


async def test_channels_are_changed_taken_back_and_offered_again(
    editor: Browser, reader: Open
) -> None:
    phone = f"{CARD}/channels/phone"
    changed = await _press(editor, CARD, phone, value="010-8888 9999")
    with_new = await reader("/contacts/consultation-china")
    await _press(editor, CARD, f"{phone}/withdraw")
    without = await reader("/contacts/consultation-china")
    await _press(editor, CARD, f"{phone}/restore")
    again = await reader("/contacts/consultation-china")
    refused = [
        await _press(editor, page, f"{page}/channels/{key}", value=value)
        for page, key, value in (
            (CARD, "phone", "12345"),
            (CARD, "phone", "demo"),
            (OTHER, "wechat", "中文"),
            (OTHER, "wechat", "a b c d"),
            (OTHER, "wechat", "x"),
        )
    ]

    assert changed.headers["location"] == f"{CARD}?done=changed"
    assert ("tel:+861088889999" in with_new, "139 0114 5114" in with_new) == (True, False)
    assert ("tel:+861088889999" in without, "tel:+861088889999" in again) == (False, True)
    for page in refused:
        # contact_value_unfit
        assert (page.status_code, 'data-code="contact_value_unfit"' in page.text) == (422, True)


async def test_a_picture_is_put_in_and_a_card_takes_anothers_place(
    editor: Browser, reader: Open
) -> None:
    person = wechat_pictures.screen(wechat_pictures.PERSON)
    refused = {
        "contact_picture_foreign": wechat_pictures.screen(wechat_pictures.GROUP),
        "contact_picture_unreadable": b"GIF89a",
        "upload_missing": b"",
    }
    for code, content in refused.items():
        page = await _picture(editor, content)
        assert (page.status_code, f'data-code="{code}"' in page.text) == (422, True), code
    past = await _picture(editor, person, valid_until="2026-03-02T08:59")
    done = await _picture(editor, person)
    shown = (await editor.client.get(CARD)).text
    ending = await _picture(editor, person, valid_until="2026-03-03T12:00")
    warned = (await editor.client.get(CARD)).text
    needed = await _press(editor, CARD, f"{CARD}/withdraw")
    replaced = await _press(editor, CARD, f"{CARD}/replace", successor="asi-china")
    notice = await reader("/contacts/consultation-china")
    listed = (await editor.client.get(f"{CONTENT}/contacts")).text

    assert 'data-code="contact_picture_time_unfit"' in past.text
    assert done.headers["location"] == f"{CARD}?done=picture"
    (picture,) = re.findall(r'src="(/contact-pictures/[0-9a-f]{64}\.png)"', shown)
    assert (await editor.client.get(picture)).status_code == 410, "the old card's is erased"
    assert ending.status_code == 303
    assert ("两天内过期" in shown, "两天内过期" in warned) == (False, True)
    assert needed.status_code == 409
    assert "自动回复“联系”" in needed.text
    assert replaced.headers["location"] == f"{CARD}?done=replaced"
    assert "这个二维码已更换" in notice
    assert "已由 asi-china 取代" in listed


HOURS = {
    "time_zone": "Asia/Shanghai",
    "weekdays": [1, 2, 3, 4, 5],
    "begins": "09:00",
    "ends": "18:00",
    "holidays": [],
    "make_up_days": [],
}

ASKED = (
    ("message", "请问征询稿在哪里下载", "", "按规则回答：草案", "/r/ps-v4-draft?ch=reply"),
    ("message", "where is the DRAFT?", "", "按规则回答：草案", "The files are here"),
    ("message", "报名，还有草案", "", "按规则回答：报名", "含有“草案”，优先级 20"),
    ("message", "转人工", "", "回答并等待人工：联系", "139"),
    ("message", "还有几天", "", "按规则回答：截止", "49"),
    ("message", "还有几天", "2026-04-20T12:00", "按规则回答：截止", "即将截止"),
    ("message", "今天天气不错", "", "默认回复", "消息中没有任何关键词"),
    ("message", "今天天气不错", "2026-03-01T12:00", "非联络时间的回复", "现在不在联络时间"),
    ("message", "意见：第九章的闭矿要求应当分阶段", "", "识别为意见", "/feedback/confirm"),
    ("follow", "", "2026-05-01T12:00", "征询状态：征询已结束", "本轮征询已于2026年4月"),
    ("scan", "survey", "", "按规则回答：survey", "您扫描的是"),
    ("menu", "feedback", "", "按规则回答：反馈", "/r/feedback?ch=reply"),
    ("menu", "nothing", "", "不会回答", "征询进行中"),
)


async def test_what_would_be_answered_is_told_and_nothing_is_kept(
    application: Application, editor: Browser
) -> None:
    async with application.parts.database.transaction() as db:
        (await db.scalars(select(ReplySettings))).one().hours = HOURS
    missing = []
    for occasion, said, at, *expected in ASKED:
        values = {"occasion": occasion, "said": said, "at": at, "moment": ""}
        page = await editor.send(REPLIES, f"{REPLIES}/ask", **values)
        told = page.text[page.text.index('id="told"') :]
        told = told[: told.index("</section>")]
        missing += [(said, at, words, told) for words in expected if words not in told]
    choices = (await editor.client.get(REPLIES)).text
    moment = re.findall(r'<option value="(2026-04-2[^"]+)"[^>]*>[^<]*截止', choices)[-1]
    closed = {"occasion": "message", "said": "草案", "at": "", "moment": moment}
    after = await editor.send(REPLIES, f"{REPLIES}/ask", **closed)

    assert missing == []
    assert "征询状态：征询已结束" in after.text
    async with application.parts.database.snapshot() as db:
        counts = [await db.scalar(select(func.count()).select_from(t)) for t in (Message, Push)]
    assert counts == [0, 0]


async def test_a_rule_is_changed_and_answers_so_from_then_on(
    application: Application, editor: Browser
) -> None:
    first = await _change(
        editor, keywords="草稿、报名\nwhite paper", priority="30", text_zh_0="看{{link:article}}"
    )
    page = (await editor.client.get(DOCUMENTS)).text
    told = await _ask(editor, "White-Paper!")
    taken = await _ask(editor, "我要报名")
    welcome = await _change(editor, f"{REPLIES}/welcome/only", text_en_1="Hello.")
    async with application.parts.database.transaction() as db:
        changes = await loading.load(db, pack=reading.read(PACK), now=INSIDE_THE_ROUND)

    assert first.headers["location"] == f"{DOCUMENTS}?done=changed"
    assert "按规则回答：草稿" in told
    assert "按规则回答：草稿" in taken
    assert "“报名”：由 documents 回答，不由 webinar" in page
    assert welcome.status_code == 303
    assert {change.field for change in changes if change.key.endswith("/rule/documents")} == {
        "words",
        "priority",
        "says",
    }
    async with application.parts.database.snapshot() as db:
        rule = (await db.scalars(select(ReplyRule).where(ReplyRule.key == "documents"))).one()
    assert rule.words == ["草稿", "报名", "white paper"]
    assert rule.says[0]["text"]["zh"] == "看{{link:article}}"


REFUSED = (
    ({"keywords": " \n"}, "rule_words_empty"),
    ({"keywords": "草案\n！？"}, "rule_words_empty"),
    ({"keywords": "长" * 41}, "rule_word_too_long"),
    ({"begins_at": "2026-04-01T00:00", "ends_at": "2026-03-31T00:00"}, "rule_dates_reversed"),
    ({"priority": "101"}, "malformed"),
    ({"text_en_0": " "}, "reply_text_missing"),
    ({"text_zh_0": "{{ deadline }}"}, "reply_placeholder_unfit"),
    ({"text_zh_0": "{{deadlin}}"}, "reply_placeholder_unfit"),
    ({"text_zh_0": "{{scene_title}}"}, "reply_placeholder_unfit"),
    ({"text_zh_0": "{{link:ps-v5-draft}}"}, "reply_placeholder_nowhere"),
    ({"text_zh_0": "长" * 683}, "reply_too_long"),
)


async def test_a_rule_that_would_not_do(editor: Browser) -> None:
    before = await _ask(editor, "草案")
    for values, code in REFUSED:
        refused = await _change(editor, **values)

        assert (refused.status_code, f'data-code="{code}"' in refused.text) == (422, True), code
    unknown = await editor.client.get(f"{REPLIES}/rule/nothing")
    needed = await _press(editor, f"{REPLIES}/rule/deadline", f"{REPLIES}/rule/deadline/off")
    stale = await _fields(editor, DOCUMENTS)
    await _change(editor, priority="99")
    late = await editor.client.post(DOCUMENTS, data={**stale, "priority": "7"})

    assert await _ask(editor, "草案") == before
    # reply_rule_not_found
    assert unknown.status_code == 404
    assert "菜单按钮“截止时间”" in needed.text
    assert late.status_code == 409
    assert "<dd>99</dd>" in late.text


async def _ask(editor: Browser, said: str) -> str:
    asked = {"occasion": "message", "said": said, "at": "", "moment": ""}
    page = (await editor.send(REPLIES, f"{REPLIES}/ask", **asked)).text
    # Whatever the priority, the answer is the same.
    told = re.sub(r"优先级 \d+", "", page[page.index('id="told"') :])
    return told[: told.index("</section>")]


async def _forms(editor: Browser, page: str) -> dict[str, str]:
    return dict(FORM.findall((await editor.client.get(page)).text))


async def _fields(editor: Browser, page: str) -> dict[str, str]:
    """Give what the form of a rule holds as it is shown."""
    form = (await _forms(editor, page))[page]
    lines = dict(re.findall(r'<input [^>]*value="([^"]*)"[^>]* name="([a-z_]+)"', form))
    return {
        **dict(HIDDEN.findall(form)),
        **{name: value for value, name in lines.items()},
        **{name: unescape(text) for name, text in AREA.findall(form)},
        **({"match": "contains"} if page == DOCUMENTS else {}),
    }


async def _change(editor: Browser, page: str = DOCUMENTS, **values: str) -> httpx2.Response:
    return await editor.client.post(page, data={**await _fields(editor, page), **values})


async def _press(editor: Browser, page: str, to: str, **values: str) -> httpx2.Response:
    hidden = dict(HIDDEN.findall((await _forms(editor, page))[to]))
    return await editor.client.post(to, data={**hidden, **values})


async def _picture(editor: Browser, content: bytes, **values: str) -> httpx2.Response:
    to = f"{CONTENT}/contact-picture"
    hidden = dict(HIDDEN.findall((await _forms(editor, CARD))[to]))
    return await editor.client.post(
        to, data={**hidden, **values}, files={"upload": ("截图.png", content, "image/png")}
    )

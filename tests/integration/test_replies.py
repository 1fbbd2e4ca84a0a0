"""What the account answers, from the real content pack, in every state of the round."""

import re
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from itertools import chain

import pytest
from sqlalchemy import select

from models import Consultation, ShortLink
from models.vocabulary import AnswerKind
from services import revisions
from services.conversations import rulebooks
from services.conversations.auto_replies import Answer, Rulebook, Talk
from services.runtime.database import Database
from services.wechat import pushes
from services.wechat.replies import NewsReply, Reply, TextReply
from tests.support.chats import BASE, instant, link
from tests.support.pushes import event_xml, message_xml, text_xml

pytestmark = pytest.mark.any_database

STATES = {
    "forthcoming": "2026-02-10T09:00:00",
    "open": "2026-03-02T09:00:00",
    "closing_soon": "2026-04-19T09:00:00",
    "closed": "2026-04-21T00:00:00",
    "responding": "2026-05-02T09:00:00",
    "published": "2026-06-02T09:00:00",
}
AFTER_THE_WEBINAR = "2026-03-20T09:00:00"

VARIANTS: Mapping[str | None, Sequence[str]] = {
    "documents": [
        "草案",
        "哪里下载文件？",
        "請問初稿在哪",
        "征求意见稿",
        "征询意见稿",
        "意見稿下載",
        "where is the draft",
        "the draft on human rights",
    ],
    "webinar": [
        "报名",
        "怎么参加研讨会",
        "會議幾點開始",
        "研讨会什么时候",
        "webinar?",
        "我要报名中文专场",
    ],
    "feedback": [
        "反馈",
        "我有意见",
        "想提建议",
        "问卷链接",
        "下载意见反馈表",
        "how do I comment",
        "feedback form",
    ],
    "contact": [
        "联系人",
        "人工",
        "电话多少",
        "找客服",
        "报名的事联系谁",
        "I want a person",
        "talk to a human",
    ],
    "deadline": ["截止", "什么时候截止", "截止时间", "意见几号截止", "还有几天", "deadline"],
    "tailings": ["赤泥", "尾矿管理", "模块 10", "第10模块", "tailings"],
    "hello": ["你好", "在吗？", "Hi!"],
    None: ["天气", "as a personal view", "谢谢", "666"],
}

INVITES = ["/r/survey", "/r/feedback", "提出意见", "how to comment"]
"""What nothing may say once the round takes no more comments."""


async def _book(database: Database, at: datetime) -> Rulebook:
    async with database.snapshot() as db:
        return await rulebooks.load(db, now=at, link=link)


def _answer(book: Rulebook, xml: str, *, at: datetime, talk: Talk | None = None) -> Answer:
    return book.answer(pushes.read(xml), talk or Talk(), at)


def _text(reply: Reply | None) -> str:
    if isinstance(reply, NewsReply):
        return f"{reply.title}\n{reply.description}\n{reply.url}"
    assert isinstance(reply, TextReply)
    return reply.text


async def _staff_go_on(database: Database) -> None:
    """Have the round's later states begin, as staff do when they are that far."""
    async with database.transaction() as db:
        current = (await db.scalars(select(Consultation))).one()
        current.responding_at = instant("2026-05-01T00:00:00")
        current.published_at = instant("2026-06-01T00:00:00")


@pytest.mark.parametrize("state", STATES)
async def test_every_wording_finds_its_answer_in_every_state(
    database: Database, state: str
) -> None:
    await _staff_go_on(database)
    at = instant(STATES[state])
    book = await _book(database, at)

    found = {
        written: _answer(book, text_xml(written), at=at).rule
        for written in chain.from_iterable(VARIANTS.values())
    }

    assert found == {written: rule for rule, texts in VARIANTS.items() for written in texts}


async def test_who_asks_for_a_person_is_handed_over(database: Database) -> None:
    at = instant(STATES["open"])
    book = await _book(database, at)

    kinds = {_answer(book, text_xml(written), at=at).kind for written in VARIANTS["contact"]}

    assert kinds == {AnswerKind.HAND_OVER}


@pytest.mark.parametrize("state", ["closed", "responding", "published"])
async def test_nothing_invites_to_comment_after_the_close(database: Database, state: str) -> None:
    await _staff_go_on(database)
    at = instant(STATES[state])
    book = await _book(database, at)

    said = {key: f"{_text(spoken.zh)}\n{_text(spoken.en)}" for key, spoken in book.replies.items()}

    assert len(said) > 10
    for words in said.values():
        assert not [phrase for phrase in INVITES if phrase in words]


async def test_a_webinar_that_is_over_is_called_over(database: Database) -> None:
    at = instant(AFTER_THE_WEBINAR)
    book = await _book(database, at)

    for written in ("报名", "截止"):
        assert "16:00（北京时间），已结束" in _text(_answer(book, text_xml(written), at=at).reply)
    assert ", now over" in _text(_answer(book, text_xml("webinar"), at=at).reply)


@pytest.mark.parametrize(
    ("state", "written", "said", "unsaid"),
    [
        ("forthcoming", "反馈", "届时可以提出意见", "感谢您的意见"),
        ("open", "反馈", "/r/feedback", "不再接收"),
        ("closing_soon", "截止", "即将截止", "天"),
        ("closed", "反馈", "不再接收意见", "/r/survey"),
        ("closed", "截止", "已于2026年4月20日", "/r/feedback"),
        ("closed", "报名", "已结束", "报名"),
        ("responding", "反馈", "不再接收意见", "/r/survey"),
        ("published", "反馈", "不再接收意见", "/r/survey"),
        ("published", "研讨会时间", "已结束", "截止"),
        ("open", "截止", "还有 49 天", "已于"),
        ("open", "草案", "/r/ps-v4-bauxite-residue-tailings", "截止"),
        ("open", "联系", "13901145114", "截止"),
    ],
)
async def test_the_answer_is_right_in_the_state(
    database: Database, *, state: str, written: str, said: str, unsaid: str
) -> None:
    await _staff_go_on(database)
    at = instant(STATES[state])
    book = await _book(database, at)

    words = _text(_answer(book, text_xml(written), at=at).reply).replace("星期一", "")

    assert said in words
    assert unsaid not in words


@pytest.mark.parametrize("state", STATES)
async def test_no_text_is_too_long_or_unfinished_or_leads_nowhere(
    database: Database, state: str
) -> None:
    await _staff_go_on(database)
    at = instant(STATES[state])
    book = await _book(database, at)
    async with database.snapshot() as db:
        slugs = set(await db.scalars(select(ShortLink.slug)))
    scanned = [spoken for slug in slugs if (spoken := book.scanned(slug))]

    assert len(scanned) == len(slugs)
    for spoken in [*book.replies.values(), *scanned]:
        for reply in (spoken.zh, spoken.en):
            words = _text(reply)
            assert len(words.encode()) <= 2048
            assert not re.search(r"[{}]|None", words)
            assert set(re.findall(rf"{BASE}/r/([a-z0-9-]+)", words)) <= slugs


async def test_english_is_answered_in_english(database: Database) -> None:
    at = instant(STATES["open"])
    book = await _book(database, at)

    assert "The files are here" in _text(_answer(book, text_xml("draft please"), at=at).reply)
    assert "征询文件在这里" in _text(_answer(book, text_xml("draft 在哪"), at=at).reply)


async def test_a_follower_is_welcomed(database: Database) -> None:
    at = instant(STATES["open"])
    book = await _book(database, at)

    answer = _answer(book, event_xml("subscribe"), at=at)

    assert answer.kind is AnswerKind.WELCOME
    assert "欢迎关注" in _text(answer.reply)


@pytest.mark.parametrize(
    "xml",
    [
        event_xml("SCAN", {"EventKey": "china", "Ticket": "t"}),
        event_xml("subscribe", {"EventKey": "qrscene_china", "Ticket": "t"}),
    ],
)
async def test_a_scanned_code_is_answered_with_what_it_leads_to(
    database: Database, xml: str
) -> None:
    at = instant(STATES["open"])
    book = await _book(database, at)

    words = _text(_answer(book, xml, at=at).reply)

    assert link("china") in words
    assert "中文专场" in words


async def test_a_scene_nobody_knows_is_a_welcome(database: Database) -> None:
    at = instant(STATES["open"])
    book = await _book(database, at)

    answer = _answer(book, event_xml("SCAN", {"EventKey": "gone"}), at=at)

    assert answer.kind is AnswerKind.WELCOME


async def test_a_button_says_what_its_rule_says(database: Database) -> None:
    at = instant(STATES["open"])
    book = await _book(database, at)

    answer = _answer(book, event_xml("CLICK", {"EventKey": "deadline"}), at=at)

    assert (answer.kind, answer.rule) == (AnswerKind.RULE, "deadline")
    assert _answer(book, event_xml("CLICK", {"EventKey": "gone"}), at=at).reply is None


@pytest.mark.parametrize("kind", ["image", "voice", "location", "link", "hologram"])
async def test_what_is_no_text_gets_the_default_once_in_a_while(
    database: Database, kind: str
) -> None:
    at = instant(STATES["open"])
    book = await _book(database, at)
    xml = message_xml(kind, {"MediaId": "m"})

    first = _answer(book, xml, at=at)
    soon = _answer(book, xml, at=at, talk=Talk(at - timedelta(hours=5, minutes=59)))
    later = _answer(book, xml, at=at, talk=Talk(at - timedelta(hours=6)))

    assert [first.kind, soon.kind, later.kind] == [
        AnswerKind.DEFAULT,
        AnswerKind.NONE,
        AnswerKind.DEFAULT,
    ]


async def test_other_events_are_not_answered(database: Database) -> None:
    at = instant(STATES["open"])
    book = await _book(database, at)

    for name in ("unsubscribe", "LOCATION", "VIEW", "TEMPLATESENDJOBFINISH", "unheard_of"):
        assert _answer(book, event_xml(name), at=at).reply is None


async def test_a_rulebook_ends_where_the_texts_change(database: Database) -> None:
    at = instant("2026-03-02T09:00:00")

    book = await _book(database, at)

    assert book.covers(at)
    assert not book.covers(instant("2026-03-03T00:00:00"))
    assert not book.covers(at - timedelta(seconds=1))


async def test_a_changed_pack_is_a_new_revision(database: Database) -> None:
    before = await _book(database, instant(STATES["open"]))
    async with database.transaction() as db:
        await revisions.bump(db)

    assert (await _book(database, instant(STATES["open"]))).revision == before.revision + 1


def test_without_a_round_nothing_is_said() -> None:
    at = instant(STATES["open"])

    assert _answer(Rulebook(0, at, at), text_xml("草案"), at=at).reply is None

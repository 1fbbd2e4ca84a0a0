"""Replies and menu from packs: loaded once, edits kept, withdrawn and brought back."""

import shutil
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from models import Menu, ReplyRule
from models.vocabulary import AnswerKind
from services import menus
from services.content import loading, reading
from services.content.loading import Change, ChangeKind
from services.conversations import rulebooks
from services.conversations.auto_replies import Answer, Talk
from services.runtime.database import Database
from services.wechat import pushes
from services.wechat.replies import NewsReply, TextReply, TransferReply
from tests.conftest import INSIDE_THE_ROUND, PACK, SECOND_PACK
from tests.support.chats import instant, link
from tests.support.pushes import text_xml

IN_THE_SECOND_ROUND = instant("2027-02-10T10:00:00")


@pytest.fixture
def pack(tmp_path: Path) -> Path:
    """A copy of the first round's pack, to be changed."""
    return Path(shutil.copytree(PACK, tmp_path / "pack"))


def _change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


async def _load(database: Database, folder: Path, *, overwrite: bool = False) -> list[Change]:
    async with database.transaction() as db:
        return await loading.load(
            db, pack=reading.read(folder), now=INSIDE_THE_ROUND, overwrite=overwrite
        )


async def _answer(database: Database, text: str, *, at: datetime = INSIDE_THE_ROUND) -> Answer:
    async with database.snapshot() as db:
        book = await rulebooks.load(db, now=at, link=link)
    return book.answer(pushes.read(text_xml(text)), Talk(), at)


def _told(changes: list[Change]) -> list[tuple[ChangeKind, str, str]]:
    return [(change.kind, change.key, change.field) for change in changes]


async def test_a_word_is_added_without_code(database: Database, pack: Path) -> None:
    _change(pack / "replies.toml", '"标准全文"', '"标准全文", "暗号"')

    changes = await _load(database, pack)

    assert _told(changes) == [(ChangeKind.CHANGED, "2026-first/rule/documents", "words")]
    assert (await _answer(database, "暗号")).rule == "documents"
    assert await _load(database, pack) == []


@pytest.mark.parametrize(
    ("overwrite", "kind", "words"),
    [(False, ChangeKind.CONFLICT, "staff say so"), (True, ChangeKind.CHANGED, "Good day!")],
)
async def test_what_staff_wrote_survives_until_it_is_overwritten(
    database: Database, pack: Path, *, overwrite: bool, kind: ChangeKind, words: str
) -> None:
    async with database.transaction() as db:
        rule = (await db.scalars(select(ReplyRule).where(ReplyRule.key == "hello"))).one()
        says: dict[str, Any] = rule.says[0]
        rule.says = [says | {"text": {"zh": "我们这样说", "en": "staff say so"}}]
    _change(pack / "replies.toml", "Hello! What", "Good day! What")

    changes = await _load(database, pack, overwrite=overwrite)
    reply = (await _answer(database, "hello")).reply

    assert _told(changes) == [(kind, "2026-first/rule/hello", "says")]
    assert isinstance(reply, TextReply)
    assert reply.text.startswith(words)


async def test_a_pack_need_not_speak_of_the_account(database: Database, pack: Path) -> None:
    (pack / "replies.toml").unlink()
    (pack / "menu.toml").unlink()

    gone = await _load(database, pack)
    silent = await _answer(database, "草案")
    back = await _load(database, PACK)

    assert {change.kind for change in gone} == {ChangeKind.RETIRED}
    assert silent.reply is None
    assert {change.kind for change in back} == {ChangeKind.RESTORED}
    assert (await _answer(database, "草案")).rule == "documents"


async def test_a_new_round_answers_with_its_own_words(database: Database) -> None:
    await _load(database, SECOND_PACK)

    card = await _answer(database, "暗号", at=IN_THE_SECOND_ROUND)
    person = await _answer(database, "找真人", at=IN_THE_SECOND_ROUND)
    old = await _answer(database, "赤泥", at=IN_THE_SECOND_ROUND)

    assert isinstance(card.reply, NewsReply)
    assert card.reply.url == link("second-survey")
    assert (person.kind, person.reply) == (AnswerKind.HAND_OVER, TransferReply())
    assert old.reply == TextReply("请回复“暗号”。")
    assert (await _answer(database, "赤泥")).rule == "tailings"


@pytest.mark.parametrize(
    ("local", "kind"),
    [
        ("2027-02-10T08:59:59", AnswerKind.OUT_OF_HOURS),
        ("2027-02-10T09:00:00", AnswerKind.DEFAULT),
        ("2027-02-08T10:00:00", AnswerKind.OUT_OF_HOURS),
        ("2027-02-14T10:00:00", AnswerKind.DEFAULT),
    ],
)
async def test_the_packs_hours_hold(database: Database, *, local: str, kind: AnswerKind) -> None:
    await _load(database, SECOND_PACK)

    assert (await _answer(database, "天气", at=instant(local))).kind is kind


async def test_a_new_round_brings_its_menu_and_leaves_the_old_one_alone(
    database: Database,
) -> None:
    await _load(database, SECOND_PACK)

    async with database.snapshot() as db:
        before = await menus.wanted(db, now=INSIDE_THE_ROUND, link=link)
        after = await menus.wanted(db, now=IN_THE_SECOND_ROUND, link=link)
        kept = list(await db.scalars(select(Menu)))

    assert [button["name"] for button in before] == ["征询文件", "参与征询", "联系我们"]
    assert after == [
        {"type": "click", "name": "暗号", "key": "password"},
        {"type": "view", "name": "问卷", "url": link("second-survey")},
    ]
    assert len(kept) == 2


async def test_the_menu_is_one_that_wechat_takes(database: Database) -> None:
    async with database.snapshot() as db:
        wanted = await menus.wanted(db, now=INSIDE_THE_ROUND, link=link)

    assert 1 <= len(wanted) <= 3
    for top in wanted:
        below = top.get("sub_button", [])
        assert len(below) <= 5
        assert len(top["name"].encode()) <= 16
        assert all(len(button["name"].encode()) <= 60 for button in below)
        for button in below or [top]:
            assert len(button.get("key", "").encode()) <= 128
            assert len(button.get("url", "").encode()) <= 1024


def test_differences_name_the_button_and_both_sides() -> None:
    current: menus.Buttons = [
        {"type": "view", "name": "问卷", "url": "https://a.example", "sub_button": []},
        {"type": "click", "name": "旧", "key": "old"},
    ]
    wanted = [{"name": "问卷", "sub_button": [{"type": "click", "name": "好", "key": "hello"}]}]

    found = menus.differences(wanted, current)

    assert [(item.place, item.current, item.wanted) for item in found] == [
        ("1. 问卷", "view https://a.example", "…"),
        ("1. 问卷 / 1. 好", "", "click hello"),
        ("2. 旧", "click old", ""),
    ]
    assert menus.differences(wanted, wanted) == []

"""Choosing an answer: who is there, what was said before, and when."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from models.vocabulary import AnswerKind, MatchKind, ReplyPart
from services.conversations import keywords
from services.conversations.auto_replies import NOTHING, Rulebook, Spoken, Talk
from services.conversations.keywords import Keyed, Lexicon
from services.wechat import pushes
from services.wechat.replies import TextReply
from services.working_hours import Hours
from tests.support.pushes import event_xml, message_xml, text_xml

MONDAY = datetime(2026, 3, 2, 1, tzinfo=UTC)
"""Nine in the morning in Beijing."""

RULE = Keyed("contact", keywords.prepared(["联系", "contact"]), MatchKind.CONTAINS, priority=0)


def _spoken(name: str) -> Spoken:
    return Spoken(zh=TextReply(f"{name}（中文）"), en=TextReply(name))


def _book(
    hours: Hours | None = None, *, parts: tuple[ReplyPart, ...] = tuple(ReplyPart)
) -> Rulebook:
    return Rulebook(
        revision=1,
        valid_from=MONDAY,
        valid_until=MONDAY + timedelta(hours=15),
        cooldown=timedelta(hours=6),
        hours=hours,
        lexicon=Lexicon.of([RULE]),
        hand_over=frozenset({"contact"}),
        replies={
            (part, "contact" if part is ReplyPart.RULE else ""): _spoken(part.value)
            for part in parts
        },
        scanned=lambda scene: _spoken("scan") if scene == "china" else None,
    )


HOURS = Hours(
    zone=ZoneInfo("Asia/Shanghai"),
    weekdays=frozenset({1, 2, 3, 4, 5}),
    begins=time(9),
    ends=time(18),
    holidays=frozenset({date(2026, 4, 6)}),
    make_up_days=frozenset({date(2026, 2, 28)}),
)


@pytest.mark.parametrize(
    "xml",
    [
        text_xml("联系"),
        text_xml("天气"),
        message_xml("image", {"MediaId": "m"}),
        event_xml("CLICK", {"EventKey": "contact"}),
        event_xml("SCAN", {"EventKey": "china"}),
        event_xml("subscribe"),
    ],
)
def test_while_a_person_is_answering_nothing_else_speaks(xml: str) -> None:
    push = pushes.read(xml)

    assert _book().answer(push, Talk(person_until=MONDAY + timedelta(seconds=1)), MONDAY) is NOTHING
    assert _book().answer(push, Talk(person_until=MONDAY), MONDAY).reply is not None


@pytest.mark.parametrize(
    ("xml", "kind", "rule", "words"),
    [
        (text_xml("联系"), AnswerKind.HAND_OVER, "contact", "rule（中文）"),
        (text_xml("contact"), AnswerKind.HAND_OVER, "contact", "rule"),
        (text_xml("天气"), AnswerKind.DEFAULT, None, "default（中文）"),
        (text_xml("the weather\u2019s fine"), AnswerKind.DEFAULT, None, "default"),
        (text_xml("666"), AnswerKind.DEFAULT, None, "default（中文）"),
        (event_xml("subscribe"), AnswerKind.WELCOME, None, "welcome（中文）"),
        (event_xml("user_enter_tempsession"), AnswerKind.WELCOME, None, "welcome（中文）"),
        (event_xml("SCAN", {"EventKey": "china"}), AnswerKind.RULE, "china", "scan（中文）"),
        (event_xml("SCAN", {"EventKey": "gone"}), AnswerKind.WELCOME, None, "welcome（中文）"),
        (
            event_xml("subscribe", {"EventKey": "qrscene_china"}),
            AnswerKind.RULE,
            "china",
            "scan（中文）",
        ),
        (
            event_xml("CLICK", {"EventKey": "contact"}),
            AnswerKind.HAND_OVER,
            "contact",
            "rule（中文）",
        ),
    ],
)
def test_each_push_has_its_answer(xml: str, kind: AnswerKind, rule: str | None, words: str) -> None:
    answer = _book().answer(pushes.read(xml), Talk(), MONDAY)

    assert (answer.kind, answer.rule, answer.reply) == (kind, rule, TextReply(words))


@pytest.mark.parametrize("xml", [text_xml("天气"), event_xml("subscribe"), text_xml("联系")])
def test_a_pack_that_says_nothing_answers_nothing(xml: str) -> None:
    assert _book(parts=()).answer(pushes.read(xml), Talk(), MONDAY) is NOTHING


def test_a_keyword_is_answered_in_the_cool_down_of_the_default() -> None:
    talk = Talk(default_replied_at=MONDAY)

    assert _book().answer(pushes.read(text_xml("天气")), talk, MONDAY) is NOTHING
    assert _book().answer(pushes.read(text_xml("联系")), talk, MONDAY).reply is not None


def test_a_clock_moved_back_does_not_silence_the_default() -> None:
    talk = Talk(default_replied_at=MONDAY + timedelta(days=30))

    assert _book().answer(pushes.read(text_xml("天气")), talk, MONDAY).kind is AnswerKind.DEFAULT


@pytest.mark.parametrize(
    ("local", "at_work"),
    [
        ("2026-03-02T08:59:59", False),
        ("2026-03-02T09:00:00", True),
        ("2026-03-02T17:59:59", True),
        ("2026-03-02T18:00:00", False),
        ("2026-03-07T10:00:00", False),
        ("2026-04-06T10:00:00", False),
        ("2026-02-28T10:00:00", True),
        ("2026-02-28T19:00:00", False),
    ],
)
def test_hours_know_holidays_and_the_days_worked_for_them(local: str, *, at_work: bool) -> None:
    at = datetime.fromisoformat(f"{local}+08:00")

    answer = _book(HOURS).answer(pushes.read(text_xml("天气")), Talk(), at)

    assert answer.kind is (AnswerKind.DEFAULT if at_work else AnswerKind.OUT_OF_HOURS)


def test_without_words_for_it_the_default_is_said_out_of_hours_too() -> None:
    book = _book(HOURS, parts=(ReplyPart.DEFAULT,))

    answer = book.answer(pushes.read(text_xml("天气")), Talk(), MONDAY - timedelta(hours=3))

    assert answer.kind is AnswerKind.DEFAULT


def test_keywords_are_answered_out_of_hours() -> None:
    night = MONDAY - timedelta(hours=3)

    answer = _book(HOURS).answer(pushes.read(text_xml("联系")), Talk(), night)

    assert answer.kind is AnswerKind.HAND_OVER

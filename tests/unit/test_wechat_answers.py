"""WeChat's answers: what is not as it should be is an answer lost, never an error of ours."""

from collections.abc import Callable

import pytest

from models.vocabulary import Language
from services import texts
from services.wechat import refusals
from services.wechat.line import Answer, Endpoint
from services.wechat.refusals import AnswerLost, Lost, OutcomeUnknown

READ = Endpoint(path="/read")
SEND = Endpoint(path="/send", repeatable=False)
ODD = {
    "text": 7,
    "empty": "",
    "number": "seven",
    "nothing": None,
    "object": ["a"],
    "list": {"a": 1},
    "mixed": [{"a": 1}, "b"],
}


@pytest.mark.parametrize(
    "read",
    [
        lambda answer: answer.text("text"),
        lambda answer: answer.text("empty"),
        lambda answer: answer.text("missing"),
        lambda answer: answer.number("number"),
        lambda answer: answer.number("nothing"),
        lambda answer: answer.number("missing"),
        lambda answer: answer.inner("object"),
        lambda answer: answer.inner("missing"),
        lambda answer: answer.each("list"),
        lambda answer: answer.each("mixed"),
        lambda answer: answer.words("list"),
        lambda answer: answer.words("mixed"),
        lambda answer: answer.words("missing"),
    ],
)
def test_a_field_that_is_not_as_it_should_be_is_an_answer_lost(
    read: Callable[[Answer], object],
) -> None:
    with pytest.raises(AnswerLost) as lost:
        read(Answer(READ, ODD))
    with pytest.raises(OutcomeUnknown):
        read(Answer(SEND, ODD))

    assert lost.value.values["reason"] == Lost.UNREADABLE


def test_fields_are_read() -> None:
    answer = Answer(READ, {"a": "x", "b": "7", "c": {"d": 1}, "e": [{"f": "y"}], "g": ["h"]})

    assert (answer.text("a"), answer.number("b"), answer.maybe("a")) == ("x", 7, "x")
    assert answer.inner("c").number("d") == 1
    assert [one.text("f") for one in answer.each("e")] == ["y"]
    assert (answer.each("missing"), answer.maybe("missing")) == ([], None)
    assert answer.words("g") == ("h",)


@pytest.mark.parametrize("errcode", refusals.BY_ERRCODE)
def test_every_errcode_the_code_decides_on_is_explained(errcode: int) -> None:
    refusal = refusals.of_answer("/path", {"errcode": errcode, "errmsg": "rid: 1-2-3"})

    assert type(refusal) is refusals.BY_ERRCODE[errcode]
    assert refusal.rid == "1-2-3"
    for language in Language:
        assert texts.known(f"wechat.errors.{errcode}")
        assert str(errcode) in refusal.sentence(language)
        assert refusal.explanation(language) != texts.say("wechat.errors.other", language)


def test_an_errcode_nobody_has_heard_of_is_a_refusal_too() -> None:
    refusal = refusals.of_answer("/path", {"errcode": 987654})

    assert (refusal.code, refusal.errcode, refusal.rid) == ("wechat_refused", 987654, None)
    assert "987654" in refusal.sentence(Language.ZH)


@pytest.mark.parametrize("reason", Lost)
def test_every_way_an_answer_gets_lost_is_explained(reason: Lost) -> None:
    for language in Language:
        assert READ.lost(reason, status=502).sentence(language)


def test_wechat_s_own_words_are_left_out() -> None:
    """They may name people and values; only address, field and rid are taken."""
    words = "invalid openid oABC data.thing1.value invalid rid: 6128c7e8-176287d4-2100cfe5"

    refusal = refusals.of_answer("/path", {"errcode": 47003, "errmsg": words})

    assert "oABC" not in str(refusal)
    assert refusal.values["field"] == "thing1"
    assert refusal.rid == "6128c7e8-176287d4-2100cfe5"

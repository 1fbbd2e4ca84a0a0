"""Replies as WeChat wants them written."""

import json
from xml.etree import ElementTree as ET

import pytest

from services.wechat import replies
from services.wechat.replies import NewsReply, Reply, TextReply, TransferReply
from tests.support import pushes as sent

AT = 1_772_416_800


def _written(reply: Reply) -> ET.Element:
    return ET.fromstring(replies.render(reply, to="o1", sender="gh_1", at=AT))  # noqa: S314 - ours


def test_a_text_is_written_as_in_the_documentation() -> None:
    assert replies.render(TextReply("您好"), to="o1", sender="gh_1", at=AT) == (
        "<xml><ToUserName><![CDATA[o1]]></ToUserName><FromUserName><![CDATA[gh_1]]></FromUserName>"
        f"<CreateTime>{AT}</CreateTime><MsgType><![CDATA[text]]></MsgType>"
        "<Content><![CDATA[您好]]></Content></xml>"
    )


def test_news_are_one_article() -> None:
    reply = NewsReply(title="草案", description="PS V4", picture_url="https://p", url="https://u")

    written = _written(reply)

    assert written.findtext("MsgType") == "news"
    assert written.findtext("ArticleCount") == "1"
    assert {it.tag: it.text for it in written.findall("Articles/item/*")} == {
        "Title": "草案",
        "Description": "PS V4",
        "PicUrl": "https://p",
        "Url": "https://u",
    }


def test_a_visitor_is_handed_over_to_anybody() -> None:
    written = _written(TransferReply())

    assert written.findtext("MsgType") == "transfer_customer_service"
    assert written.find("TransInfo") is None


def test_a_visitor_is_handed_over_to_somebody() -> None:
    assert _written(TransferReply("a@gh_1")).findtext("TransInfo/KfAccount") == "a@gh_1"


def test_a_mini_program_may_want_json() -> None:
    reply = TransferReply("a@gh_1")

    assert json.loads(replies.render(reply, to="o1", sender="gh_1", at=AT, notation="json")) == {
        "ToUserName": "o1",
        "FromUserName": "gh_1",
        "CreateTime": AT,
        "MsgType": "transfer_customer_service",
        "TransInfo": {"KfAccount": "a@gh_1"},
    }


@pytest.mark.parametrize(
    "text",
    ["]]>", "a]]><Evil>1</Evil><![CDATA[b", "]]]]>>", "<a href='https://u'>草案</a>", "&amp;"],
)
def test_nothing_breaks_out_of_a_text(text: str) -> None:
    written = _written(TextReply(text))

    assert written.findtext("Content") == text
    assert [it.tag for it in written] == [
        "ToUserName",
        "FromUserName",
        "CreateTime",
        "MsgType",
        "Content",
    ]


def test_nothing_breaks_out_of_any_other_field() -> None:
    evil = "]]><Evil/>"
    for reply in (NewsReply(evil, evil, evil, evil), TransferReply(evil)):
        text = replies.render(reply, to=evil, sender=evil, at=AT)

        assert ET.fromstring(text).find(".//Evil") is None  # noqa: S314 - ours


def test_characters_that_xml_cannot_hold_are_left_out() -> None:
    assert _written(TextReply("您\x00\x1d\ud800\uffff好")).findtext("Content") == "您好"


def test_a_text_that_just_fits_is_whole() -> None:
    text = "字" * 682 + "ab"

    assert len(text.encode()) == replies.LONGEST_TEXT
    assert _written(TextReply(text)).findtext("Content") == text


@pytest.mark.parametrize("start", ["", "a", "ab"])
def test_a_text_that_is_too_long_is_cut_between_characters(start: str) -> None:
    found = _written(TextReply(start + "字😀" * 500)).findtext("Content")

    assert found is not None
    assert replies.LONGEST_TEXT - 6 <= len(found.encode()) <= replies.LONGEST_TEXT
    assert found.endswith("…")
    assert set(found) <= {*start, "字", "😀", "…"}


def test_a_text_is_not_cut_inside_a_link() -> None:
    link = '<a href="https://example.org/a/long/address">草案在这里</a>'

    inside = replies.cut("字" * 670 + link)
    behind = replies.cut(link + "字" * 700)

    assert inside == "字" * 670 + "…"
    assert behind.startswith(link)
    assert behind.endswith("字…")


def test_a_link_longer_than_all_is_cut_all_the_same() -> None:
    assert len(replies.cut('<a href="' + "x" * 3000).encode()) == replies.LONGEST_TEXT


def test_a_reply_goes_back_to_where_the_push_came_from() -> None:
    text = replies.render(TextReply("您好"), to=sent.OPENID, sender=sent.ACCOUNT, at=AT)

    written = ET.fromstring(text)  # noqa: S314 - ours
    assert written.findtext("ToUserName") == sent.OPENID
    assert written.findtext("FromUserName") == sent.ACCOUNT

"""The simulator judges the answers to its pushes as WeChat does."""

import json
import re
from typing import Any

import pytest

from tests.support.callbacks import Answer, Callback, Pushed, reply
from tests.support.simulator import (
    MP_AES_KEY,
    MP_APPID,
    MP_TOKEN,
    OA_AES_KEY,
    OA_APPID,
    OA_TOKEN,
    Json,
    Simulator,
    User,
)
from wechat_simulator import answers, crypto, markup
from wechat_simulator.accounts import new_account

NOTICE = "该公众号提供的服务出现故障，请稍后再试"


ITEM = "<item><Title>一</Title><Description>二</Description><PicUrl>p</PicUrl><Url>u</Url></item>"


def _news(count: int, said: int | None = None) -> str:
    number = count if said is None else said
    return (
        f"<MsgType>news</MsgType><ArticleCount>{number}</ArticleCount>"
        f"<Articles>{ITEM * count}</Articles>"
    )


def test_a_reply_is_shown(simulator: Simulator, user: User, callback: Callback) -> None:
    callback.says(reply("<MsgType>text</MsgType><Content><![CDATA[好 <a>]]></Content>"))

    delivery = simulator.send(user.openid_oa, "你好")

    assert delivery["attempts"][0]["outcome"] == "reply"
    assert delivery["received"][0]["content"] == {"content": "好 <a>"}
    assert _last(simulator, user) == ("text", "好 <a>")


@pytest.mark.parametrize(
    ("inside", "kind", "content"),
    [
        (
            _news(3),
            "news",
            {"articles": [{"title": "一", "description": "二", "picurl": "p", "url": "u"}]},
        ),
        (
            "<MsgType>image</MsgType><Image><MediaId>m</MediaId></Image>",
            "image",
            {"media_id": "m"},
        ),
        (
            "<MsgType>music</MsgType><Music><Title>t</Title><ThumbMediaId>m</ThumbMediaId></Music>",
            "music",
            {"title": "t", "thumb_media_id": "m"},
        ),
        (
            "<MsgType>transfer_customer_service</MsgType><TransInfo><KfAccount>a@b</KfAccount></TransInfo>",
            "transfer",
            {"kf_account": "a@b"},
        ),
    ],
)
def test_replies_of_every_kind_are_shown(
    simulator: Simulator, user: User, callback: Callback, inside: str, kind: str, content: Json
) -> None:
    callback.says(reply(inside))

    simulator.send(user.openid_oa, "你好")

    entry = simulator.inbox(user.openid_oa)[-1]
    assert (entry["kind"], entry["content"]) == (kind, content)


def test_an_event_may_be_answered_with_more_articles(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says(reply(_news(3)))

    simulator.menu(user.openid_oa, "ask")

    assert len(simulator.inbox(user.openid_oa)[-1]["content"]["articles"]) == 3


@pytest.mark.parametrize(
    "inside",
    [
        "<MsgType>text</MsgType><Content></Content>",
        f"<MsgType>text</MsgType><Content>{'字' * 683}</Content>",
        "<MsgType>text</MsgType>",
        "<MsgType>sticker</MsgType>",
        "<Content>x</Content>",
        "<MsgType>image</MsgType><Image><MediaId></MediaId></Image>",
        _news(9),
        _news(1, said=2),
        "<MsgType>text</MsgType><Content>a</Content><Content>b</Content>",
    ],
)
def test_a_malformed_reply_is_a_fault_to_the_person(
    simulator: Simulator, user: User, callback: Callback, inside: str
) -> None:
    callback.says(reply(inside))

    delivery = simulator.send(user.openid_oa, "你好")

    assert [one["outcome"] for one in delivery["attempts"]] == ["not_understood"]
    assert _last(simulator, user) == ("notice", NOTICE)


def test_an_event_is_not_handed_to_a_person(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says(reply("<MsgType>transfer_customer_service</MsgType>"))

    simulator.menu(user.openid_oa, "ask")

    assert _last(simulator, user) == ("notice", NOTICE)


@pytest.mark.parametrize(
    "body",
    [
        b'{"errcode": 0}',
        b"{",
        b"[1]",
        b"ok",
        b"<html></html>",
        b"<xml><MsgType>text</MsgType></xml>",
        b'<!DOCTYPE xml [<!ENTITY a "b">]><xml>&a;</xml>',
    ],
)
@pytest.mark.parametrize("mode", ["safe", "compatible", "plain"])
def test_an_answer_of_another_kind_is_a_fault_to_the_person(
    simulator: Simulator, user: User, callback: Callback, body: bytes, mode: str
) -> None:
    simulator.account(mode=mode)
    callback.says(body)

    simulator.send(user.openid_oa, "你好")

    assert _last(simulator, user) == ("notice", NOTICE)


def test_in_safe_mode_a_clear_reply_is_not_understood(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    clear = reply("<MsgType>text</MsgType><Content>好</Content>", seal=False)
    callback.says(clear)

    simulator.send(user.openid_oa, "你好")
    assert _last(simulator, user) == ("notice", NOTICE)
    simulator.account(mode="plain")
    simulator.send(user.openid_oa, "你好")

    assert _last(simulator, user) == ("text", "好")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("<MsgSignature><![CDATA[", "<MsgSignature><![CDATA[0"),
        lambda text: re.sub("<Encrypt>.*</Encrypt>", "<Encrypt>AAAA</Encrypt>", text),
    ],
)
def test_a_reply_is_verified(
    simulator: Simulator, user: User, callback: Callback, spoil: Any
) -> None:
    sealed = reply("<MsgType>text</MsgType><Content>好</Content>")
    callback.says(lambda request: (200, spoil(sealed(request)[1].decode()).encode()))

    simulator.send(user.openid_oa, "你好")

    assert _last(simulator, user) == ("notice", NOTICE)


def test_a_reply_encrypted_with_another_key_is_not_understood() -> None:
    account = new_account(
        "official-account",
        appid=OA_APPID,
        secret="",
        token=OA_TOKEN,
        aes_key=OA_AES_KEY,
        mode="safe",
    )
    sealed = crypto.encrypt(b"<xml/>", key=MP_AES_KEY, appid=OA_APPID)
    signed = crypto.signature(OA_TOKEN, "1", "2", sealed)
    body = markup.write({"Encrypt": sealed, "MsgSignature": signed, "TimeStamp": 1, "Nonce": "2"})

    with pytest.raises(answers.NotUnderstood):
        answers.understand(account, {}, body.encode())


def test_the_mini_program_understands_only_a_hand_over(
    simulator: Simulator, user: User, callback: Callback
) -> None:
    callback.says(_mini_reply("text"), _mini_reply("transfer_customer_service"))

    first = simulator.send(user.openid_mp, "你好")
    second = simulator.send(user.openid_mp, "人工")

    assert [first["understood"], second["understood"]] == [False, True]
    assert second["received"][0]["kind"] == "transfer"


def _mini_reply(kind: str) -> Any:
    def answer(request: Pushed) -> Answer:
        push = request.json()
        text = (
            f"<xml><ToUserName>{push['FromUserName']}</ToUserName>"
            f"<FromUserName>{push['ToUserName']}</FromUserName><CreateTime>1</CreateTime>"
            f"<MsgType>{kind}</MsgType><Content>好</Content></xml>"
        )
        sealed = crypto.encrypt(text.encode(), key=MP_AES_KEY, appid=MP_APPID)
        signed = crypto.signature(MP_TOKEN, "1", "n", sealed)
        body = {"Encrypt": sealed, "MsgSignature": signed, "TimeStamp": 1, "Nonce": "n"}
        return 200, json.dumps(body).encode()

    return answer


def _last(simulator: Simulator, user: User) -> tuple[str, str]:
    entry = simulator.inbox(user.openid_oa)[-1]
    return entry["kind"], entry["content"]["content"]

"""What the answer to a push may hold, and how WeChat wants it written."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from services.wechat import markup
from services.wechat.markup import Notation

Content = Mapping[str, "str | int | Content"]

LONGEST_TEXT = 2048
"""Bytes of UTF-8 in a text reply; not confirmed in a source (read 2026-11-23), so kept to."""

ELLIPSIS = "…"


@dataclass(frozen=True, slots=True)
class TextReply:
    """A text, in which there may be links."""

    text: str


@dataclass(frozen=True, slots=True)
class NewsReply:
    """A card that leads to a page. One only: WeChat takes no more in answer to a message."""

    title: str
    description: str
    picture_url: str
    url: str


@dataclass(frozen=True, slots=True)
class TransferReply:
    """The visitor is handed over to WeChat's own customer-service desk; all a mini-program has."""

    account: str | None = None
    """Whose desk; without it, whoever is free."""


Reply = TextReply | NewsReply | TransferReply


def render(reply: Reply, *, to: str, sender: str, at: int, notation: Notation = "xml") -> str:
    """Write a reply: to a visitor's openid, from our account's id, at a second since 1970.

    A text that is too long is cut, never inside a character or a link.
    """
    if notation == "json":
        content = _content(reply)
        head: Content = {"ToUserName": to, "FromUserName": sender, "CreateTime": at}
        return json.dumps({**head, **content}, ensure_ascii=False)
    return (
        f"<xml><ToUserName>{markup.cdata(to)}</ToUserName>"
        f"<FromUserName>{markup.cdata(sender)}</FromUserName>"
        f"<CreateTime>{at}</CreateTime>{_written(reply)}</xml>"
    )


@lru_cache(maxsize=256)
def _written(reply: Reply) -> str:
    """Write what many visitors are told alike, once."""
    return _elements(_content(reply))


def cut(text: str) -> str:
    """Shorten a text to what WeChat takes, with an ellipsis for what is missing."""
    encoded = text.encode()
    if len(encoded) <= LONGEST_TEXT:
        return text
    kept = encoded[: LONGEST_TEXT - len(ELLIPSIS.encode())].decode("utf-8", "ignore")
    before, _, link = kept.rpartition("<a ")
    return (before if before and "</a>" not in link else kept) + ELLIPSIS


def _content(reply: Reply) -> Content:
    match reply:
        case TextReply(text):
            return {"MsgType": "text", "Content": cut(markup.writable(text))}
        case NewsReply(title, description, picture_url, url):
            article: Content = {
                "Title": title,
                "Description": description,
                "PicUrl": picture_url,
                "Url": url,
            }
            return {"MsgType": "news", "ArticleCount": 1, "Articles": {"item": article}}
        case TransferReply(account):
            named: Content = {"TransInfo": {"KfAccount": account}} if account else {}
            return {"MsgType": "transfer_customer_service", **named}


def _elements(content: Content) -> str:
    return "".join([f"<{name}>{_element(value)}</{name}>" for name, value in content.items()])


def _element(value: str | int | Content) -> str:
    if isinstance(value, str):
        return markup.cdata(value)
    return str(value) if isinstance(value, int) else _elements(value)

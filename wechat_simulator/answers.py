"""What the service's answer to a push means, and what the person sees of it."""

import json
from dataclasses import dataclass
from typing import Any, Literal

from wechat_simulator import crypto, markup
from wechat_simulator.accounts import Account
from wechat_simulator.settings import MINI_PROGRAM

LONGEST_TEXT = 2048
MOST_ARTICLES = 8
Outcome = Literal["success", "empty", "reply", "not_understood", "cut", "unreachable", "refused"]
MESSAGES = frozenset({"text", "image", "voice", "video", "shortvideo", "location", "link"})


class NotUnderstood(Exception):
    """The answer is neither `success`, nor empty, nor a reply."""


@dataclass(frozen=True)
class Shown:
    """What a reply puts on the person's phone."""

    kind: str
    content: dict[str, Any]


def understand(account: Account, push: dict[str, Any], body: bytes) -> Shown | None:
    """Read the answer to a push; None is `success` or nothing.

    Raises:
        NotUnderstood
    """
    if body.strip() in {b"", b"success"}:
        return None
    tree = _tree(_opened(account, body))
    swapped = (tree.get("ToUserName"), tree.get("FromUserName"))
    if swapped != (push["FromUserName"], push["ToUserName"]):
        raise NotUnderstood
    try:
        shown = _shown(tree, push)
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise NotUnderstood from error
    if account.kind == MINI_PROGRAM and shown.kind != "transfer":
        raise NotUnderstood
    return shown


def _opened(account: Account, body: bytes) -> bytes:
    """Decrypt an answer; in safe mode a clear one is not understood."""
    tree = _tree(body)
    if "Encrypt" not in tree:
        if account.mode == "safe":
            raise NotUnderstood
        return body
    sealed, signed = str(tree["Encrypt"]), str(tree.get("MsgSignature", ""))
    parts = (str(tree.get("TimeStamp", "")), str(tree.get("Nonce", "")), sealed)
    if account.mode == "plain" or not crypto.is_signed(signed, account.token, *parts):
        raise NotUnderstood
    try:
        return crypto.decrypt(sealed, key=account.aes_key, appid=account.appid)
    except crypto.Unreadable as error:
        raise NotUnderstood from error


def _tree(body: bytes) -> dict[str, Any]:
    try:
        is_json = body.lstrip()[:1] == b"{"
        return dict(json.loads(body)) if is_json else markup.read(body)
    except (ValueError, markup.NotMarkup) as error:
        raise NotUnderstood from error


def _shown(tree: dict[str, Any], push: dict[str, Any]) -> Shown:
    kind = tree["MsgType"]
    int(tree["CreateTime"])
    if kind == "text":
        if not 0 < len(tree["Content"].encode()) <= LONGEST_TEXT:
            raise NotUnderstood
        return Shown("text", {"content": tree["Content"]})
    if kind == "news":
        return Shown("news", {"articles": _articles(tree, push)})
    if kind == "transfer_customer_service":
        if push["MsgType"] == "event":
            raise NotUnderstood
        return Shown("transfer", {"kf_account": tree.get("TransInfo", {}).get("KfAccount")})
    branch = {"image": "Image", "voice": "Voice", "video": "Video", "music": "Music"}[kind]
    required = "ThumbMediaId" if kind == "music" else "MediaId"
    if not tree[branch][required]:
        raise NotUnderstood
    return Shown(kind, {_snake(name): value for name, value in tree[branch].items()})


def _articles(tree: dict[str, Any], push: dict[str, Any]) -> list[dict[str, str]]:
    """Give the articles; answers to messages show only the first, and above 8 nothing works."""
    items = tree["Articles"]["item"]
    items = items if isinstance(items, list) else [items]
    if len(items) > MOST_ARTICLES or int(tree["ArticleCount"]) != len(items):
        raise NotUnderstood
    shown = items[:1] if push["MsgType"] in MESSAGES else items
    return [
        {
            "title": item["Title"],
            "description": item.get("Description", ""),
            "picurl": item.get("PicUrl", ""),
            "url": item["Url"],
        }
        for item in shown
    ]


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)[1:]

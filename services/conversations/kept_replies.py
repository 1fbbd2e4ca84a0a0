"""Replies as they are kept in the database, to be given again word for word."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from services.wechat.replies import NewsReply, Reply, TextReply, TransferReply

_KINDS: dict[str, type[TextReply | NewsReply | TransferReply]] = {
    "text": TextReply,
    "news": NewsReply,
    "transfer": TransferReply,
}


def to_json(reply: Reply | None) -> dict[str, Any] | None:
    """Give a reply as JSON keeps it."""
    if reply is None:
        return None
    kind = next(name for name, made in _KINDS.items() if isinstance(reply, made))
    return {"kind": kind, **asdict(reply)}


def from_json(kept: Mapping[str, Any] | None) -> Reply | None:
    """Give back what was kept."""
    if not kept:
        return None
    fields = dict(kept)
    return _KINDS[fields.pop("kind")](**fields)

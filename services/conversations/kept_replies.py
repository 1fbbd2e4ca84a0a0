"""Replies as they are kept in the database, to be given again word for word."""

from collections.abc import Mapping
from dataclasses import fields
from functools import lru_cache
from typing import Any

from services.wechat.replies import NewsReply, Reply, TextReply, TransferReply

_KINDS: dict[str, type[TextReply | NewsReply | TransferReply]] = {
    "text": TextReply,
    "news": NewsReply,
    "transfer": TransferReply,
}


@lru_cache(maxsize=256)
def to_json(reply: Reply | None) -> dict[str, Any] | None:
    """Give a reply as JSON keeps it; whoever asks twice gets the same object, to read only."""
    if reply is None:
        return None
    kind = next(name for name, made in _KINDS.items() if isinstance(reply, made))
    # Not asdict, which copies deeply what is nothing but texts, for every push.
    return {"kind": kind} | {field.name: getattr(reply, field.name) for field in fields(reply)}


def from_json(kept: Mapping[str, Any] | None) -> Reply | None:
    """Give back what was kept."""
    if not kept:
        return None
    values = dict(kept)
    return _KINDS[values.pop("kind")](**values)

"""What all pushes have in common, and how a value's attributes are read from WeChat's fields."""

import hashlib
import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from dataclasses import fields as declared
from functools import cache
from math import isfinite
from typing import Any, TypeVar

from services.wechat.markup import Fields

T = TypeVar("T")
P = TypeVar("P", bound="Push")
Read = Callable[[object], T]

LONGEST_OPENID = 64
LONGEST_NAME = 64
GREATEST_NUMBER = 2**63 - 1
"""MsgId is an int64."""

_NUMBER = re.compile(r"\s*-?[0-9]{1,19}\s*")

LAST_SECOND = 253_402_300_799
"""The end of the year 9999, the last instant that datetime knows."""


def told(read: Read[T], *names: str) -> T:
    """Declare an attribute that WeChat tells in a field, under the first of the names it uses.

    Without the field it is what `read` makes of None; no content makes it another type.
    """
    return field(default=read(None), repr=False, metadata={"names": names, "read": read})


def words(value: object) -> str:
    """Read words: numbers as written, the first of what is doubled, nothing from a mapping."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return words(value[0]) if value else ""
    if isinstance(value, bool) or not isinstance(value, int):
        return ""
    return str(value)


def words_or_none(value: object) -> str | None:
    """Read words, of which there may be none."""
    return words(value) or None


def openid(value: object) -> str:
    """Read an openid; what is too long to be one is none."""
    read = words(value)
    return read if len(read) <= LONGEST_OPENID else ""


def number(value: object) -> int:
    """Read a whole number, exactly; what is none, or beyond an int64, is 0."""
    read = words(value)
    found = int(read) if _NUMBER.fullmatch(read) else 0
    return found if -GREATEST_NUMBER <= found <= GREATEST_NUMBER else 0


def seconds(value: object) -> int:
    """Read an instant in seconds since 1970; one that no calendar has is 0."""
    read = number(value)
    return read if 0 <= read <= LAST_SECOND else 0


def decimal(value: object) -> float | None:
    """Read a fraction, such as a latitude."""
    try:
        read = float(words(value))
    except ValueError:
        return None
    return read if isfinite(read) else None


def inside(name: str, read: Read[T]) -> Read[T]:
    """Read a field that lies inside another one."""
    return lambda value: read(value.get(name) if isinstance(value, dict) else None)


def mappings(value: object) -> tuple[Fields, ...]:
    """Read a list of mappings; one alone may come without its list."""
    listed = value if isinstance(value, list) else [value]
    return tuple(item for item in listed if isinstance(item, dict))


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """What WeChat tells us. Its text form names nobody, so that it may be logged."""

    name: str = ""
    """The message's MsgType, or the event's Event, in WeChat's spelling."""

    to: str = told(words, "ToUserName")
    openid: str = told(openid, "FromUserName")
    created_at: int = told(seconds, "CreateTime")
    """Seconds since 1970."""

    fields: Fields = field(default_factory=dict, repr=False)
    """All that was told, whole."""

    @property
    def key(self) -> str:
        """What tells this push from all others of its account, and is the same when repeated."""
        known = self.openid and self.created_at
        rest = self._particulars() if known else (self._digest(),)
        return ":".join((self.openid, str(self.created_at), self.name, *rest))

    def _particulars(self) -> Iterable[str]:
        """What tells it from others of the same visitor, second and name: here, everything."""
        return (self._digest(),)

    def _digest(self) -> str:
        whole = json.dumps(self.fields, sort_keys=True)
        return hashlib.sha256(whole.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Message(Push):
    """Something that a visitor sent us."""

    message_id: int = told(number, "MsgId")
    article: str | None = told(words_or_none, "MsgDataId")
    """The article in which it was written, with the position there that follows."""

    article_position: int = told(number, "Idx")

    @property
    def key(self) -> str:
        """The MsgId, with the openid: MsgIds of different visitors have been seen to collide."""
        if self.openid and self.message_id:
            return f"{self.openid}:{self.message_id}"
        return f"{self.openid}:{self.created_at}:{self.name}:{self._digest()}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event(Push):
    """Something that happened."""

    def _particulars(self) -> Iterable[str]:
        return (words(self.fields.get("EventKey")),)


@cache
def _plan(kind: type) -> tuple[tuple[str, str, Read[Any]], ...]:
    """Give attribute, field and reader; what counts when two fields tell the same comes last."""
    return tuple(
        (attribute.name, name, attribute.metadata["read"])
        for attribute in declared(kind)
        for name in reversed(attribute.metadata.get("names", ()))
    )


def values(kind: type, fields: Fields) -> dict[str, Any]:
    """Read the attributes that a class declares as told; those that are not told are left out."""
    return {
        attribute: read(fields[name]) for attribute, name, read in _plan(kind) if name in fields
    }


def shaped(kind: type[P], fields: Fields, *, name: str) -> P:
    """Make a push of WeChat's fields."""
    return kind(name=name[:LONGEST_NAME], fields=fields, **values(kind, fields))

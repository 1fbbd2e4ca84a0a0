"""The people who use WeChat, and all that arrived on their phones."""

import base64
import secrets
from dataclasses import dataclass, field
from typing import Any

from wechat_simulator.settings import MINI_PROGRAM, OFFICIAL_ACCOUNT, Kind

OPENID_LENGTH = 28
KEPT_ENTRIES = 2000


@dataclass(kw_only=True)
class Entry:
    """One thing in a chat: received by the person, or sent."""

    number: int
    at: float
    account: Kind
    kind: str
    """text, news, image, voice, video, link, miniprogrampage, subscribe, template, notice …"""
    via: str
    """sent, reply, customer_service, subscribe, template, fault, transfer."""
    content: dict[str, Any]


@dataclass(kw_only=True)
class Window:
    """How long and how often the account may still write to the person."""

    cause: str
    left: int
    ends_at: float


@dataclass(kw_only=True)
class Person:
    """Someone with a phone; each account knows them by another openid."""

    nickname: str
    openid_oa: str
    openid_mp: str
    unionid: str
    following: bool = False
    blocked: bool = False
    """The platform's risk control stops their log-in (40226)."""
    visited_at: float | None = None
    """When they were last in the mini-program."""
    session_key: str = ""
    session_expired: bool = False
    windows: dict[str, Window] = field(default_factory=dict)
    exchanged_at: dict[str, float] = field(default_factory=dict)
    typing_until: dict[str, float] = field(default_factory=dict)
    grants: dict[str, int] = field(default_factory=dict)
    """How many sends of each template are still allowed."""
    entries: list[Entry] = field(default_factory=list)

    def openid(self, kind: Kind) -> str:
        """Give the name this account knows them by."""
        return self.openid_oa if kind == OFFICIAL_ACCOUNT else self.openid_mp

    def account_of(self, openid: str) -> Kind:
        """Tell which account the openid belongs to."""
        return OFFICIAL_ACCOUNT if openid == self.openid_oa else MINI_PROGRAM

    def add(self, entry: Entry) -> None:
        """Put something into their chats; the oldest goes when there are too many."""
        self.entries.append(entry)
        del self.entries[:-KEPT_ENTRIES]

    def names(self) -> dict[str, str]:
        """Give what the control side calls them."""
        return {
            "nickname": self.nickname,
            "openid_oa": self.openid_oa,
            "openid_mp": self.openid_mp,
            "unionid": self.unionid,
        }


def new_person(nickname: str) -> Person:
    """Someone who has just bought a phone."""
    return Person(
        nickname=nickname,
        openid_oa=_openid(),
        openid_mp=_openid(),
        unionid=_openid(),
        session_key=new_session_key(),
    )


def new_session_key() -> str:
    """Make a session key: 16 bytes in base64."""
    return base64.b64encode(secrets.token_bytes(16)).decode()


def _openid() -> str:
    return "o" + secrets.token_urlsafe(OPENID_LENGTH)[: OPENID_LENGTH - 1]

"""Everything the platform remembers, and keeping it in a file."""

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter, ValidationError, with_config

from wechat_simulator.accounts import Account, new_account
from wechat_simulator.people import Person
from wechat_simulator.records import (
    CallRecord,
    Code,
    Draft,
    Link,
    Medium,
    Publication,
    QrCode,
    Stored,
    Token,
    WebSession,
)
from wechat_simulator.settings import Kind, Settings

KEPT_CALLS = 5000


@with_config(ConfigDict(ser_json_bytes="base64", val_json_bytes="base64"))
@dataclass(kw_only=True)
class State:
    """The platform's memory."""

    accounts: list[Account]
    people: list[Person] = field(default_factory=list)
    last_number: int = 0
    """Entries, calls and messages count in one row."""
    tokens: dict[str, Token] = field(default_factory=dict)
    forced_at: dict[Kind, float] = field(default_factory=dict)
    codes: dict[str, Code] = field(default_factory=dict)
    web_sessions: list[WebSession] = field(default_factory=list)
    used: dict[str, int] = field(default_factory=dict)
    """Calls made, by quota and period."""
    calls: list[CallRecord] = field(default_factory=list)
    media: dict[str, Medium] = field(default_factory=dict)
    menu: list[dict[str, Any]] | None = None
    menu_id: int = 0
    qr_codes: dict[str, QrCode] = field(default_factory=dict)
    links: dict[str, Link] = field(default_factory=dict)
    stored: dict[str, Stored] = field(default_factory=dict)
    drafts: dict[str, Draft] = field(default_factory=dict)
    publications: dict[str, Publication] = field(default_factory=dict)
    code_pictures: int = 0
    """Mini-program codes of the limited kinds A and C made so far."""
    jsapi_tickets: dict[str, tuple[str, float]] = field(default_factory=dict)
    robot_messages: list[dict[str, Any]] = field(default_factory=list)
    sent_once: dict[str, tuple[str, float]] = field(default_factory=dict)
    """Template messages by the sender's own id, for ten minutes."""

    def next_number(self) -> int:
        """Give the next number of the row."""
        self.last_number += 1
        return self.last_number

    def record(self, call: CallRecord) -> None:
        """Remember a call; the oldest goes when there are too many."""
        self.calls.append(call)
        del self.calls[:-KEPT_CALLS]


_FILE = TypeAdapter(State)


def new_state(settings: Settings) -> State:
    """Start with the accounts of the settings and nobody who knows them."""
    return State(
        accounts=[
            new_account(
                one.kind,
                appid=one.appid,
                secret=one.secret,
                token=one.token,
                aes_key=one.aes_key,
                mode=one.mode,
            )
            for one in settings.credentials
        ]
    )


def load(settings: Settings) -> State:
    """Read the kept state; what the environment says of the accounts wins over the file."""
    fresh = new_state(settings)
    if settings.state_file is None:
        return fresh
    try:
        kept = _FILE.validate_json(settings.state_file.read_bytes())
    except (OSError, ValidationError):
        return fresh
    known = {account.appid: account for account in kept.accounts}
    kept.accounts = [_kept(account, known.get(account.appid)) for account in fresh.accounts]
    return kept


def _kept(fresh: Account, known: Account | None) -> Account:
    """Give the account as it was, with the secrets it has today."""
    if known is None:
        return fresh
    return replace(
        known,
        secret=fresh.secret,
        token=fresh.token,
        aes_key=fresh.aes_key,
        mode=fresh.mode,
    )


def save(state: State, file: Path) -> None:
    """Write the state; a reader finds the old file or the new one, never half of one."""
    spare = file.with_suffix(".new")
    spare.write_bytes(_FILE.dump_json(state))
    spare.replace(file)

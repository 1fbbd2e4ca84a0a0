"""Deeds at the content desk: who does them, what their page had seen, and their entry."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from services import audit, revisions
from services.content.records import plain
from services.content_desk.refusals import ContentChanged

State = Mapping[str, object]
"""What a page shows of a row and lets change, by name."""


@dataclass(frozen=True)
class By:
    """Somebody of ours as they act."""

    actor: str
    """The login of their account."""

    now: datetime
    """By the service's clock, as content goes by it."""

    at: datetime
    """By the machine's clock, as the audit goes by it."""


def version(state: State) -> str:
    """Give what a form carries to tell later whether its row is still as it was shown.

    A digest of what is shown, and no counter: packs and commands change rows too.
    """
    kept = json.dumps({name: plain(value) for name, value in state.items()}, sort_keys=True)
    return hashlib.sha256(kept.encode()).hexdigest()[:32]


def require_seen(state: State, seen: str) -> None:
    """Make sure that nobody has changed a row since it was shown. The row has to be locked.

    Raises:
        ContentChanged
    """
    if version(state) != seen:
        raise ContentChanged


def changed(former: State, present: State) -> list[str]:
    """Name what differs."""
    return sorted(name for name, value in present.items() if plain(value) != plain(former[name]))


async def record(
    db: AsyncSession, act: str, *, subject: str, by: By, details: Mapping[str, Any] | None = None
) -> None:
    """Let every process see a change, and write down whose it is; to be called last."""
    await revisions.bump(db)
    await audit.record(
        db, actor=by.actor, act=f"content.{act}", subject=subject, details=details, now=by.at
    )

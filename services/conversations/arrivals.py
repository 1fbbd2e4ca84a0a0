"""What arrives from WeChat, what is stored of it, and what is known of it already."""

import asyncio
import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncConnection

from models import Conversation, Push
from models.vocabulary import Account
from services.conversations import kept_replies
from services.conversations.auto_replies import Answer, Talk
from services.wechat import pushes, replies

_KNOWN = select(Push.digest, Push.reply, Push.received_at).where(
    Push.digest.in_(bindparam("digests", expanding=True))
)
_TALKS = select(
    Conversation.account,
    Conversation.openid,
    Conversation.default_replied_at,
    Conversation.person_until,
).where(Conversation.openid.in_(bindparam("openids", expanding=True)))

UNINTELLIGIBLE = "unintelligible"
"""The name of a push that was signed and yet cannot be read."""


@dataclass(eq=False)
class Arrival:
    """A push that passed the door and waits to be stored."""

    account: Account
    body: str
    push: pushes.Push | None
    """None when it was signed and cannot be understood: kept as it is, answered with success."""

    digest: str
    stored: asyncio.Future["Stored"]
    late: bool = False
    """Whoever brought it has given up waiting."""

    def give_up(self) -> None:
        """Stop waiting: it is stored all the same, and then it is late."""
        if not self.stored.done():
            self.late = True
            self.stored.set_exception(TimeoutError())

    @classmethod
    def of(cls, account: Account, *, body: str, push: pushes.Push | None) -> "Arrival":
        """Make one in the running event loop."""
        identity = push.key if push else body
        return cls(
            account=account,
            body=body,
            push=push,
            digest=hashlib.sha256(f"{account}:{identity}".encode()).hexdigest(),
            stored=asyncio.get_running_loop().create_future(),
        )


@dataclass(frozen=True)
class Stored:
    """What a stored push is answered with, the first time and each time it is delivered again."""

    reply: replies.Reply | None
    received_at: datetime
    repeated: bool = False


async def known(db: AsyncConnection, digests: Iterable[str]) -> dict[str, Stored]:
    """Give what earlier deliveries were answered with, by their digests."""
    found = await db.execute(_KNOWN, {"digests": list(digests)})
    return {
        row.digest: Stored(
            reply=kept_replies.from_json(row.reply), received_at=row.received_at, repeated=True
        )
        for row in found
    }


async def talks(
    db: AsyncConnection, arrivals: Iterable[Arrival]
) -> dict[tuple[Account, str], Talk]:
    """Give what bears on an answer of the conversations that arrivals belong to."""
    openids = {arrival.push.openid for arrival in arrivals if arrival.push}
    found = await db.execute(_TALKS, {"openids": list(openids)})
    return {
        (row.account, row.openid): Talk(
            default_replied_at=row.default_replied_at, person_until=row.person_until
        )
        for row in found
    }


def row(arrival: Arrival, answer: Answer, *, now: datetime) -> dict[str, Any]:
    """Give the row that an arrival is stored as."""
    push = arrival.push
    return {
        "account": arrival.account,
        "digest": arrival.digest,
        "name": push.name[:64] if push else UNINTELLIGIBLE,
        "pushed_at": _instant(push.created_at, otherwise=now) if push else now,
        "received_at": now,
        "openid": push.openid[:64] if push else None,
        "body": arrival.body,
        "answer": answer.kind,
        "reply": kept_replies.to_json(answer.reply),
        "late": arrival.late,
    }


def _instant(seconds: int, *, otherwise: datetime) -> datetime:
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return otherwise

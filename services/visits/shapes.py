"""What is kept of somebody who follows a link or opens a page."""

from collections.abc import Collection, Iterator
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Channel
from models.vocabulary import ClientKind, VisitKind, VisitorScope
from services import clients

BEIJING = ZoneInfo("Asia/Shanghai")

OTHER_CHANNEL = "other"
"""What an unknown `?ch=` counts as: made-up codes must not fill the table."""


class Visit(NamedTuple):
    """What is kept of one visit: nothing about the visitor. A tuple, since counting hashes it."""

    slug: str
    channel: str
    client: ClientKind
    kind: VisitKind
    code: str = ""
    """The printed code that was scanned."""

    @property
    def scopes(self) -> Iterator[tuple[VisitorScope, str]]:
        """In what respects its device counts: in none if only a program looked."""
        if self.kind is VisitKind.PROBE or self.client is ClientKind.BOT:
            return
        yield VisitorScope.LINK, self.slug
        yield VisitorScope.CHANNEL, self.channel
        if self.code:
            yield VisitorScope.CODE, self.code


class Reading(NamedTuple):
    """What is kept of one opening of a page of ours."""

    path: str
    channel: str
    client: ClientKind

    @property
    def scopes(self) -> Iterator[tuple[VisitorScope, str]]:
        """In what respects its device counts."""
        if self.client is not ClientKind.BOT:
            yield VisitorScope.READING, self.channel


def visit(
    *,
    slug: str,
    channel: str,
    channels: frozenset[str],
    user_agent: str,
    kind: VisitKind,
    code: str = "",
) -> Visit:
    """Make of a request what is kept of it."""
    known = named_channel(channel, channels)
    return Visit(slug=slug, channel=known, client=clients.kind(user_agent), kind=kind, code=code)


def named_channel(code: str, channels: Collection[str]) -> str:
    """Give what a channel that somebody named counts as."""
    return code if not code or code in channels else OTHER_CHANNEL


async def channel(db: AsyncSession, *, code: str | None) -> str | None:
    """Give what a channel that somebody named is remembered as; None where they named none."""
    if not code:
        return None
    known = select(Channel.code).where(Channel.code == code, Channel.retired.is_(False))
    return await db.scalar(known) or OTHER_CHANNEL


def beijing_day(instant: datetime) -> date:
    """Give the day that an instant belongs to."""
    return instant.astimezone(BEIJING).date()

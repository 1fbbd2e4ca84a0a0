"""Crowds: many visitors at once, logged in without asking WeChat for each."""

import secrets
from collections.abc import Sequence

import anyio

from models import LoginSession, Visitor
from models.vocabulary import SessionKind
from services import visitors
from services.runtime.clock import utc_now
from services.runtime.database import Database


def tokens(number: int) -> list[str]:
    """Make up so many tokens."""
    return [secrets.token_urlsafe(32) for _ in range(number)]


async def come(database: Database, number: int, *, appid: str = "") -> list[str]:
    """Let so many people come, and give the token of each."""
    made = tokens(number)
    await log_in(database, made, appid=appid)
    return made


def arrived(database_url: str, number: int, *, appid: str = "") -> list[str]:
    """Let so many people come, for a test that is no coroutine."""

    async def arrive() -> list[str]:
        database = Database(database_url)
        try:
            return await come(database, number, appid=appid)
        finally:
            await database.close()

    return anyio.run(arrive)


async def log_in(database: Database, made: Sequence[str], *, appid: str = "") -> None:
    """Let somebody come for each token, through the mini-program that is configured."""
    now = utc_now()
    async with database.transaction() as db:
        people = [Visitor(first_seen_at=now, last_seen_at=now) for _ in made]
        db.add_all(people)
        await db.flush()
        db.add_all(
            LoginSession(
                token_sha256=visitors.digest(token),
                visitor_id=person.id,
                kind=SessionKind.MINI_PROGRAM,
                appid=appid,
                begun_at=now,
                expires_at=now + visitors.TTL,
            )
            for token, person in zip(made, people, strict=True)
        )

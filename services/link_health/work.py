"""The job of link health."""

import asyncio
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from functools import partial

import httpx2

from services.jobs import Kind, Run, Schedule
from services.link_health import recording, targets
from services.link_health.looking import AT_ONCE, LOOK_SECONDS, Looker, Seen
from services.link_health.public_only import PublicOnly
from services.link_health.targets import Target
from services.runtime.database import Database

CHECK = "check_links"
EVERY = timedelta(minutes=10)
"""How often the job looks for addresses that are due, see `standing`."""

MOST = 32
"""In one run; the next one goes on."""

TIMEOUT = timedelta(seconds=LOOK_SECONDS * MOST / AT_ONCE) + timedelta(minutes=1)

Outside = Callable[[], httpx2.AsyncBaseTransport]


def kinds(outside: Outside = PublicOnly) -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [Kind(name=CHECK, run=partial(check, outside=outside), timeout=TIMEOUT)]


def schedules(*, production: bool) -> tuple[Schedule, ...]:
    """Give what is repeated. In development nobody outside is asked unless somebody says so."""
    return (Schedule(kind=CHECK, every=EVERY),) if production else ()


async def check(run: Run, outside: Outside) -> None:
    """Look at the addresses that are due; no transaction is open meanwhile."""
    async with run.database.snapshot() as db:
        due = await recording.due(db, now=run.now, most=MOST)
    seen = await look(run.database, due, outside=outside)
    async with run.closing() as db:
        news = [
            await recording.record(db, target=target, seen=found, now=run.now)
            for target, found in seen
        ]
        await recording.forget_unused(db, now=run.now)
    for item in news:
        item.tell()


async def look(
    database: Database, wanted: Iterable[Target], *, outside: Outside = PublicOnly
) -> list[tuple[Target, Seen]]:
    """Look at addresses and give what was found; nothing is recorded.

    In the order of the addresses: whoever records them locks rows in the same order as everybody.
    """
    asked = sorted(wanted, key=lambda target: target.address)
    async with database.snapshot() as db:
        hosts = await targets.hosts(db)
    async with Looker(outside()) as looker:
        found = await asyncio.gather(
            *(looker.look(target.address, hosts=hosts) for target in asked)
        )
    return list(zip(asked, found, strict=True))


async def check_now(
    database: Database, wanted: Iterable[Target], *, now: datetime, outside: Outside = PublicOnly
) -> None:
    """Look at addresses for somebody who waits, and record what was found."""
    seen = await look(database, wanted, outside=outside)
    async with database.transaction() as db:
        news = [
            await recording.record(db, target=target, seen=found, now=now) for target, found in seen
        ]
    for item in news:
        item.tell()

"""What is kept of the looks: recorded, compared with before, shown to staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePosixPath
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import LinkCheck
from models.vocabulary import LinkOutcome
from services import mirror, revisions
from services.errors import NotFound
from services.link_health import standing, targets
from services.link_health.looking import Seen
from services.link_health.standing import Standing
from services.link_health.targets import Target
from services.runtime.dialects import insert

log = structlog.get_logger(__name__)


class AddressNotWatched(NotFound):
    """Readers are led to no such address outside, or nobody has looked at it yet."""

    code = "address_not_watched"


@dataclass(frozen=True)
class Health:
    """One address as staff see it."""

    target: Target
    check: LinkCheck | None
    """None while nobody has looked."""

    standing: Standing


@dataclass(frozen=True)
class News:
    """How an address stood before a look, and how it stands after it."""

    address: str
    outcome: LinkOutcome
    before: Standing
    after: Standing

    def tell(self) -> None:
        """Write into the log what staff should know. Call it after the commit."""
        if self.after.failing and not self.before.failing:
            log.warning("link_failing", address=self.address, outcome=self.outcome.value)
        elif self.before.failing and not self.after.failing:
            log.info("link_recovered", address=self.address)
        if self.after.changed and not self.before.changed:
            log.warning("link_changed", address=self.address)
        if self.after.moved_to not in {None, self.before.moved_to}:
            log.warning("link_moved", address=self.address, moved_to=self.after.moved_to)


async def report(db: AsyncSession, *, now: datetime) -> list[Health]:
    """Give all addresses that readers are led to: what needs staff first, then by address."""
    checks = await of_addresses(db)
    found = [_health(target, checks) for target in await targets.every(db, now=now)]
    return sorted(found, key=lambda health: health.standing.fine)


async def due(db: AsyncSession, *, now: datetime, most: int) -> list[Target]:
    """Give the addresses to look at now: never seen ones first, then the longest unseen."""
    healths = [health for health in await report(db, now=now) if standing.is_due(health.check, now)]
    healths.sort(key=lambda health: health.check.checked_at.timestamp() if health.check else 0.0)
    return [health.target for health in healths[:most]]


async def of_addresses(
    db: AsyncSession, addresses: Iterable[str] | None = None
) -> dict[str, LinkCheck]:
    """Give what is recorded of some addresses, or of all."""
    query = select(LinkCheck)
    if addresses is not None:
        query = query.where(LinkCheck.address.in_(list(addresses)))
    return {check.address: check for check in await db.scalars(query)}


async def record(db: AsyncSession, *, target: Target, seen: Seen, now: datetime) -> News:
    """Write down what a look found; the pages follow, if readers are to be told otherwise."""
    check = await _row(db, target.address, now)
    before = standing.of(check, copy_sha256=target.copy_sha256)
    outcome = _outcome(target, seen, check)
    if check.outcome is LinkOutcome.REDIRECT_REFUSED and outcome in standing.TELLING_NOTHING:
        outcome = check.outcome
    check.outcome, check.checked_at, check.status = outcome, now, seen.status
    if outcome is LinkOutcome.GOOD:
        _write_good(check, seen, target=target, now=now)
    else:
        check.failures += 1
        check.failing_since = check.failing_since or now
    after = standing.of(check, copy_sha256=target.copy_sha256)
    if after != before:
        await revisions.bump(db)
    return News(target.address, outcome, before, after)


async def accept(db: AsyncSession, *, address: str) -> LinkCheck:
    """Take the file that an address gives now for the right one: it has not changed any more.

    Raises:
        AddressNotWatched
    """
    check = (await of_addresses(db, [address])).get(address)
    if check is None:
        raise AddressNotWatched(address=address)
    if check.known_sha256 is not None:
        check.known_sha256 = check.sha256
    await revisions.bump(db)
    return check


async def forget_unused(db: AsyncSession, *, now: datetime) -> None:
    """Take away what is recorded of addresses that readers are no longer led to."""
    used = {target.address for target in await targets.every(db, now=now)}
    unused = set(await db.scalars(select(LinkCheck.address))) - used
    await db.execute(delete(LinkCheck).where(LinkCheck.address.in_(unused)))


def named(healths: Sequence[Health], *, name: str) -> Health:
    """Find an address by itself or by a place where readers meet it, such as `links/survey`.

    Raises:
        AddressNotWatched
    """
    for health in healths:
        if name == health.target.address or name in health.target.uses:
            return health
    raise AddressNotWatched(address=name)


def _health(target: Target, checks: dict[str, LinkCheck]) -> Health:
    check = checks.get(target.address)
    return Health(target, check, standing.of(check, copy_sha256=target.copy_sha256))


async def _row(db: AsyncSession, address: str, now: datetime) -> LinkCheck:
    """Give an address's row, locked. The job and a command may both be the first to look."""
    fresh = {"address": address, "outcome": LinkOutcome.GOOD, "checked_at": now, "failures": 0}
    await db.execute(insert(db, LinkCheck).values(id=uuid4(), **fresh).on_conflict_do_nothing())
    found = await db.scalars(
        select(LinkCheck).where(LinkCheck.address == address).with_for_update()
    )
    return found.one()


def _outcome(target: Target, seen: Seen, check: LinkCheck) -> LinkOutcome:
    """Take a page where a file belongs for what it is: a polite way to say "not found"."""
    suffix = PurePosixPath(urlsplit(target.address).path).suffix.lower()
    file_expected = suffix in mirror.KINDS or check.known_sha256 is not None
    if seen.outcome is LinkOutcome.GOOD and seen.is_page and file_expected:
        return LinkOutcome.PAGE_INSTEAD
    return seen.outcome


def _write_good(check: LinkCheck, seen: Seen, *, target: Target, now: datetime) -> None:
    check.failures, check.failing_since, check.good_at = 0, None, now
    check.content_type, check.size_bytes = seen.content_type, seen.size_bytes
    check.sha256, check.moved_to = seen.sha256 or check.sha256, seen.moved_to
    if check.known_sha256 is None and seen.sha256 and not seen.is_page:
        # Our copy was put in by staff: what differs from it from the start is a change too.
        check.known_sha256 = target.copy_sha256 or seen.sha256

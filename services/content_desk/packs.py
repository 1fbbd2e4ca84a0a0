"""Content packs at the desk: compared with what is there, and applied as they were shown."""

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from services.content import loading
from services.content.loading import Change, ChangeKind
from services.content.pack import Pack
from services.content_desk import deeds
from services.content_desk.deeds import By
from services.errors import Conflict

At = tuple[str, str]
"""A table and a row's natural key."""


class PackChanged(Conflict):
    """What would be done is no longer what was shown."""

    code = "pack_changed"


@dataclass(frozen=True)
class Comparison:
    """What applying a pack would do."""

    changes: list[Change]
    digest: str
    """Names it; it comes back with the wish to apply the pack."""

    @property
    def conflicts(self) -> list[Change]:
        """What staff have edited and the pack has otherwise."""
        return [change for change in self.changes if change.kind is ChangeKind.CONFLICT]


def at(change: Change) -> At:
    """Name the row that a change is of."""
    return change.table, change.key


async def compared(db: AsyncSession, *, pack: Pack) -> Comparison:
    """Compare a pack with what is there, without changing anything.

    Raises:
        SlugTaken
    """
    plan = await loading.diff(db, pack=pack)
    return Comparison(plan.changes, loading.fingerprint(plan))


async def apply(
    db: AsyncSession, *, pack: Pack, seen: str, taking: Container[At], by: By
) -> list[Change]:
    """Apply a pack, if that does what was seen; conflicts of rows in `taking` go the pack's way.

    A row's conflicts go one way together: an address from one side with its kind from the other
    would lead nowhere.

    Raises:
        PackChanged, SlugTaken
    """
    plan = await loading.diff(db, pack=pack, holding=True)
    if loading.fingerprint(plan) != seen:
        raise PackChanged
    settled = {
        change.place for change in Comparison(plan.changes, seen).conflicts if at(change) in taking
    }
    done = await loading.carry_out(db, plan=plan, pack=pack, now=by.now, taking=settled)
    counts = Counter(change.kind.value for change in plan.changes)
    await deeds.record(
        db,
        "pack_applied",
        subject=f"round/{pack.round.slug}",
        by=by,
        details={**counts, "overwritten": len(settled), "digest": seen},
    )
    return done

"""Scans of the official account's own codes, which WeChat tells us of by their scenes."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ChannelCode, ShortLink
from models.vocabulary import ClientKind, VisitKind
from services.visits.counting import Counted, write
from services.visits.shapes import Visit, beijing_day


async def count_scans(db: AsyncSession, *, scans: Sequence[tuple[str, datetime]]) -> None:
    """Count scans by scene and instant; a scene that is neither a link's nor a code's is none.

    Devices are not told apart: whoever follows the answer's link is counted there.
    """
    if not scans:
        return
    known = await _known(db, {scene for scene, _ in scans})
    days: dict[date, Counter[Counted]] = defaultdict(Counter)
    for scene, at in scans:
        if scene in known:
            days[beijing_day(at)][known[scene]] += 1
    for day_on, sums in sorted(days.items()):
        await write(db, sums, day_on=day_on)


async def _known(db: AsyncSession, scenes: set[str]) -> dict[str, Visit]:
    links = await db.scalars(select(ShortLink.slug).where(ShortLink.slug.in_(scenes)))
    codes = await db.scalars(select(ChannelCode).where(ChannelCode.slug.in_(scenes)))
    by_code = {code.slug: _scan(code.link_slug, code.channel, code.slug) for code in codes}
    return by_code | {slug: _scan(slug) for slug in links}


def _scan(slug: str, channel: str = "", code: str = "") -> Visit:
    return Visit(slug, channel, ClientKind.WECHAT, VisitKind.SCAN, code)

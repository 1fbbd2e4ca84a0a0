"""The doctor's look at the addresses outside; nobody is asked, the last looks are told."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime, timedelta

from api.cli import link_health as command
from api.cli.findings import Finding
from models.vocabulary import Language
from services import link_health, texts
from services.link_health import Health
from services.runtime.clock import installation_clock
from services.runtime.database import Database
from services.runtime.settings import Settings

LINKS = "addresses outside"

STALE = timedelta(days=1)
"""Without a look for so long, what looks is not running."""


async def findings(
    chosen: Settings, database: Database, language: Language
) -> AsyncIterator[Finding]:
    """Tell what staff should look at: one finding for each address that is not as it should be."""
    now = installation_clock(chosen)()
    async with database.snapshot() as db:
        found = await link_health.report(db, now=now)
    wrong = [item for item in found if not item.standing.fine]
    for item in wrong:
        said = "; ".join(command.sentences(item, language))
        yield Finding(item.target.uses[0], ok=False, detail=f"{item.target.address}: {said}")
    if not wrong:
        yield _overall(found, now if chosen.production else None, language)


def _overall(found: Sequence[Health], now: datetime | None, language: Language) -> Finding:
    """Sum up; without an instant nobody expects regular looks."""
    last = max((item.check.checked_at for item in found if item.check), default=None)
    if now and last and now - last > STALE:
        checked = last.astimezone(command.BEIJING).strftime("%Y-%m-%d %H:%M")
        detail = texts.say("link_health.stale", language, checked=checked)
        return Finding(LINKS, ok=False, detail=detail)
    return Finding(LINKS, ok=True, detail=command.summary(found, language))

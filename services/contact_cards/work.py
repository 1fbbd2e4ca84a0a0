"""The job of contact cards: telling staff that a WeChat code is about to end."""

from datetime import timedelta

import structlog

from models import ContactPicture
from services.contact_cards import cards, pictures
from services.jobs import Kind, Run, Schedule

WARN = "warn_of_ending_pictures"

SCHEDULES = (Schedule(kind=WARN, every=timedelta(hours=1)),)

log = structlog.get_logger(__name__)


def kinds() -> list[Kind]:
    """Give the kinds of job of this feature."""
    return [Kind(name=WARN, run=warn)]


async def warn(run: Run) -> None:
    """Say once that a code will end within two days, and once that it has."""
    async with run.closing() as db:
        due = [
            (picture, slug)
            for picture, slug in await pictures.ending(db, now=run.now)
            if not _told(picture, over=not cards.valid(picture, run.now))
        ]
        for picture, _ in due:
            picture.warned_at = run.now
    for picture, slug in due:
        over = not cards.valid(picture, run.now)
        log.warning(
            "contact_picture_over" if over else "contact_picture_ending",
            card=slug,
            valid_until=str(picture.valid_until),
        )


def _told(picture: ContactPicture, *, over: bool) -> bool:
    told_at, until = picture.warned_at, picture.valid_until
    return told_at is not None and not (over and until is not None and told_at < until)

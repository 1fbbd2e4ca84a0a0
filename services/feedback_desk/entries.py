"""Entries: what somebody wrote, called or said, put into the log in their name."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation
from models.vocabulary import EntryWay, FeedbackSource
from services.feedback import entering
from services.feedback.entering import Entered, Entry
from services.feedback.origins import Arrival
from services.feedback_desk import answering
from services.feedback_desk.answering import Deed
from services.runtime.sealing import Sealer

WAYS = (EntryWay.MAIL, EntryWay.PHONE, EntryWay.MEETING, EntryWay.CHAT)
"""The ways by which a person enters something."""


async def enter(
    db: AsyncSession,
    *,
    consultation: Consultation,
    entry: Entry,
    arrival: Arrival,
    sealer: Sealer,
    by: Deed,
    now: datetime,
) -> Entered:
    """Enter one comment for somebody; the rules are those of the public form.

    Raises:
        RoundNotOpen, RoundClosed, ReceivedOutsideRound, SectionUnknown, TermUnknown, SenderUnnamed
    """
    done = await entering.enter(
        db,
        consultation=consultation,
        entries=[entry],
        arrival=arrival,
        source=FeedbackSource.ON_BEHALF,
        sealer=sealer,
        now=now,
    )
    details = {"way": arrival.way.value, "received_on": arrival.received_on.isoformat()}
    (receipt,) = done.receipts
    await answering.record(db, "feedback.entered", receipt, by=by, details=details)
    return done

"""The doctor's look at contact cards: WeChat codes that are missing, about to end, or over."""

from collections.abc import AsyncIterator

from api.cli.findings import Finding
from models.vocabulary import Language
from services import contact_cards, texts
from services.contact_cards import ChannelState, ListedCard, ShownChannel
from services.runtime.clock import installation_clock
from services.runtime.database import Database
from services.runtime.settings import Settings

SUBJECT = "contact pictures"

SHOWN = frozenset({ChannelState.OPEN, ChannelState.WITHDRAWN})


async def findings(
    chosen: Settings, database: Database, language: Language
) -> AsyncIterator[Finding]:
    """Look at the pictures; one that is about to end is a fault, since nobody else can mend it."""
    async with database.snapshot() as db:
        listed = await contact_cards.overview(db, now=installation_clock(chosen)())
    found = [
        _finding(card, item, language)
        for card in listed
        for item in card.channels
        if card.card.withdrawn_at is None and item.state not in SHOWN
    ]
    for finding in found or [Finding(SUBJECT, ok=True, detail="ok")]:
        yield finding


def _finding(listed: ListedCard, item: ShownChannel, language: Language) -> Finding:
    detail = texts.say(
        f"doctor.contact_picture_{item.state.value}",
        language,
        card=listed.card.slug,
        channel=item.channel.key,
        until=str(item.picture.valid_until) if item.picture else "",
    )
    return Finding(SUBJECT, ok=item.state is ChannelState.MISSING, detail=detail)

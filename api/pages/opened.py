"""Anonymous feedback in a browser: opened by its secret code for an hour, and by nothing else.

The code travels in a sealed cookie, never in an address: addresses are kept in histories and logs.
"""

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from fastapi import Request
from starlette.responses import Response

from api.dependencies import Parts
from api.pages import browsers
from services.feedback import Sender, guesses, show
from services.runtime.sealing import SealUnreadable

NAME = "asi_receipt"
LASTS = timedelta(hours=1)
_SEALED = "readers.opened"


@dataclass(frozen=True)
class Opened:
    """An anonymous item that somebody has the code of."""

    receipt: str
    secret: str = field(repr=False)


def of(request: Request, parts: Parts, *, now: datetime) -> Opened | None:
    """Give what is open in a browser. `now` is the machine's time."""
    name = browsers.cookie_name(NAME, production=parts.settings.production)
    try:
        sealed = urlsafe_b64decode(request.cookies.get(name, ""))
        said = json.loads(parts.sealer.open(sealed, about=_SEALED))
    except (SealUnreadable, ValueError):
        return None
    if now >= datetime.fromisoformat(said["until"]):
        return None
    return Opened(said["receipt"], said["secret"])


def remember(response: Response, opened: Opened, parts: Parts, *, now: datetime) -> None:
    """Let a browser open an item for an hour."""
    said = {"receipt": opened.receipt, "secret": opened.secret, "until": (now + LASTS).isoformat()}
    sealed = parts.sealer.seal(json.dumps(said).encode(), about=_SEALED)
    value = urlsafe_b64encode(sealed).decode()
    browsers.put(response, NAME, value, seconds=int(LASTS.total_seconds()), parts=parts)


async def require_right(
    parts: Parts, opened: Opened, *, address: str | None, now: datetime, machine_now: datetime
) -> None:
    """Make sure that a code opens an item; wrong ones are counted, whatever becomes of the rest.

    Raises:
        FeedbackNotFound, TooManyGuesses
    """
    attempt = guesses.guess(opened.receipt, address=address, index=parts.blind_index)
    async with parts.database.transaction() as db:
        await guesses.count(db, attempt, now=machine_now)
    async with parts.database.snapshot() as db:
        await show(db, receipt=opened.receipt, sender=Sender(secret=opened.secret), now=now)
    async with parts.database.transaction() as db:
        await guesses.take_back(db, attempt)

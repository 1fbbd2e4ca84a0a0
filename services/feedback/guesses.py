"""Guessing secret codes: how often somebody may be wrong.

A code has 98 bits, so nobody guesses one. The limits are for whoever tries nevertheless, and wide
enough that one client cannot shut the sender out of their own feedback.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from services import attempts
from services.feedback import chain
from services.feedback.refusals import FeedbackNotFound, TooManyGuesses
from services.runtime import networks
from services.runtime.blind_index import BlindIndex

OF_CLIENT = 20
"""Wrong codes from one client address in an hour."""

OF_RECEIPT = 100
"""Wrong codes for one receipt in an hour, wherever they come from."""


@dataclass(frozen=True)
class Guess:
    """One code being tried, as it is counted: digests that name nobody."""

    of_receipt: bytes
    of_client: bytes | None
    """None where the address is not of the public network: then it is a proxy's, or our own."""


def guess(receipt: str, *, address: str | None, index: BlindIndex) -> Guess:
    """Give what an attempt is counted as.

    Raises:
        FeedbackNotFound: what is not even a receipt's number costs nothing.
    """
    if not chain.RECEIPT.fullmatch(receipt):
        raise FeedbackNotFound
    client = networks.of_client(address)
    return Guess(
        of_receipt=index.of(receipt, about="attempt_counts.receipt"),
        of_client=index.of(client, about="attempt_counts.client") if client else None,
    )


async def count(db: AsyncSession, attempt: Guess, *, now: datetime) -> None:
    """Count an attempt before it is known whether the code is right. `now` is machine time.

    Raises:
        TooManyGuesses: the right code does not help then.
    """
    limits = ((attempt.of_client, OF_CLIENT), (attempt.of_receipt, OF_RECEIPT))
    for key, limit in limits:
        if key is not None and await attempts.count(db, key=key, now=now) > limit:
            raise TooManyGuesses


async def take_back(db: AsyncSession, attempt: Guess) -> None:
    """Uncount an attempt whose code was right."""
    for key in (attempt.of_client, attempt.of_receipt):
        if key is not None:
            await attempts.take_back(db, key=key)

"""Passwords: argon2id, and none that can be guessed."""

import asyncio
from collections.abc import Sequence
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from services.staff_accounts.refusals import PasswordUnfit

SHORTEST = 12
LONGEST = 128
LOOKED_AT = 72
"""Characters that guessing is tried on: more would take seconds."""

GOOD_ENOUGH = 3
"""Of zxcvbn's scores 0 to 4: some 10^8 guesses at least."""

_hasher = PasswordHasher()
_at_once = asyncio.Semaphore(2)
"""Each takes 64 MiB for a moment."""


def require_fit(password: str, *, about: Sequence[str]) -> None:
    """Refuse what is too short or can be guessed, also by who knows the words `about` its owner.

    Raises:
        PasswordUnfit
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise PasswordUnfit(shortest=SHORTEST, longest=LONGEST)
    from zxcvbn import zxcvbn  # noqa: PLC0415 - its lists of words take long to load

    if zxcvbn(password[:LOOKED_AT], user_inputs=list(about))["score"] < GOOD_ENOUGH:
        raise PasswordUnfit(shortest=SHORTEST, longest=LONGEST)


async def hashed(password: str) -> str:
    """Give what is kept of a password."""
    async with _at_once:
        return await asyncio.to_thread(_hasher.hash, password)


async def matches(password: str, kept: str | None) -> bool:
    """Compare with what is kept; None takes as long and never matches."""
    async with _at_once:
        right = await asyncio.to_thread(_verified, kept, password[: LONGEST + 1])
    return right and kept is not None


def is_outdated(kept: str) -> bool:
    """Tell whether what is kept was made with weaker parameters than today's."""
    return _hasher.check_needs_rehash(kept)


@cache
def _nobody() -> str:
    return _hasher.hash("nobody's password, to be compared with where there is no account")


def _verified(kept: str | None, password: str) -> bool:
    try:
        return _hasher.verify(kept or _nobody(), password)
    except (VerificationError, InvalidHashError):
        return False

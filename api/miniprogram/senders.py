"""Who asks for an item of feedback: by a login, or by a secret code."""

from collections.abc import AsyncIterator
from typing import Annotated

from fastapi import Depends, Header, Request

from api import proxies
from api.dependencies import CurrentParts, CurrentVisitor, MachineNow
from services.feedback import FeedbackNotFound, Sender, checks, guesses

Code = Annotated[
    str,
    Header(
        alias="X-Receipt-Code",
        min_length=1,
        max_length=64,
        description="The secret code that was shown when the feedback was sent.",
    ),
]


def logged_in(visitor: CurrentVisitor, parts: CurrentParts) -> Sender:
    """Give the visitor as the sender of what they sent under their login."""
    writer = checks.written_by(visitor.mp_openid, sealer=parts.sealer)
    return Sender(visitor_id=visitor.id, writer=writer)


async def with_code(
    request: Request, receipt: str, code: Code, parts: CurrentParts, now: MachineNow
) -> AsyncIterator[Sender]:
    """Give whoever has a secret code; no login is needed, and none is looked at.

    To be asked for before the request's own transaction, which a wrong code undoes: what is counted
    is committed before, and uncounted behind it.

    Raises:
        FeedbackNotFound, TooManyGuesses
    """
    address = proxies.client_address(request.scope)
    attempt = guesses.guess(receipt, address=address, index=parts.blind_index)
    async with parts.database.transaction() as db:
        await guesses.count(db, attempt, now=now)
    right = True
    try:
        yield Sender(secret=code)
    except FeedbackNotFound:
        right = False
        raise
    finally:
        if right:
            async with parts.database.transaction() as db:
                await guesses.take_back(db, attempt)


LoggedIn = Annotated[Sender, Depends(logged_in, scope="function")]
WithCode = Annotated[Sender, Depends(with_code, scope="function")]

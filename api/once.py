"""Creating something once, however often the request is sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import CurrentVisitor, Db, MachineNow
from miniprogram_contract.messages import Reply
from services import idempotency

Key = Annotated[
    str,
    Header(
        alias="Idempotency-Key",
        min_length=8,
        max_length=128,
        pattern=r"^[\x21-\x7e]+$",
        description="Made up anew for each wish, and sent again when the request is sent again.",
    ),
]


@dataclass(frozen=True)
class Once:
    """Makes what a request asks for, or gives the answer its first delivery got."""

    db: AsyncSession
    owner: str
    key: str
    request: bytes
    now: datetime

    async def __call__(self, make: Callable[[], Awaitable[Reply]]) -> Response:
        """Answer 201 with what `make` gives, the same bytes each time.

        Raises:
            IdempotencyKeyReused, and whatever `make` raises: nothing is kept then
        """
        kept = await idempotency.begin(
            self.db, owner=self.owner, key=self.key, request=self.request, now=self.now
        )
        if kept is not None:
            return _answer(kept.status, kept.body)
        body = (await make()).model_dump_json().encode()
        await idempotency.keep(self.db, owner=self.owner, key=self.key, status=201, body=body)
        return _answer(201, body)


async def once(
    request: Request, key: Key, visitor: CurrentVisitor, db: Db, now: MachineNow
) -> Once:
    """Give what makes a visitor's wish come true once."""
    asked = f"{request.method} {request.url.path}\n".encode() + await request.body()
    return Once(db=db, owner=str(visitor.id), key=key, request=asked, now=now)


OnceForVisitor = Annotated[Once, Depends(once, scope="function")]


def _answer(status: int, body: bytes) -> Response:
    return Response(body, status_code=status, media_type="application/json")

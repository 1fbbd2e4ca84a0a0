"""Creating something once, however often the request is sent."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import CurrentParts, CurrentVisitor, Db, MachineNow
from miniprogram_contract.messages import Reply
from services import idempotency
from services.idempotency import Kept
from services.runtime.sealing import Sealer

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
    visitor_id: UUID
    key: str
    request: bytes
    """A digest of what is asked."""

    former: list[bytes]
    """Its digests under the keys before."""

    sealer: Sealer
    now: datetime

    async def __call__(
        self, make: Callable[[], Awaitable[Reply]], *, anonymous: bool = False
    ) -> Response:
        """Answer 201 with what `make` gives, the same bytes each time.

        No row leads from the kept answer to who asked for something anonymous.

        Raises:
            IdempotencyKeyReused, and whatever `make` raises: nothing is kept then
        """
        kept = await idempotency.begin(
            self.db,
            owner=str(self.visitor_id),
            key=self.key,
            request=self.request,
            sealer=self.sealer,
            now=self.now,
            former=self.former,
        )
        if kept is None:
            body = (await make()).model_dump_json().encode()
            kept = Kept(status=201, body=body)
            await idempotency.keep(
                self.db,
                owner=str(self.visitor_id),
                key=self.key,
                answer=kept,
                sealer=self.sealer,
                visitor_id=None if anonymous else self.visitor_id,
            )
        return Response(kept.body, status_code=kept.status, media_type="application/json")


async def once(
    request: Request,
    key: Key,
    visitor: CurrentVisitor,
    db: Db,
    now: MachineNow,
    parts: CurrentParts,
) -> Once:
    """Give what makes a visitor's wish come true once."""
    asked = f"{request.method} {request.url.path}\n".encode() + await request.body()
    about = "idempotent_answers.request_digest"
    return Once(
        db=db,
        visitor_id=visitor.id,
        key=key,
        request=parts.blind_index.of(asked.hex(), about=about),
        former=parts.blind_index.former(asked.hex(), about=about),
        sealer=parts.sealer,
        now=now,
    )


OnceForVisitor = Annotated[Once, Depends(once, scope="function")]

"""What endpoints take as arguments: the parts of the process, a session, the time, the language."""

from asyncio import Semaphore
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Annotated, Self

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.ext.asyncio import AsyncSession

from api.pages.rendering import Renderer
from api.prepared import MARK, Mark
from api.urls import Urls
from models import Visitor
from services import visitors
from services.conversations.work import Doors
from services.mirror import CheckedFiles
from services.notices import Templates
from services.runtime import limiting
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.limiting import Limiter
from services.runtime.sealing import Sealer
from services.runtime.settings import Settings
from services.runtime.signing import Signer
from services.visits import VisitCounter


@dataclass(frozen=True)
class Parts:
    """What one web process is made of; made by create_app, closed with it."""

    settings: Settings
    database: Database
    clock: Clock
    visits: VisitCounter
    files: CheckedFiles
    renderer: Renderer
    sealer: Sealer
    signer: Signer
    blind_index: BlindIndex
    notice_templates: Templates
    machine_clock: Clock
    """The machine's time, for logins; the clock above may be moved in development."""

    limiter: Limiter

    typesetter: Semaphore = field(default_factory=lambda: Semaphore(1))
    """One poster at a time: each takes a core for a quarter of a second."""

    site: Urls | None = None
    """The address that the reader came by, where it is not ASI_PUBLIC_URL."""

    @property
    def urls(self) -> Urls:
        """The service's own addresses, on the host that was asked."""
        return self.site or Urls(self.settings.public_url)

    def at(self, site: Urls) -> Self:
        """Give the same for readers of another address."""
        return replace(self, site=site, renderer=self.renderer.at(site))


def parts(request: Request) -> Parts:
    """Give the parts of this process, as those who ask this host need them."""
    state = request.app.state
    found: Parts = state.sites.get(request.headers.get("host"), state.parts)
    return found


CurrentParts = Annotated[Parts, Depends(parts)]

_BEARER = HTTPBearer(auto_error=False, description="The token of a login.")


async def snapshot(parts: CurrentParts) -> AsyncIterator[AsyncSession]:
    """Give a session for reading; a route that also writes closes it first.

    On PostgreSQL both come out of one pool: who holds one connection must not wait for another.
    """
    async with parts.database.snapshot() as db:
        yield db


async def transaction(parts: CurrentParts) -> AsyncIterator[AsyncSession]:
    """Give a session in the request's one transaction, committed before the answer leaves."""
    async with parts.database.transaction() as db:
        yield db


def doors(request: Request) -> Doors:
    """Give the doors to WeChat."""
    found: Doors = request.app.state.doors
    return found


def machine_now(parts: CurrentParts) -> datetime:
    """Give the machine's time, one for the whole request."""
    return parts.machine_clock()


def bearer(
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(_BEARER)],
) -> str:
    """Give the token that was sent.

    Raises:
        LoginRequired
    """
    if credentials is None:
        raise visitors.LoginRequired
    return credentials.credentials


def present(parts: CurrentParts) -> datetime:
    """Give the present instant, one for the whole request."""
    return parts.clock()


def public(request: Request) -> Mark:
    """Tell the edge that the answer is the same for everybody, so that it may be kept."""
    mark: Mark = request.scope.get(MARK) or Mark()
    mark.public = True
    return mark


Db = Annotated[AsyncSession, Depends(transaction, scope="function")]
CurrentDoors = Annotated[Doors, Depends(doors)]
MachineNow = Annotated[datetime, Depends(machine_now)]
Bearer = Annotated[str, Depends(bearer)]


async def patient_bearer(request: Request, parts: CurrentParts, token: Bearer) -> str:
    """Give the token that was sent, if not too much was written with it just now.

    Raises:
        LoginRequired, TooManyRequests
    """
    if request.method not in {"GET", "HEAD"}:
        # Before the request's transaction, which waits for nobody outside.
        await parts.limiter.take(limiting.WRITES_OF_LOGIN, token)
    return token


PatientBearer = Annotated[str, Depends(patient_bearer)]


async def visitor(
    request: Request, parts: CurrentParts, token: PatientBearer, db: Db, now: MachineNow
) -> Visitor:
    """Give who is logged in; while something of theirs is written they cannot be erased.

    Raises:
        LoginRequired, TooManyRequests
    """
    return await visitors.of_token(
        db,
        token=token,
        appid=parts.settings.mp_appid,
        now=now,
        stays=request.method not in {"GET", "HEAD"},
    )


async def leaving(parts: CurrentParts, token: PatientBearer, db: Db, now: MachineNow) -> Visitor:
    """Give who is logged in and asks to be erased.

    Raises:
        LoginRequired, TooManyRequests
    """
    return await visitors.of_token(db, token=token, appid=parts.settings.mp_appid, now=now)


CurrentVisitor = Annotated[Visitor, Depends(visitor, scope="function")]
LeavingVisitor = Annotated[Visitor, Depends(leaving, scope="function")]
ReadDb = Annotated[AsyncSession, Depends(snapshot, scope="function")]
Now = Annotated[datetime, Depends(present)]
EdgeMark = Annotated[Mark, Depends(public)]
Public = Depends(public)

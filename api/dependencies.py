"""What endpoints take as arguments: the parts of the process, a session, the time, the language."""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.ext.asyncio import AsyncSession

from api.edge import MARK, Mark
from api.pages.rendering import Renderer
from api.urls import Urls
from services.mirror import CheckedFiles
from services.runtime.clock import Clock
from services.runtime.database import Database
from services.runtime.settings import Settings
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

    @property
    def urls(self) -> Urls:
        """The service's own addresses."""
        return Urls(self.settings.public_url)


def parts(request: Request) -> Parts:
    """Give the parts of this process."""
    found: Parts = request.app.state.parts
    return found


CurrentParts = Annotated[Parts, Depends(parts)]


async def snapshot(parts: CurrentParts) -> AsyncIterator[AsyncSession]:
    """Give a session for reading."""
    async with parts.database.snapshot() as db:
        yield db


def present(parts: CurrentParts) -> datetime:
    """Give the present instant, one for the whole request."""
    return parts.clock()


def public(request: Request) -> Mark:
    """Tell the edge that the answer is the same for everybody, so that it may be kept."""
    mark: Mark = request.scope.get(MARK) or Mark()
    mark.public = True
    return mark


ReadDb = Annotated[AsyncSession, Depends(snapshot, scope="function")]
Now = Annotated[datetime, Depends(present)]
EdgeMark = Annotated[Mark, Depends(public)]
Public = Depends(public)

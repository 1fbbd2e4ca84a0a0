"""Counting the pages that people open; what came out of the edge's memory the edge counts."""

from collections.abc import AsyncIterator

from fastapi import Depends, Request

from api import readings
from api.dependencies import CurrentParts, ReadDb
from api.prepared import MARK, Mark
from services import short_links


async def counted(request: Request, parts: CurrentParts, db: ReadDb) -> AsyncIterator[None]:
    """Count a page once it is there; one that is refused is counted nowhere."""
    channels = await short_links.channels(db)
    mark = request.scope.get(MARK) or Mark()
    mark.page = True
    yield
    if not getattr(request.state, "head", False):
        device = readings.device(request.scope)
        opened = readings.reading(
            request.scope["path"],
            query=request.scope["query_string"],
            channels=channels,
            user_agent=device[1],
        )
        parts.visits.count(opened, *device)


Counted = Depends(counted, scope="function")

"""Whoever opens a page of their own: their browser, how they read, and who they are to us."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import HTMLResponse, RedirectResponse

from api.dependencies import CurrentParts, MachineNow, Parts
from api.pages import browsers
from api.pages.browsers import Browser
from api.pages.rendering import View, view
from models import Visitor
from models.vocabulary import Language
from services import visitors

SEE_OTHER = 303


@dataclass(frozen=True)
class Caller:
    """Somebody with a browser, before one of our pages that is theirs alone."""

    parts: Parts
    view: View
    browser: Browser
    now: datetime
    """The machine's time."""

    @property
    def language(self) -> Language:
        """The language they read in."""
        return self.view.language

    def page(self, template: str, *, status: int = 200, **context: Any) -> HTMLResponse:  # noqa: ANN401 - whatever the template needs
        """Show a page, and let the browser keep its cookie."""
        response = self.parts.renderer.page(self.view, template, status=status, **context)
        browsers.remember(response, self.browser, self.parts)
        return response

    def go(self, path: str, **query: str) -> RedirectResponse:
        """Send the browser to a path of ours, where reloading sends nothing twice."""
        response = RedirectResponse(
            self.view.link(path, more=query), SEE_OTHER, headers={"Cache-Control": "no-store"}
        )
        browsers.remember(response, self.browser, self.parts)
        return response


def caller(
    request: Request,
    parts: CurrentParts,
    view: Annotated[View, Depends(view)],
    now: MachineNow,
) -> Caller:
    """Give whoever asks."""
    return Caller(parts=parts, view=view, browser=browsers.of(request, parts), now=now)


CurrentCaller = Annotated[Caller, Depends(caller)]


async def reader(caller: CurrentCaller) -> Visitor | None:
    """Give who the caller is to us; a write transaction is needed only if their session slides.

    None is open afterwards. A request that kept one connection of PostgreSQL's pool while it waits
    for another would stand still with all others that do the same.
    """
    database, token, now = caller.parts.database, caller.browser.token, caller.now
    async with database.snapshot() as reading:
        found = await visitors.reader(reading, token=token, now=now)
        slides = found is not None and await visitors.is_due(reading, token=token, now=now)
    if slides:
        async with database.transaction() as writing:
            await visitors.prolong(writing, token=token, now=now)
    return found


CurrentReader = Annotated[Visitor | None, Depends(reader, scope="function")]


async def known_reader(reader: CurrentReader) -> Visitor:
    """Give who the caller is to us.

    Raises:
        ReaderUnknown
    """
    if reader is None:
        raise visitors.ReaderUnknown
    return reader


KnownReader = Annotated[Visitor, Depends(known_reader, scope="function")]

"""For whoever runs the service: health, metrics, domain verification files, robots."""

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from api.dependencies import CurrentParts, ReadDb
from services import revisions
from services.runtime import verification

router = APIRouter(include_in_schema=False)


@router.get("/healthz")
async def healthz() -> dict[str, str]:
    """Say that the process answers."""
    return {"status": "ok"}


@router.get("/readyz")
async def readyz(db: ReadDb) -> dict[str, str]:
    """Say that the database answers too."""
    await revisions.current(db)
    return {"status": "ready"}


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Give the figures for Prometheus."""
    return Response(request.app.state.metrics.text(), media_type="text/plain; version=0.0.4")


@router.get("/favicon.ico")
async def favicon(parts: CurrentParts) -> RedirectResponse:
    """Lead browsers that ask for an icon unprompted to the one there is."""
    return RedirectResponse(parts.renderer.asset("icon.svg"))


@router.get("/robots.txt")
async def robots() -> PlainTextResponse:
    """Let search engines read the pages; links are for people and would only be counted wrong."""
    return PlainTextResponse("User-agent: *\nDisallow: /r/\nDisallow: /v1/\n")


@router.get("/{name}.txt")
async def verification_file(name: str, parts: CurrentParts) -> Response:
    """Give a domain verification file as WeChat's console issued it, byte for byte."""
    return Response(verification.content(parts.settings, f"{name}.txt"), media_type="text/plain")

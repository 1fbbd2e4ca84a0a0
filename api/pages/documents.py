"""Document pages and the mirrored files behind them."""

from typing import Annotated

from fastapi import APIRouter, Depends, Header
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import FileResponse, HTMLResponse, Response

from api import negotiation
from api.dependencies import CurrentParts, Now, Public, ReadDb
from api.pages.counted import Counted
from api.pages.rendering import IMMUTABLE, View, view
from models import MirroredFile
from services import clients, consultations, documents, mirror

router = APIRouter(include_in_schema=False)

CurrentView = Annotated[View, Depends(view)]


class FileHeaders:
    """The headers by which one address has two answers."""

    def __init__(
        self,
        user_agent: Annotated[str, Header()] = "",
        accept: Annotated[str, Header()] = "*/*",
        referer: Annotated[str, Header()] = "",
        if_none_match: Annotated[str, Header()] = "",
    ) -> None:
        """Take them from the request."""
        self.if_none_match = if_none_match
        # wx.downloadFile names WeChat too; only a page somebody is looking at asks for HTML.
        self.wants_page = (
            clients.is_wechat_browser(user_agent)
            and "text/html" in accept
            and not referer.startswith("https://servicewechat.com/")
        )


@router.get("/documents/{slug}", dependencies=[Public, Counted])
async def document(slug: str, db: ReadDb, parts: CurrentParts, view: CurrentView) -> HTMLResponse:
    """Show a document, and how to get it from where the reader is."""
    offer = await documents.offer(db, slug=slug)
    return parts.renderer.page(
        view,
        "document.html",
        offer=offer,
        is_pdf=bool(offer.files) and offer.files[0].content_type == mirror.PDF,
        publisher=await consultations.publisher(db, consultation_id=offer.consultation.id),
    )


@router.get("/files/{sha256}/{name}")
async def file(
    sha256: str,
    name: str,
    db: ReadDb,
    now: Now,
    parts: CurrentParts,
    view: CurrentView,
    headers: Annotated[FileHeaders, Depends()],
) -> Response:
    """Serve a mirrored file, or explain in WeChat's browser how to open one it cannot show."""
    found = await documents.file(db, sha256=sha256, name=name)
    if headers.wants_page and found.content_type != mirror.PDF:
        current = await consultations.current(db, now=now)
        publisher = await consultations.publisher(db, consultation_id=current.id)
        return parts.renderer.page(view, "file_in_wechat.html", file=found, publisher=publisher)
    etag = f'"{found.sha256}"'
    if headers.if_none_match and negotiation.matches(headers.if_none_match.encode(), etag.encode()):
        return Response(status_code=304, headers={"ETag": etag, "Cache-Control": IMMUTABLE})
    path = await run_in_threadpool(parts.files.path, found.sha256)
    return _served(found, path=str(path), etag=etag)


def _served(file: MirroredFile, *, path: str, etag: str) -> FileResponse:
    return FileResponse(
        path,
        media_type=file.content_type,
        filename=file.name,
        content_disposition_type="inline" if file.content_type == mirror.PDF else "attachment",
        headers={
            "ETag": etag,
            "Cache-Control": IMMUTABLE,
            "Vary": "User-Agent, Accept",
            "Last-Modified": file.mirrored_at.strftime("%a, %d %b %Y %H:%M:%S GMT"),
        },
    )

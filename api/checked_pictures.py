"""Where WeChat fetches a picture that it is to check: an address of its own, and not for long.

It names the check, never the feedback; without our signature, or once WeChat has answered, there is
nothing. The file is given to be saved: it came from anybody, and no browser may show it as ours.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated
from urllib.parse import urlencode
from uuid import UUID

from fastapi import APIRouter, Query, Response

from api.dependencies import CurrentParts, Now, ReadDb
from api.urls import Urls
from services.feedback import media_checks
from services.feedback.media_checks import PictureNotFound
from services.runtime.signing import Signer

LASTS = timedelta(hours=1)
_ABOUT = "media_checks.picture"

router = APIRouter(include_in_schema=False)


@dataclass(frozen=True)
class PictureLinks:
    """Makes the addresses, and knows them again."""

    urls: Urls
    signer: Signer

    def __call__(self, check_id: UUID, now: datetime) -> str:
        """Give the address of a check's picture, good for an hour."""
        until = int((now + LASTS).timestamp())
        signature = self.signer.sign(f"{check_id}:{until}", about=_ABOUT)
        query = urlencode({"until": until, "signature": signature})
        return self.urls.path(f"/checked-pictures/{check_id}?{query}")

    def require_good(self, check_id: UUID, *, until: int, signature: str, now: datetime) -> None:
        """Make sure that an address is ours, and still good.

        Raises:
            PictureNotFound
        """
        signed = self.signer.confirms(f"{check_id}:{until}", signature, about=_ABOUT)
        if not signed or now.timestamp() >= until:
            raise PictureNotFound


@router.get("/checked-pictures/{check_id}")
async def show(
    check_id: UUID,
    until: int,
    signature: Annotated[str, Query(max_length=64)],
    parts: CurrentParts,
    now: Now,
    db: ReadDb,
) -> Response:
    """Give WeChat a picture."""
    links = PictureLinks(parts.urls, parts.signer)
    links.require_good(check_id, until=until, signature=signature, now=now)
    file = await media_checks.picture(db, check_id=check_id)
    return Response(
        file.content,
        media_type=file.content_type,
        headers={
            "Content-Disposition": "attachment",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Cache-Control": "private, no-store",
        },
    )

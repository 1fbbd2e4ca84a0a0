"""Privacy: what each visitor may ask for about themselves."""

from typing import Annotated

from fastapi import APIRouter, Depends, Response

from api.dependencies import CurrentParts, CurrentVisitor, Db, LeavingVisitor, Now
from api.problems import refusals
from miniprogram_contract import privacy as contract
from services import privacy, visitors
from services.registrations import ContactSafe

router = APIRouter(tags=["privacy"])


def contact_safe(parts: CurrentParts) -> ContactSafe:
    """Give what opens contacts."""
    return ContactSafe(parts.sealer, parts.blind_index)


@router.get("/me/export", responses=refusals(visitors.LoginRequired))
async def export_me(
    visitor: CurrentVisitor,
    safe: Annotated[ContactSafe, Depends(contact_safe)],
    now: Now,
    db: Db,
    response: Response,
) -> contract.Export:
    """Give all that is kept about the visitor, contacts in full."""
    response.headers["Cache-Control"] = "no-store"
    parts = await privacy.export(db, visitor_id=visitor.id, safe=safe)
    return contract.Export(exported_at=now, **parts)


@router.delete(
    "/me", status_code=204, responses=refusals(visitors.LoginRequired, privacy.VisitorNotFound)
)
async def erase_me(visitor: LeavingVisitor, now: Now, db: Db) -> Response:
    """Erase the visitor: registrations, messages and logins go, comments stay without a sender.

    Whoever wants a comment's text gone withdraws it before. The token is worth nothing afterwards.
    """
    await privacy.erase(db, visitor_id=visitor.id, now=now)
    return Response(status_code=204)

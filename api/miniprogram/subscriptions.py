"""Subscribe messages: which templates to ask a visitor for, and what they answered."""

from fastapi import APIRouter, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import CurrentParts, CurrentVisitor, Db, Now, Parts
from api.once import OnceForVisitor
from api.problems import refusals
from miniprogram_contract import subscriptions as contract
from miniprogram_contract.messages import Page
from models import Visitor
from services import idempotency, visitors
from services.notices import subscriptions

router = APIRouter(tags=["subscriptions"])


@router.get("/me/subscriptions", responses=refusals(visitors.LoginRequired))
async def list_subscriptions(
    visitor: CurrentVisitor, parts: CurrentParts, db: Db
) -> Page[contract.Subscription]:
    """List the templates to ask for by wx.requestSubscribeMessage; none where none are set up."""
    return await _offers(db, visitor, parts)


@router.post(
    "/me/subscriptions",
    status_code=201,
    response_model=Page[contract.Subscription],
    responses=refusals(visitors.LoginRequired, idempotency.IdempotencyKeyReused),
)
async def tell_subscriptions(
    body: contract.TellSubscriptions,
    once: OnceForVisitor,
    visitor: CurrentVisitor,
    parts: CurrentParts,
    db: Db,
    now: Now,
) -> Response:
    """Tell what was answered; what WeChat tells us of the same tap counts once with it."""

    async def make() -> Page[contract.Subscription]:
        await subscriptions.answered(
            db,
            visitor_id=visitor.id,
            answers={item.template_id: item.answer for item in body.answers},
            templates=parts.notice_templates,
            now=now,
        )
        return await _offers(db, visitor, parts)

    return await once(make)


async def _offers(db: AsyncSession, visitor: Visitor, parts: Parts) -> Page[contract.Subscription]:
    found = await subscriptions.offers(db, visitor_id=visitor.id, templates=parts.notice_templates)
    items = [
        contract.Subscription(
            template_id=offer.template_id, notices=list(offer.kinds), permits=offer.permits
        )
        for offer in found
    ]
    return Page(items=items, next=None)

"""Proofs: what a sender keeps, and what anybody may have confirmed with it."""

from typing import Any

from fastapi import APIRouter

from api.dependencies import Db, ReadDb
from api.miniprogram.senders import LoggedIn, WithCode
from api.problems import refusals
from miniprogram_contract import feedback_proofs as contract
from miniprogram_contract.messages import Page
from services import feedback, visitors
from services.feedback import proofs
from services.feedback.proofs import Link, Proof
from services.feedback.refusals import TooManyGuesses

router = APIRouter(tags=["feedback"])


@router.get(
    "/me/feedback/{receipt}/proofs",
    responses=refusals(visitors.LoginRequired, feedback.FeedbackNotFound),
)
async def prove_feedback(receipt: str, sender: LoggedIn, db: Db) -> Page[contract.Proof]:
    """Give the proofs of all versions of one's own item, to be kept; none once it is withdrawn."""
    item = await feedback.own(db, receipt=receipt, sender=sender)
    return _page(await proofs.of_item(db, item=item))


@router.get(
    "/feedback/{receipt}/proofs",
    responses=refusals(feedback.FeedbackNotFound, TooManyGuesses),
)
async def prove_anonymous_feedback(receipt: str, sender: WithCode, db: Db) -> Page[contract.Proof]:
    """Give the proofs of an anonymous item to whoever has its secret code."""
    item = await feedback.own(db, receipt=receipt, sender=sender)
    return _page(await proofs.of_item(db, item=item))


@router.post("/feedback/{receipt}/verification")
async def verify_feedback(
    receipt: str, body: contract.VerifyFeedback, db: ReadDb
) -> contract.Verification:
    """Say whether this was sent under this receipt, and when. Anybody with a proof may ask."""
    salt = bytes.fromhex(body.salt)
    link = await proofs.confirm(db, receipt=receipt, salt=salt, text=body.content)
    shown = contract.Link(**_link(link)) if link else None
    return contract.Verification(matches=link is not None, link=shown)


def _page(found: list[Proof]) -> Page[contract.Proof]:
    items = [
        contract.Proof(**_link(proof.link), salt=proof.salt.hex(), content=proof.text)
        for proof in found
    ]
    return Page(items=items, next=None)


def _link(link: Link) -> dict[str, Any]:
    return {
        "receipt": link.receipt,
        "series": link.series,
        "position": link.position,
        "item": link.item_id,
        "version": link.ordinal,
        "written_at": link.written_at.isoformat(),
        "content_sha256": link.content_sha256,
        "previous_sha256": link.previous_sha256,
        "receipt_sha256": link.receipt_sha256,
    }

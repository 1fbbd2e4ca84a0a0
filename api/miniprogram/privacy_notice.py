"""The privacy notice, and the questions for consent."""

from typing import Annotated

from fastapi import APIRouter, Query

from api.dependencies import CurrentParts, Now, ReadDb
from api.problems import refusals
from miniprogram_contract import privacy as contract
from miniprogram_contract.consultations import AskInLanguage
from services import consents, consultations

router = APIRouter(tags=["privacy"])


@router.get(
    "/privacy-notice",
    responses=refusals(consultations.ConsultationNotFound, consultations.PageNotFound),
)
async def show_privacy_notice(
    ask: Annotated[AskInLanguage, Query()], now: Now, parts: CurrentParts, db: ReadDb
) -> contract.PrivacyNotice:
    """Show in which words the current round asks for consent."""
    current = await consultations.current(db, now=now)
    told = await consents.wording(db, consultation_id=current.id)
    return contract.PrivacyNotice(
        sha256=told.sha256,
        url=parts.urls.path(f"/{consents.NOTICE}"),
        questions=[
            contract.Question(kind=kind, wording=sentence.text(ask.lang))
            for kind, sentence in told.sentences.items()
        ],
    )

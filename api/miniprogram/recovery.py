"""Recovery: a registration that was made with one's own contact under another login."""

from fastapi import APIRouter

from api.dependencies import CurrentParts, Db, MachineNow
from api.miniprogram.beforehand import RecoveryProof
from api.miniprogram.registrations import PHONE_REFUSALS, Ask, Who, registration_reply
from api.problems import refusals
from miniprogram_contract import registrations as contract
from models.vocabulary import PersonalContactKind
from services import registrations, visitors, webinars
from services.registrations import PersonalContact, recovery

router = APIRouter(tags=["registrations"], prefix="/webinars/{slug}/recovery")


@router.post(
    "",
    status_code=202,
    responses=refusals(
        visitors.LoginRequired,
        webinars.WebinarNotFound,
        webinars.WebinarWithdrawn,
        registrations.RecoveryTooOften,
    ),
)
async def ask_for_recovery(
    slug: str, body: contract.AskForRecovery, who: Who, now: MachineNow, db: Db
) -> contract.Recovery:
    """Have a code sent to an e-mail address. The answer is the same where there is nothing."""
    contact = PersonalContact(PersonalContactKind.EMAIL, body.email)
    asked = await recovery.ask(db, slug=slug, contact=contact, who=who, machine_now=now)
    return contract.Recovery(expires_at=asked.expires_at)


@router.put(
    "",
    responses=refusals(
        visitors.LoginRequired,
        webinars.WebinarNotFound,
        webinars.WebinarWithdrawn,
        registrations.RegistrationNotFound,
        registrations.RecoveryCodeWrong,
        registrations.AlreadyRegistered,
        *PHONE_REFUSALS,
    ),
)
async def recover_registration(
    slug: str,
    proof: RecoveryProof,
    ask: Ask,
    who: Who,
    parts: CurrentParts,
    db: Db,
) -> contract.Registration:
    """Take a registration over whose contact one has proved to own."""
    contact = proof.asked.contact()
    if contact is not None:
        done = await recovery.take_over(db, slug=slug, contact=contact, who=who)
    else:
        done = await recovery.finish(db, recovery_id=proof.recovery_id, code=proof.code, who=who)
    return registration_reply(done, parts.urls, ask.lang, who)

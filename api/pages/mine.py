"""All that was registered and sent from one browser."""

from fastapi import APIRouter
from fastapi.responses import HTMLResponse

from api.dependencies import Now, ReadDb
from api.pages.callers import CurrentCaller, CurrentReader
from api.pages.introductions import Introduced
from models.vocabulary import RegistrationState
from services import consultations, feedback, registrations, webinars
from services.registrations import ContactSafe, Registrant

router = APIRouter(include_in_schema=False)


@router.get("/mine", dependencies=[Introduced])
async def mine(caller: CurrentCaller, reader: CurrentReader, now: Now, db: ReadDb) -> HTMLResponse:
    """List one's own registrations and feedback, newest first; what is anonymous is nobody's."""
    parts = caller.parts
    consultation = await consultations.current(db, now=now)
    booked, items = [], []
    if reader is not None:
        safe = ContactSafe(parts.sealer, parts.blind_index)
        who = Registrant(visitor=reader, safe=safe, now=now)
        booked = await registrations.of_visitor(db, who=who)
        items = (await feedback.of_visitor(db, visitor_id=reader.id, now=now)).items
    return caller.page(
        "mine.html",
        registrations=[
            (one, webinars.local_times(one.webinar)[0])
            for one in booked
            if one.registration.state is not RegistrationState.CANCELLED
        ],
        items=items,
        known=reader is not None,
        publisher=await consultations.publisher(db, consultation_id=consultation.id),
    )

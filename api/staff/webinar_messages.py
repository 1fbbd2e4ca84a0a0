"""A message to all who registered for a webinar: written, looked at, sent, and how that went."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter
from pydantic import AfterValidator, Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import CurrentDoors, Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, SetsWebinars, Staff
from api.staff.webinars import WEBINARS, Seen, by, safe, seen
from miniprogram_contract.messages import Request as Message
from models import Registration, Webinar
from models.vocabulary import NoticeChannel, PersonalContactKind
from services import webinars
from services.conversations.work import Doors
from services.errors import Refusal
from services.notices import announcing
from services.notices.announcing import Announced
from services.webinar_desk import Show, messages
from services.webinar_desk.messages import Plan
from services.webinar_desk.messages import Ways as Open

router = APIRouter(prefix="/staff/webinars", include_in_schema=False)

LONGEST_MESSAGE = 500
"""Characters; none has more than four of the 2,048 bytes that WeChat takes."""


class WriteToAll(Message):
    """A message to all who registered."""

    show: Show
    text: Annotated[str, AfterValidator(lambda text: text.replace("\r\n", "\n"))] = Field(
        min_length=1, max_length=LONGEST_MESSAGE
    )


@dataclass(frozen=True)
class Ways:
    """Who gets a message how, as the page shows it."""

    conversation: Sequence[Seen]
    email: Sequence[Seen]
    none: Sequence[Seen]
    addresses: Sequence[str]
    """For the staff's own mail program, where no mail goes out from here."""

    sendable: int
    """Those whom it reaches from here."""


@dataclass(frozen=True)
class Result:
    """How far a message has come, and whom it has not reached."""

    announced: Announced
    left: Sequence[Seen]
    addresses: Sequence[str]


@router.get("/{slug}/message")
async def write(
    slug: str,
    staff: SetsWebinars,
    db: ReadDb,
    sent: UUID | None = None,
) -> Response:
    """Offer to write to all; show how what was written goes, and whom it has not reached."""
    webinar = await webinars.by_slug(db, slug=slug)
    earlier = await announcing.of_webinar(db, webinar=webinar)
    chosen = next((one for one in earlier if one.announcement.id == sent), None)
    result = await _result(staff, db, chosen) if chosen else None
    return _page(staff, webinar, forms.shown(staff.caller), result=result, earlier=earlier)


@router.post("/{slug}/message")
async def preview(
    slug: str, staff: SetsWebinars, form: DeskForm, db: ReadDb, doors: CurrentDoors, now: Now
) -> Response:
    """Show a message as it will be sent, and the way each will get it; nothing is sent."""
    webinar = await webinars.by_slug(db, slug=slug)
    try:
        form.require_fresh()
        wish = form.read(WriteToAll)
    except (Refusal, ValidationError) as error:
        return _page(staff, webinar, form.refused(error))
    ways = _open(staff, doors)
    plan = await messages.plan(db, webinar=webinar, show=wish.show, ways=ways, now=now)
    shown = forms.shown(staff.caller, values={"show": wish.show.value, "text": wish.text})
    return _page(staff, webinar, shown, ways=_ways(staff, plan), step="preview")


@router.post("/{slug}/message/send")
async def send(
    slug: str, staff: SetsWebinars, form: DeskForm, db: Db, doors: CurrentDoors, now: Now
) -> Response:
    """Send a message to everybody who can be reached from here, once."""
    webinar = await webinars.by_slug(db, slug=slug)

    async def deed() -> Told:
        wish = form.read(WriteToAll)
        ways = _open(staff, doors)
        made = await messages.send(
            db, webinar=webinar, show=wish.show, text=wish.text, ways=ways, by=by(staff, now)
        )
        return Told(str(made.id))

    async def again(shown: Form) -> Response:
        return _page(staff, webinar, shown)

    return await form.handled(
        db,
        deed=deed,
        again=again,
        leave=lambda told: form.caller.go(f"{WEBINARS}/{slug}/message", sent=told.to),
    )


def _ways(staff: Staff, plan: Plan) -> Ways:
    def people(channel: NoticeChannel | None) -> list[Seen]:
        return [seen(one.registration, staff) for one in plan.by(channel)]

    mailed = [one.registration for one in plan.by(NoticeChannel.EMAIL)]
    return Ways(
        conversation=people(NoticeChannel.CONVERSATION),
        email=people(NoticeChannel.EMAIL),
        none=people(None),
        addresses=[] if plan.mailing else _addresses(staff, mailed),
        sendable=plan.sendable,
    )


async def _result(staff: Staff, db: AsyncSession, announced: Announced) -> Result:
    about = announced.announcement.id
    left = await announcing.not_reached(db, announcement_id=about)
    people = [seen(one, staff) for one in left]
    return Result(announced, people, _addresses(staff, left))


def _addresses(staff: Staff, registrations: Sequence[Registration]) -> list[str]:
    """Give the addresses among some contacts, for the staff's own mail program."""
    kept = safe(staff.caller.parts)
    contacts = [kept.read(one) for one in registrations]
    email = PersonalContactKind.EMAIL
    return [contact.value for contact in contacts if contact.kind is email and contact.value]


def _open(staff: Staff, doors: Doors) -> Open:
    return Open(doors, mailing=bool(staff.caller.parts.settings.smtp_url.get_secret_value()))


def _page(
    staff: Staff,
    webinar: Webinar,
    form: Form,
    *,
    ways: Ways | None = None,
    result: Result | None = None,
    earlier: Sequence[Announced] = (),
    step: str = "write",
) -> Response:
    return staff.page(
        "webinar_message.html",
        status=form.faults.status,
        form=replace(form, values={"show": Show.CONFIRMED.value, **form.values}),
        webinar=webinar,
        audiences=messages.AUDIENCES,
        most=LONGEST_MESSAGE,
        ways=ways,
        result=result,
        earlier=earlier,
        step=step,
    )

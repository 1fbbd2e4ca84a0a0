"""A message to all who registered for a webinar: written, looked at, sent, and who is left then."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, Field, ValidationError
from starlette.responses import Response

from api.dependencies import CurrentDoors, Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, SetsWebinars, Staff
from api.staff.webinars import WEBINARS, Seen, by, safe, seen
from miniprogram_contract.messages import Request as Message
from models import Webinar
from models.vocabulary import NoticeChannel
from services import webinars
from services.errors import Refusal
from services.webinar_desk import Show, messages
from services.webinar_desk.messages import Plan

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
    """Of those who can be reached by mail alone, for the staff's own mail program."""


@router.get("/{slug}/message")
async def write(
    slug: str,
    staff: SetsWebinars,
    db: ReadDb,
    doors: CurrentDoors,
    now: Now,
    sent_to: Show | None = None,
) -> Response:
    """Offer to write to all; after sending, show who could not be reached that way."""
    webinar = await webinars.by_slug(db, slug=slug)
    form = forms.shown(staff.caller, values={"show": (sent_to or Show.CONFIRMED).value})
    if sent_to is None:
        return _page(staff, webinar, form)
    plan = await messages.plan(db, webinar=webinar, show=sent_to, doors=doors, now=now)
    return _page(staff, webinar, form, ways=_ways(staff, plan), step="sent")


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
    plan = await messages.plan(db, webinar=webinar, show=wish.show, doors=doors, now=now)
    shown = forms.shown(staff.caller, values={"show": wish.show.value, "text": wish.text})
    return _page(staff, webinar, shown, ways=_ways(staff, plan), step="preview")


@router.post("/{slug}/message/send")
async def send(
    slug: str, staff: SetsWebinars, form: DeskForm, db: Db, doors: CurrentDoors, now: Now
) -> Response:
    """Send a message into every conversation that is open, once."""
    webinar = await webinars.by_slug(db, slug=slug)

    async def deed() -> Told:
        wish = form.read(WriteToAll)
        await messages.send(
            db, webinar=webinar, show=wish.show, text=wish.text, doors=doors, by=by(staff, now)
        )
        return Told(wish.show.value)

    async def again(shown: Form) -> Response:
        return _page(staff, webinar, shown)

    return await form.handled(
        db,
        deed=deed,
        again=again,
        leave=lambda told: form.caller.go(f"{WEBINARS}/{slug}/message", sent_to=told.to),
    )


def _ways(staff: Staff, plan: Plan) -> Ways:
    def people(channel: NoticeChannel | None) -> list[Seen]:
        return [seen(one.registration, staff) for one in plan.by(channel)]

    kept = safe(staff.caller.parts)
    mailed = plan.by(NoticeChannel.EMAIL)
    return Ways(
        conversation=people(NoticeChannel.CONVERSATION),
        email=people(NoticeChannel.EMAIL),
        none=people(None),
        addresses=[kept.read(one.registration).value for one in mailed],
    )


def _page(
    staff: Staff, webinar: Webinar, form: Form, *, ways: Ways | None = None, step: str = "write"
) -> Response:
    return staff.page(
        "webinar_message.html",
        status=form.faults.status,
        form=replace(form, values={"show": Show.CONFIRMED.value, **form.values}),
        webinar=webinar,
        audiences=messages.AUDIENCES,
        most=LONGEST_MESSAGE,
        ways=ways,
        step=step,
    )

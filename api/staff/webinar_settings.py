"""What staff set for a webinar: seats, times, the meeting and what is left of it."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from typing import Annotated
from zoneinfo import ZoneInfo

from fastapi import APIRouter
from pydantic import AfterValidator, BeforeValidator, Field, NaiveDatetime
from starlette.responses import Response

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, SetsWebinars, Staff
from api.staff.webinars import WEBINARS, by
from miniprogram_contract.messages import Request as Message
from models import Webinar
from services import webinars
from services.webinar_desk import WebinarChanged, Wish, settings

router = APIRouter(prefix="/staff/webinars", include_in_schema=False)

BEIJING = ZoneInfo(webinars.BEIJING)
FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
MOST_SEATS = 100_000
LONGEST_ADDRESS = 2000
CHECKS = ("no_join_url", "needs_approval")
"""The boxes of the form."""


def _nothing(value: object) -> object:
    return None if isinstance(value, str) and not value.strip() else value


def _beijing(value: datetime | None) -> datetime | None:
    if value is not None and not FIRST_DAY <= value.date() <= LAST_DAY:
        message = "no moment of a consultation"
        raise ValueError(message)
    return value.replace(tzinfo=BEIJING) if value else None


Time = Annotated[NaiveDatetime | None, BeforeValidator(_nothing), AfterValidator(_beijing)]
"""What a browser sends of a date and a time, on Beijing's clock."""

Day = Annotated[date, Field(ge=FIRST_DAY, le=LAST_DAY)]
"""A day of which there is a day before and a day after, by every clock."""

Address = Annotated[str, Field(max_length=LONGEST_ADDRESS)]


class SetWebinar(Message):
    """How a webinar is to be set."""

    sequence: int = Field(ge=0)
    seats: Annotated[
        Annotated[int, Field(ge=1, le=MOST_SEATS)] | None, BeforeValidator(_nothing)
    ] = None
    opens_at: Time = None
    closes_at: Time = None
    join_from: Time = None
    join_url: Address = ""
    no_join_url: bool = False
    replay_url: Address = ""
    slides_url: Address = ""
    notes_url: Address = ""
    needs_approval: bool = False

    def wish(self) -> Wish:
        """Give it as the service takes it: an empty field for the secret address leaves it."""
        return Wish(
            sequence=self.sequence,
            seats=self.seats,
            opens_at=self.opens_at,
            closes_at=self.closes_at,
            join_from=self.join_from,
            replay_url=self.replay_url.strip(),
            slides_url=self.slides_url.strip(),
            notes_url=self.notes_url.strip(),
            needs_approval=self.needs_approval,
            join_url="" if self.no_join_url else self.join_url.strip() or None,
        )


@router.get("/{slug}/settings")
async def show_settings(slug: str, staff: SetsWebinars, db: ReadDb) -> Response:
    """Show what is set for a webinar."""
    webinar = await webinars.by_slug(db, slug=slug)
    return _settings_page(staff, webinar, forms.shown(staff.caller, values=_said(webinar)))


@router.post("/{slug}/settings")
async def set_webinar(slug: str, staff: SetsWebinars, form: DeskForm, db: Db, now: Now) -> Response:
    """Set a webinar; what somebody else has changed meanwhile is not overwritten."""

    async def deed() -> Told:
        wish = form.read(SetWebinar, checks=CHECKS).wish()
        sealer = staff.caller.parts.sealer
        await settings.settle(db, slug=slug, wish=wish, sealer=sealer, by=by(staff, now))
        return Told(f"{WEBINARS}/{slug}")

    async def again(shown: Form) -> Response:
        webinar = await webinars.by_slug(db, slug=slug)
        await db.refresh(webinar)
        # What somebody else has set meanwhile is told; the next try knows of it.
        values = {**shown.values, "sequence": str(webinar.sequence)}
        differing = {
            name: value
            for name, value in _said(webinar).items()
            if name != "sequence" and (value or "") != shown.values.get(name, "")
        }
        told = differing if shown.faults.code == WebinarChanged.code else {}
        return _settings_page(staff, webinar, replace(shown, values=values), differing=told)

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="set")
    )


def _said(webinar: Webinar) -> dict[str, str | None]:
    """Give what is set, the way fields take it; the meeting's address is not shown again."""
    return {
        "sequence": str(webinar.sequence),
        "seats": str(webinar.seats) if webinar.seats else "",
        "opens_at": _typed(webinar.registration_opens_at),
        "closes_at": _typed(webinar.registration_closes_at),
        "join_from": _typed(webinar.join_from),
        "replay_url": webinar.replay_url,
        "slides_url": webinar.slides_url,
        "notes_url": webinar.notes_url,
        "needs_approval": "on" if webinar.needs_approval else None,
    }


def _typed(instant: datetime | None) -> str:
    return f"{webinars.in_beijing(instant):%Y-%m-%dT%H:%M}" if instant else ""


def _settings_page(
    staff: Staff, webinar: Webinar, form: Form, *, differing: Mapping[str, str | None] | None = None
) -> Response:
    return staff.page(
        "webinar_settings.html",
        status=form.faults.status,
        form=form,
        webinar=webinar,
        differing=differing or {},
    )

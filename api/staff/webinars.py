"""The sessions' desk: who registered for a webinar, and lists as files."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, Now, Parts, ReadDb
from api.pages import forms
from api.pages.forms import Form
from api.staff.callers import DeskForm, SeesRegistrations, Staff
from api.staff.rounds import AskedRound
from miniprogram_contract.messages import Request as Message
from models import Registration
from services import webinars
from services.errors import Refusal
from services.exports.registrations import Asked as Export
from services.exports.registrations import Extent, masked
from services.registrations import ContactSafe
from services.staff_accounts import Permission
from services.webinar_desk import Asked, By, Numbers, Show, exports, lists

router = APIRouter(prefix="/staff/webinars", include_in_schema=False)

WEBINARS = "/staff/webinars"
LONGEST_WORDS = 100

MEDIA_TYPES = {
    ".csv": "text/csv; charset=utf-8",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}

DONE = frozenset({"seat_given", "cancelled", "moved", "approved", "declined", "set"})
"""What a page may say has just been done."""

Done = Annotated[str, Query(max_length=20)]


def asked(
    staff: SeesRegistrations,
    show: Show = Show.ACTIVE,
    q: Annotated[str, Query(max_length=LONGEST_WORDS)] = "",
    after: Annotated[int, Query(ge=0)] = 0,
) -> Asked:
    """Give which registrations an address asks for."""
    sees_people = staff.may(Permission.RUN_WEBINARS)
    return Asked(show=show, words=q, sees_people=sees_people, after=after)


class TakeFile(Message):
    """A list as a file."""

    kind: str = Field(pattern=r"^\.(csv|xlsx)$")
    extent: Extent


@dataclass(frozen=True)
class Seen:
    """A registration as somebody of ours may see it."""

    registration: Registration
    name: str
    contact: str
    position: int | None = None


@router.get("")
async def list_webinars(
    staff: SeesRegistrations, db: ReadDb, now: Now, chosen_round: AskedRound
) -> Response:
    """Show a round's webinars and how many registered."""
    found = await webinars.of_round(db, consultation=chosen_round.consultation)
    return staff.page(
        "webinars.html",
        chosen_round=chosen_round,
        webinars=[webinars.standing(webinar, now) for webinar in found],
        numbers=await lists.numbers(db),
        nobody=Numbers(),
    )


@router.get("/{slug}")
async def show_webinar(
    slug: str,
    asked: Annotated[Asked, Depends(asked)],
    staff: SeesRegistrations,
    db: ReadDb,
    now: Now,
    done: Done = "",
) -> Response:
    """Show a webinar with its registrations, a page of them."""
    page = _List(slug, asked, staff, now)
    return await _list_page(page, db, forms.shown(staff.caller), done=done)


@router.post("/{slug}/export")
async def export(
    slug: str, staff: SeesRegistrations, form: DeskForm, reading: ReadDb, db: Db, now: Now
) -> Response:
    """Give a webinar's registrations as a file; who may not see people gets them masked."""
    try:
        form.require_fresh()
        wish = form.read(TakeFile)
    except (Refusal, ValidationError) as error:
        return await _list_page(_List(slug, Asked(), staff, now), reading, form.refused(error))
    webinar = await webinars.by_slug(reading, slug=slug)
    extent = wish.extent if staff.may(Permission.RUN_WEBINARS) else Extent.MASKED
    wanted = Export(webinar, extent, staff.caller.language, safe(staff.caller.parts))
    content = await exports.take(
        db, reading=reading, kind=wish.kind, asked=wanted, by=by(staff, now)
    )
    name = f"{webinar.slug}-registrations-{webinars.in_beijing(now):%Y%m%d}{wish.kind}"
    return Response(
        content,
        media_type=MEDIA_TYPES[wish.kind],
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Cache-Control": "no-store",
        },
    )


def safe(parts: Parts) -> ContactSafe:
    """Give what contacts are kept with."""
    return ContactSafe(parts.sealer, parts.blind_index)


def by(staff: Staff, now: datetime) -> By:
    """Give somebody of ours as they act."""
    return By(actor=staff.account.login, now=now, at=staff.caller.now)


def seen(registration: Registration, staff: Staff, *, position: int | None = None) -> Seen:
    """Give a registration as somebody of ours may see it."""
    contact = safe(staff.caller.parts).read(registration)
    name = registration.name if staff.may(Permission.RUN_WEBINARS) else masked(registration.name)
    return Seen(registration, name, contact.masked, position)


@dataclass(frozen=True)
class _List:
    """A page of a webinar's registrations, and who asks for it."""

    slug: str
    asked: Asked
    staff: Staff
    now: datetime


async def _list_page(page: _List, db: AsyncSession, form: Form, *, done: str = "") -> Response:
    staff = page.staff
    webinar = await webinars.by_slug(db, slug=page.slug)
    kept = safe(staff.caller.parts)
    found = await lists.listed(db, webinar=webinar, asked=page.asked, safe=kept)
    line = await lists.line(db, webinar=webinar, among=found.registrations)
    return staff.page(
        "webinar.html",
        status=form.faults.status,
        form=form,
        done=done if done in DONE else "",
        standing=webinars.standing(webinar, page.now),
        asked=page.asked,
        shows=list(Show),
        people=[seen(one, staff, position=line.get(one.id)) for one in found.registrations],
        next=found.next,
        numbers=(await lists.numbers(db)).get(webinar.id, Numbers()),
        extents=list(Extent) if staff.may(Permission.RUN_WEBINARS) else [Extent.MASKED],
    )

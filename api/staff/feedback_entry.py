"""Entering a comment for somebody who wrote, called or told it to one of ours."""

import json
from collections.abc import Mapping
from dataclasses import fields
from datetime import date, datetime
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.commenting import around_form
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, Staff
from api.staff.feedback import LOG, Answerer, deed
from api.staff.rounds import AskedRound, ChosenRound
from miniprogram_contract import feedback as contract
from miniprogram_contract.fields import ONE_LINE
from models.vocabulary import EntryWay
from services import consultations
from services.feedback import Content, entering
from services.feedback import content as contents
from services.feedback.entering import Entered, Entry
from services.feedback.origins import Arrival, Person
from services.feedback_desk import entries

router = APIRouter(prefix=LOG, include_in_schema=False)

ENTER = f"{LOG}/enter"

Line = Annotated[str, Field(max_length=200), ONE_LINE]

SAID = {field.name for field in fields(Content)} - {"language", "attachments"}
"""What a form asks for, of all that feedback says."""


class EnterComment(contract.SubmitFeedback):
    """A comment, who sent it, and how it came."""

    name: Line = ""
    contact: Line = ""
    way: Literal[EntryWay.MAIL, EntryWay.PHONE, EntryWay.MEETING, EntryWay.CHAT]
    received_on: date
    told: Literal[True]
    """Whether they know what becomes of what they said."""


@router.get("/enter")
async def show_form(staff: Answerer, db: ReadDb, now: Now, chosen_round: AskedRound) -> Response:
    """Show the form."""
    form = forms.shown(staff.caller)
    return await _page(db, staff, chosen_round=chosen_round, form=form, now=now)


@router.post("/enter")
async def enter(
    staff: Answerer, form: DeskForm, db: Db, now: Now, chosen_round: AskedRound
) -> Response:
    """Enter the comment; show its receipt and code, to be handed on."""

    async def take() -> Told:
        wish = form.given().read(
            EnterComment, checks=("told", *contents.CONSENTS), **section_of(form.values)
        )
        done = await entries.enter(
            db,
            consultation=chosen_round.consultation,
            entry=Entry(
                content=content_of(wish),
                person=Person(name=wish.name, contact=wish.contact),
            ),
            arrival=Arrival(
                way=wish.way, received_on=wish.received_on, entered_by_id=staff.account.id
            ),
            sealer=staff.caller.parts.sealer,
            by=deed(staff),
            now=now,
        )
        return told(ENTER, done)

    async def again(shown: Form) -> Response:
        return await _page(db, staff, chosen_round=chosen_round, form=shown, now=now)

    return await form.handled(
        db, deed=take, again=again, leave=lambda done: entered_page(staff, done, chosen_round.query)
    )


def section_of(values: Mapping[str, str]) -> dict[str, str | None]:
    """Take apart what one list gives: standard, version and code together name a section."""
    standard, _, rest = values.get("section", "").partition("/")
    version, _, code = rest.partition("/")
    if not standard:
        return {"section": None}
    return {"standard": standard, "version": version, "section": code}


def content_of(wish: contract.SubmitFeedback) -> Content:
    """Give what is said, as it is kept."""
    said = {name: getattr(wish, name) for name in SAID}
    given: dict[str, Any] = {name: None if value == "" else value for name, value in said.items()}
    return Content(**given | {"language": contents.language_of(wish.comment)})


def told(to: str, done: Entered) -> Told:
    """Keep what was entered, to be shown again when the form is sent again."""
    return Told(to, secret=json.dumps({"receipts": done.receipts, "secret": done.secret}))


def entered_page(staff: Staff, done: Told, query: Mapping[str, str]) -> Response:
    """Show what was entered. It is an answer to the form itself: a code has no address.

    `query` is what leads back to its round.
    """
    return staff.page("feedback_entered.html", query=query, **json.loads(done.secret or "{}"))


async def _page(
    db: AsyncSession, staff: Staff, *, chosen_round: ChosenRound, form: Form, now: datetime
) -> Response:
    consultation = chosen_round.consultation
    return staff.page(
        "feedback_enter.html",
        chosen_round=chosen_round,
        status=form.faults.status,
        form=form,
        ways=entries.WAYS,
        last_day=entering.last_day(consultation, now=now),
        round=consultations.standing(consultation, now),
        **await around_form(db, consultation),
    )

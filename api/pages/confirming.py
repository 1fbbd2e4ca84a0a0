"""Confirming a comment that was written in the chat: one tap makes feedback of it."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.responses import HTMLResponse, Response
from sqlalchemy.ext.asyncio import AsyncSession

from api.dependencies import Db, Now, ReadDb
from api.pages import commenting, forms
from api.pages.callers import Caller, CurrentCaller
from api.pages.forms import Form, Sent, Told
from api.reply_links import CONFIRMING
from models import Consultation
from services import consultations
from services.conversations import chat_drafts
from services.conversations.chat_drafts import Draft, Section

router = APIRouter(include_in_schema=False)

Token = Annotated[str, Query(max_length=64)]


@router.get(CONFIRMING)
async def show(caller: CurrentCaller, now: Now, db: ReadDb, draft: Token) -> HTMLResponse:
    """Show a draft, or the receipt of what it has become; looking at it confirms nothing."""
    found = await chat_drafts.show(db, token=draft, now=now)
    form = forms.shown(caller, values={"section": _key(found.section)})
    return await _page(db, caller=caller, draft=found, form=form, now=now)


@router.post(CONFIRMING)
async def confirm(form: Sent, now: Now, db: Db, draft: Token) -> Response:
    """Make feedback of a draft, and show its receipt."""
    caller = form.caller
    found = await chat_drafts.find(db, token=draft, now=now)

    async def take() -> Told:
        item = await chat_drafts.submit(
            db,
            draft=found,
            section=_section(form.values.get("section", "")),
            sealer=caller.parts.sealer,
            now=now,
        )
        return Told(CONFIRMING, visitor_id=item.visitor_id)

    async def again(shown: Form) -> Response:
        return await _page(db, caller=caller, draft=found, form=shown, now=now)

    return await form.handled(
        db, deed=take, again=again, leave=lambda told: caller.go(told.to, draft=draft)
    )


async def _page(
    db: AsyncSession, *, caller: Caller, draft: Draft, form: Form, now: datetime
) -> HTMLResponse:
    consultation: Consultation = await consultations.current(db, now=now)
    return caller.page(
        "feedback_confirm.html",
        status=form.faults.status,
        draft=draft,
        form=form,
        **await commenting.around_form(db, consultation),
    )


def _section(typed: str) -> Section | None:
    standard, _, rest = typed.partition("/")
    version, _, code = rest.partition("/")
    return Section(standard, version, code) if typed else None


def _key(section: Section | None) -> str:
    return f"{section.standard}/{section.version}/{section.code}" if section else ""

"""The canned replies: found, written and changed by those who answer with them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, Staff
from api.staff.inbox import Agent, Text
from miniprogram_contract.messages import Request as Message
from services.inbox import canned_replies

router = APIRouter(prefix="/staff/canned-replies", include_in_schema=False)

REPLIES = "/staff/canned-replies"


class Reply(Message):
    """A reply that is given often."""

    title: Annotated[Text, Field(max_length=60)]
    reply: Text


@router.get("")
async def show_replies(
    staff: Agent, db: ReadDb, word: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Show the replies that have a word in them."""
    return await _page(staff, db, forms.shown(staff.caller), word=word)


@router.post("")
async def add_reply(staff: Agent, form: DeskForm, db: Db, now: Now) -> Response:
    """Keep another reply."""

    async def deed() -> Told:
        wish = form.read(Reply)
        await canned_replies.add(
            db, title=wish.title, text=wish.reply, staff=staff.account, now=now
        )
        return Told(REPLIES)

    async def again(shown: Form) -> Response:
        return await _page(staff, db, shown)

    return await form.handled(db, deed=deed, again=again)


@router.get("/{reply_id}")
async def show_reply(reply_id: UUID, staff: Agent, db: ReadDb) -> Response:
    """Show one reply, to be changed."""
    reply = await canned_replies.one(db, reply_id=reply_id)
    values = {"title": reply.title, "reply": reply.text}
    return _reply_page(staff, forms.shown(staff.caller, values=values), reply_id)


@router.post("/{reply_id}")
async def change_reply(reply_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now) -> Response:
    """Change a reply."""

    async def deed() -> Told:
        wish = form.read(Reply)
        await canned_replies.change(
            db,
            reply_id=reply_id,
            title=wish.title,
            text=wish.reply,
            staff=staff.account,
            now=now,
        )
        return Told(REPLIES)

    async def again(shown: Form) -> Response:
        return _reply_page(staff, shown, reply_id)

    return await form.handled(db, deed=deed, again=again)


@router.post("/{reply_id}/remove")
async def remove_reply(reply_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now) -> Response:
    """Take a reply away."""
    form.require_fresh()
    await canned_replies.remove(db, reply_id=reply_id, staff=staff.account, now=now)
    return form.caller.go(REPLIES)


async def _page(staff: Staff, db: AsyncSession, form: Form, *, word: str = "") -> Response:
    return staff.page(
        "canned_replies.html",
        status=form.faults.status,
        form=form,
        word=word,
        replies=await canned_replies.found(db, word=word),
    )


def _reply_page(staff: Staff, form: Form, reply_id: UUID) -> Response:
    return staff.page("canned_reply.html", status=form.faults.status, form=form, reply_id=reply_id)

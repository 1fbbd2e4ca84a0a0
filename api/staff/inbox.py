"""The inbox: conversations that wait, what was said in one, and answering it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response, StreamingResponse

from api.dependencies import CurrentParts, Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff import live
from api.staff.callers import DeskForm, Permitted, Staff
from api.staff.inbox_words import Words
from api.staff.webinars import safe
from miniprogram_contract.messages import Request as Message
from models.conversation_tag import LONGEST_TAG
from models.vocabulary import ConversationStatus
from services.inbox import (
    canned_replies,
    drafts,
    handing_off,
    handling,
    listing,
    searching,
    tags,
    taking,
    threads,
)
from services.inbox.listing import Folder, Place
from services.inbox.watching import Watch
from services.staff_accounts import Permission, StaffLoginRequired, sessions

router = APIRouter(prefix="/staff/inbox", include_in_schema=False)

INBOX = "/staff/inbox"
LONGEST = 2048

Reader = Annotated[Staff, Depends(Permitted(Permission.READ_MESSAGES), scope="function")]
Agent = Annotated[Staff, Depends(Permitted(Permission.ANSWER_MESSAGES), scope="function")]

Text = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), Field(max_length=LONGEST)
]


class Answer(Message):
    """What to say to a visitor."""

    answer: Text
    seen: int = Field(ge=0)
    """How many answers of ours were on the page."""


class Handling(Message):
    """What is to be done about a conversation, and by whom; and what the form showed of it."""

    status: ConversationStatus
    assignee: UUID | None = None
    was_status: ConversationStatus | None = None
    was_assignee: UUID | None = None


class Note(Message):
    """Something for colleagues."""

    note: Text


@dataclass(frozen=True)
class Look:
    """What of a conversation is shown."""

    before: UUID | None = None
    """The message up to which messages are shown."""

    through: UUID | None = None
    """The message that is shown last."""

    reply: UUID | None = None
    """The canned reply to begin the answer with."""

    word: Annotated[str, Query(max_length=60)] = ""
    """What the canned replies on offer have in them."""

    @property
    def query(self) -> dict[str, str]:
        """Say it in an address, where it is not the newest messages."""
        said = {"before": self.before, "through": self.through}
        return {name: str(message) for name, message in said.items() if message}


def watch(request: Request) -> Watch:
    """Give what watches conversations in this process."""
    found: Watch = request.app.state.watch
    return found


CurrentWatch = Annotated[Watch, Depends(watch)]


@router.get("")
async def show_inbox(
    staff: Reader,
    db: ReadDb,
    now: Now,
    folder: str = Folder.WAITING,
    after: str = "",
    tag: Annotated[str, Query(max_length=LONGEST_TAG)] = "",
) -> Response:
    """Show one page of the list, or of what in it has a tag."""
    chosen = Folder(folder) if folder in list(Folder) else Folder.WAITING
    page = await listing.page(
        db, folder=chosen, staff_id=staff.account.id, after=Place.read(after), now=now, tag=tag
    )
    return staff.page(
        "inbox.html",
        page=page,
        folder=chosen,
        folders=list(Folder),
        waiting=await listing.waiting(db),
        words=words_for(staff, now),
        after=after,
        tag=tag,
        tags=await tags.offered(db),
    )


@router.get("/events")
async def follow(
    request: Request,
    staff: Reader,
    watch: CurrentWatch,
    parts: CurrentParts,
    about: Annotated[UUID | None, Query()] = None,
) -> StreamingResponse:
    """Tell the page when something changes, until its session ends."""
    token = staff.caller.browser.token

    async def lasts() -> bool:
        async with parts.database.snapshot() as db:
            try:
                await sessions.of_token(db, token=token, now=parts.machine_clock())
            except StaffLoginRequired:
                return False
        return True

    return live.stream(watch, scope=request.scope, about=about, lasts=lasts)


@router.get("/search")
async def search(
    staff: Agent, db: ReadDb, now: Now, word: Annotated[str, Query(max_length=60)] = ""
) -> Response:
    """Show what was said with a word in it."""
    wanted = word.strip()
    return staff.page(
        "inbox_search.html",
        word=wanted,
        hits=await searching.found(db, word=wanted) if wanted else [],
        most=searching.MOST,
        words=words_for(staff, now),
    )


@router.get("/pictures/{message_id}")
async def show_picture(message_id: UUID, staff: Agent, db: ReadDb) -> Response:
    """Show the picture of a message."""
    del staff
    found = await threads.picture(db, message_id=message_id)
    return Response(
        found.content, media_type=found.content_type, headers={"Cache-Control": "no-store"}
    )


@router.get("/{conversation_id}")
async def show_conversation(
    conversation_id: UUID,
    staff: Reader,
    db: ReadDb,
    writing: Db,
    now: Now,
    look: Annotated[Look, Depends()],
) -> Response:
    """Show a conversation; whoever may answer it has then read it."""
    values, agent = {}, staff.may(Permission.ANSWER_MESSAGES)
    if agent:
        values["answer"] = await drafts.of(db, conversation_id=conversation_id, staff=staff.account)
    if agent and look.reply:
        link = staff.caller.parts.urls.in_reply
        values["answer"] = await canned_replies.filled(db, reply_id=look.reply, link=link, now=now)
    form = forms.shown(staff.caller, values=values)
    page = await _conversation_page(staff, db, conversation_id, form=form, now=now, look=look)
    if agent and await threads.has_unread(db, conversation_id=conversation_id):
        await db.close()
        await handling.mark_read(writing, conversation_id=conversation_id, now=now)
    return page


@router.post("/{conversation_id}")
async def answer(conversation_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now) -> Response:
    """Answer; what cannot be sent stays in its field, beside what others said meanwhile."""

    async def deed() -> Told:
        wish = form.read(Answer)
        await handling.answer(
            db,
            conversation_id=conversation_id,
            staff=staff.account,
            words=wish.answer,
            seen=wish.seen,
            now=now,
        )
        return Told(f"{INBOX}/{conversation_id}")

    return await form.handled(db, deed=deed, again=again_with(staff, db, conversation_id, now))


@router.post("/{conversation_id}/draft", status_code=204)
async def save_draft(conversation_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now) -> None:
    """Keep what is being written; the page asks for it by itself."""
    form.require_fresh()
    await drafts.save(
        db,
        conversation_id=conversation_id,
        staff=staff.account,
        words=form.values.get("answer", "")[:LONGEST],
        now=now,
    )


@router.post("/{conversation_id}/handling")
async def handle(conversation_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now) -> Response:
    """Say what is to be done, and by whom.

    What was not chosen anew is left alone: the visitor or a colleague may have changed it since.
    """

    async def deed() -> Told:
        wish = form.given().read(Handling)
        at, us = conversation_id, staff.account
        if wish.assignee != wish.was_assignee:
            await handling.assign(
                db, conversation_id=at, assignee_id=wish.assignee, staff=us, now=now
            )
        if wish.status != wish.was_status:
            await handling.set_status(db, conversation_id=at, status=wish.status, staff=us, now=now)
        return Told(f"{INBOX}/{conversation_id}")

    return await form.handled(db, deed=deed, again=again_with(staff, db, conversation_id, now))


@router.post("/{conversation_id}/notes")
async def note(conversation_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now) -> Response:
    """Write something down for colleagues."""

    async def deed() -> Told:
        wish = form.read(Note)
        await handling.note(
            db, conversation_id=conversation_id, words=wish.note, staff=staff.account, now=now
        )
        return Told(f"{INBOX}/{conversation_id}")

    return await form.handled(db, deed=deed, again=again_with(staff, db, conversation_id, now))


def words_for(staff: Staff, now: datetime) -> Words:
    """Give the inbox's words as somebody of ours may read them."""
    return Words(staff.caller.language, now, plain=staff.may(Permission.ANSWER_MESSAGES))


def again_with(
    staff: Staff, db: AsyncSession, conversation_id: UUID, now: datetime
) -> Callable[[Form], Awaitable[Response]]:
    """Show a conversation again, with a form that was refused."""

    async def page(form: Form) -> Response:
        return await _conversation_page(staff, db, conversation_id, form=form, now=now, look=Look())

    return page


async def _conversation_page(
    staff: Staff, db: AsyncSession, conversation_id: UUID, *, form: Form, now: datetime, look: Look
) -> Response:
    thread = await threads.show(
        db, conversation_id=conversation_id, now=now, before=look.before, through=look.through
    )
    return staff.page(
        "conversation.html",
        status=form.faults.status,
        form=form,
        thread=thread,
        conversation=thread.conversation,
        words=words_for(staff, now),
        look=look,
        statuses=list(ConversationStatus),
        colleagues=await handling.colleagues(db),
        replies=await canned_replies.found(db, word=look.word),
        tags=(await tags.of(db, conversation_ids=[conversation_id]))[conversation_id],
        offered=await tags.offered(db),
        items=await taking.items_of(db, conversation_id=conversation_id),
        writers=await drafts.writers(
            db, conversation_id=conversation_id, staff=staff.account, now=now
        ),
        card=await handing_off.card(
            db, conversation=thread.conversation, safe=safe(staff.caller.parts), now=now
        ),
    )

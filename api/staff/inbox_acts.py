"""What is made of a conversation: tags, a comment of one of its messages, a registration."""

from datetime import datetime
from unicodedata import normalize
from uuid import UUID

from fastapi import APIRouter
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, SentForm, Told
from api.staff.callers import DeskForm, Staff
from api.staff.inbox import INBOX, Agent, again_with, words_for
from api.staff.webinars import safe
from miniprogram_contract.messages import Request as Message
from miniprogram_contract.registrations import Register
from models.vocabulary import PersonalContactKind, TermSet
from services import consents, consultations, webinars
from services.conversations.chat_drafts import Section, SectionMissing
from services.inbox import tags, taking, threads
from services.inbox.refusals import MessageUnfit
from services.registrations import PersonalContact, Wish

router = APIRouter(prefix=INBOX, include_in_schema=False)

AGREED = "agreed"
"""The box by which somebody says what a visitor agreed to."""


class Tags(Message):
    """The tags that a conversation is to have."""

    tags: str = Field(default="", max_length=300)


class TakeComment(Message):
    """A message is to become a comment."""

    section: str = Field(default="", max_length=70)
    """`standard/version/code`."""

    agreed: bool


@router.post("/{conversation_id}/tags")
async def give_tags(
    conversation_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Let a conversation have just the tags that were typed."""

    async def deed() -> Told:
        await tags.give(
            db,
            conversation_id=conversation_id,
            tags=tags.read(form.read(Tags).tags),
            staff=staff.account,
            now=now,
        )
        return Told(f"{INBOX}/{conversation_id}")

    return await form.handled(db, deed=deed, again=again_with(staff, db, conversation_id, now))


@router.get("/items/{item_id}")
async def show_source(item_id: UUID, staff: Agent, db: ReadDb) -> Response:
    """Lead from a comment to the message it was made of: so it is known who wrote it."""
    message = await taking.message_of(db, item_id=item_id)
    if message is None:
        raise MessageUnfit
    through = str(message.id)
    return staff.caller.go(f"{INBOX}/{message.conversation_id}", through=through)


@router.get("/{conversation_id}/messages/{message_id}/comment")
async def show_comment(
    conversation_id: UUID, message_id: UUID, staff: Agent, db: ReadDb, now: Now
) -> Response:
    """Show a message as the comment it would become; what it has become already is gone to."""
    found = await taking.offer(db, conversation_id=conversation_id, message_id=message_id, now=now)
    if found.item is not None:
        return staff.caller.go(f"/staff/feedback/items/{found.item.receipt}")
    guess = found.guess
    chosen = f"{guess.standard}/{guess.version}/{guess.code}" if guess else ""
    form = forms.shown(staff.caller, values={"section": chosen})
    return _comment_page(staff, found, form=form, now=now)


@router.post("/{conversation_id}/messages/{message_id}/comment")
async def take_comment(
    conversation_id: UUID, message_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Make a comment of a message."""

    async def deed() -> Told:
        wish = form.read(TakeComment, checks=(AGREED,))
        standard, _, rest = wish.section.partition("/")
        version, _, code = rest.partition("/")
        if not code:
            raise SectionMissing
        item = await taking.take(
            db,
            conversation_id=conversation_id,
            message_id=message_id,
            section=Section(standard, version, code),
            agreed=wish.agreed,
            staff=staff.account,
            sealer=staff.caller.parts.sealer,
            now=now,
        )
        return Told(f"/staff/feedback/items/{item.receipt}", visitor_id=item.visitor_id)

    async def again(form: Form) -> Response:
        found = await taking.offer(
            db, conversation_id=conversation_id, message_id=message_id, now=now
        )
        return _comment_page(staff, found, form=form, now=now)

    return await form.handled(db, deed=deed, again=again)


@router.get("/{conversation_id}/registration")
async def show_registration(conversation_id: UUID, staff: Agent, db: ReadDb, now: Now) -> Response:
    """Show the form by which a visitor is registered with what they said."""
    form = forms.shown(staff.caller)
    return await _registration_page(staff, db, conversation_id, form=form, now=now)


@router.post("/{conversation_id}/registration")
async def register(
    conversation_id: UUID, staff: Agent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Register a visitor; whoever is registered stays as they are."""

    async def deed() -> Told:
        slug = form.values.get("webinar", "")
        standing = await taking.register(
            db,
            conversation_id=conversation_id,
            slug=slug,
            wish=_wish(staff, form),
            agreed=AGREED in form.values,
            staff=staff.account,
            safe=safe(staff.caller.parts),
            now=now,
        )
        registration = standing.registration
        path = f"/staff/webinars/{slug}/registrations/{registration.id}"
        return Told(path, visitor_id=registration.visitor_id)

    async def again(form: Form) -> Response:
        return await _registration_page(staff, db, conversation_id, form=form, now=now)

    return await form.handled(db, deed=deed, again=again)


def _wish(staff: Staff, form: SentForm) -> Wish:
    typed = form.values.get("contact", "").strip()
    name = "email" if "@" in normalize("NFKC", typed) else "phone"
    asked = {"contact": None, "webinar": None, AGREED: None}
    body = form.given().read(
        Register, checks=("may_transfer_abroad",), **asked, **({name: typed} if typed else {})
    )
    email = body.email is not None
    kind = PersonalContactKind.EMAIL if email else PersonalContactKind.PHONE
    return Wish(
        name=body.name,
        organisation=body.organisation,
        contact=PersonalContact(kind, (body.email if email else body.phone) or ""),
        stakeholder=body.stakeholder,
        may_transfer_abroad=body.may_transfer_abroad,
        asked_in=staff.caller.language,
    )


def _comment_page(staff: Staff, found: taking.Offer, *, form: Form, now: datetime) -> Response:
    return staff.page(
        "inbox_comment.html",
        status=form.faults.status,
        form=form,
        offer=found,
        conversation_id=found.message.conversation_id,
        words=words_for(staff, now),
    )


async def _registration_page(
    staff: Staff, db: AsyncSession, conversation_id: UUID, *, form: Form, now: datetime
) -> Response:
    thread = await threads.show(db, conversation_id=conversation_id, now=now)
    current = await consultations.current(db, now=now)
    told = await consents.wording(db, consultation_id=current.id)
    known = await consultations.vocabulary(db, consultation_id=current.id)
    return staff.page(
        "inbox_registration.html",
        status=form.faults.status,
        form=form,
        conversation=thread.conversation,
        lines=thread.lines,
        webinars=[
            webinar
            for webinar in await webinars.of_round(db, consultation=current)
            if webinar.registered_here and now < webinars.registration_closes_at(webinar)
        ],
        stakeholders=[term for term in known.terms if term.term_set is TermSet.STAKEHOLDER],
        consents={kind.value: sentence for kind, sentence in told.sentences.items()},
        words=words_for(staff, now),
    )

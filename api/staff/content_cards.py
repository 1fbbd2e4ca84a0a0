"""Contact cards at the desk: channels, values, WeChat's codes, and a card in another's place."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from fastapi.concurrency import run_in_threadpool
from pydantic import StringConstraints, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api import problems
from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, EditsContent, ReadsContent, Staff
from api.staff.content_forms import Deed, Seen, SentFile, Uploaded, Uploader, anew, by
from api.staff.webinar_settings import Time
from miniprogram_contract.messages import Request as Message
from models import ContactCard, ContactChannel
from models.vocabulary import ContactKind
from services import contact_cards
from services.contact_cards import codes, pictures
from services.contact_cards.codes import Cut
from services.content_desk import cards, deeds, uses
from services.content_desk.cards import Which
from services.errors import Refusal

router = APIRouter(prefix="/staff/content", include_in_schema=False)

CONTACTS = "/staff/content/contacts"
PICTURE_PATH = "/staff/content/contact-picture"
"""One for all cards: the limit of a body goes by its path."""

DONE = frozenset({"changed", "withdrawn", "restored", "replaced", "picture"})
Key = Annotated[str, StringConstraints(max_length=64)]


class SetValue(Message):
    """Another number, id or address."""

    seen: Seen
    value: Annotated[str, StringConstraints(strip_whitespace=True, max_length=cards.LONGEST)]


class Replace(Message):
    """The card that is real from now on."""

    seen: Seen
    successor: Key


class PutPicture(Message):
    """A WeChat code, and until when it is good."""

    card: Key
    channel: Key
    valid_until: Time = None


class CardAct(StrEnum):
    """What a button does to a card or a channel."""

    WITHDRAW = "withdraw"
    RESTORE = "restore"


@dataclass(frozen=True)
class Look:
    """A card's page, and the channel whose form was sent last."""

    slug: str
    now: datetime
    key: str = ""
    done: str = ""


@router.get("/contacts")
async def list_cards(staff: ReadsContent, db: ReadDb, now: Now) -> Response:
    """Show all cards."""
    return staff.page("content_cards.html", cards=await contact_cards.overview(db, now=now))


@router.get("/contacts/{slug}")
async def show_card(
    slug: str,
    staff: ReadsContent,
    db: ReadDb,
    now: Now,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show a card as staff see it."""
    return await _page(staff, db, Look(slug, now, done=done if done in DONE else ""))


@router.post("/contacts/{slug}/channels/{key}")
async def set_value(
    slug: str, key: str, staff: EditsContent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Give a channel another number, id or address."""

    async def deed() -> Told:
        wish = form.read(SetValue)
        await cards.set_value(
            db, Which(slug, key), value=wish.value, seen=wish.seen, by=by(staff, now)
        )
        return Told(f"{CONTACTS}/{slug}")

    async def again(shown: Form) -> Response:
        return await _page(staff, db, Look(slug, now, key), shown)

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="changed")
    )


@router.post("/contacts/{slug}/replace")
async def replace_card(
    slug: str, staff: EditsContent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Let a card's printed code say that another one is real now."""

    async def deed() -> Told:
        wish = form.read(Replace)
        await cards.replace_by(
            db, slug=slug, successor=wish.successor, seen=wish.seen, by=by(staff, now)
        )
        return Told(f"{CONTACTS}/{slug}")

    async def again(shown: Form) -> Response:
        return await _page(staff, db, Look(slug, now), shown)

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="replaced")
    )


@router.post("/contacts/{slug}/channels/{key}/{act}")
async def switch_channel(
    slug: str, key: str, act: CardAct, staff: EditsContent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Take a channel back at once, or offer it again."""
    return await _switched(Which(slug, key), act, staff=staff, form=form, db=db, now=now)


@router.post("/contacts/{slug}/{act}")
async def switch_card(
    slug: str, act: CardAct, staff: EditsContent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Take a card back at once, or offer it again."""
    return await _switched(Which(slug), act, staff=staff, form=form, db=db, now=now)


@router.post(PICTURE_PATH.removeprefix(router.prefix))
async def put_picture(
    staff: Uploader, sent: Uploaded, reading: ReadDb, db: Db, now: Now
) -> Response:
    """Take a WeChat code in, and show it from now on."""
    slug = sent.form.values.get("card", "")

    async def again(shown: Form) -> Response:
        key = shown.values.get("channel", "")
        return await _page(staff, db, Look(slug, now, key), shown)

    try:
        sent.form.require_fresh()
        wish = sent.form.read(PutPicture)
        card = await contact_cards.by_slug(reading, slug=wish.card)
        kind = (await pictures.channel(reading, card=card, key=wish.channel)).kind
        await reading.close()
        # Before the transaction begins: reading a code takes a while.
        cut = await run_in_threadpool(_cut, sent, kind)
    except (Refusal, ValidationError) as error:
        return problems.saying_when(await again(sent.form.refused(error)), error)

    async def deed() -> Told:
        await cards.put_picture(
            db,
            Which(wish.card, wish.channel),
            cut=cut,
            valid_until=wish.valid_until,
            by=by(staff, now),
        )
        return Told(f"{CONTACTS}/{slug}")

    # Another picture is another form, though everything else in it is the same.
    form = replace(sent.form, values={**sent.form.values, "sha256": cut.sha256})
    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="picture")
    )


def _cut(sent: SentFile, kind: ContactKind) -> Cut:
    return codes.cut(sent.require_some().read_bytes(), kind=kind)


async def _switched(
    which: Which, act: CardAct, *, staff: Staff, form: DeskForm, db: AsyncSession, now: datetime
) -> Response:
    async def deed() -> Told:
        wish = form.read(Deed, checks=("sure",))
        if act is CardAct.WITHDRAW:
            await cards.withdraw(db, which, seen=wish.seen, sure=wish.sure, by=by(staff, now))
        else:
            await cards.restore(db, which, seen=wish.seen, by=by(staff, now))
        return Told(f"{CONTACTS}/{which.slug}")

    async def again(shown: Form) -> Response:
        return await _page(staff, db, Look(which.slug, now, which.key), shown)

    done = "withdrawn" if act is CardAct.WITHDRAW else "restored"
    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done=done)
    )


async def _page(staff: Staff, db: AsyncSession, look: Look, form: Form | None = None) -> Response:
    language = staff.caller.language
    listed = await cards.one(db, slug=look.slug, now=look.now)
    card, channels = listed.card, [item.channel for item in listed.channels]
    for row in (card, *channels):
        await db.refresh(row)
    meant = next((one for one in channels if one.key == look.key), None)
    shown, differing = _anew(form or forms.shown(staff.caller), meant or card)
    every = await contact_cards.overview(db, now=look.now)
    return staff.page(
        "content_card.html",
        status=shown.faults.status,
        form=shown,
        differing=differing,
        look=look,
        listed=listed,
        card=card,
        standing=await contact_cards.standing(db, slug=look.slug),
        seen=lambda row: deeds.version(cards.state_of(row)),
        hours=await cards.hours(db, card=card, language=language, now=look.now),
        others=[one.card for one in every if _may_follow(one.card, card)],
        uses=[use.words(language) for use in await uses.of_card(db, slug=look.slug, now=look.now)],
    )


def _anew(form: Form, row: ContactCard | ContactChannel) -> tuple[Form, dict[str, str]]:
    said = {"value": row.value or ""} if isinstance(row, ContactChannel) else {}
    return anew(form, cards.state_of(row), said)


def _may_follow(other: ContactCard, card: ContactCard) -> bool:
    return other.id != card.id and other.withdrawn_at is None

"""Short links at the desk: the list, one link with its code and its rules, a new one."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff import content_words
from api.staff.callers import DeskForm, EditsContent, ReadsContent, Staff
from api.staff.content_forms import Address, Deed, Seen, Title, anew, by, typed
from api.staff.content_preview import Moment
from api.staff.webinar_settings import BEIJING, Time
from miniprogram_contract.messages import Request as Message
from models import Bilingual, ShortLink
from models.vocabulary import ClientKind
from services import short_links, texts
from services.content_desk import links, uses
from services.content_desk.links import Asked, LinkState, LinkWish
from services.content_desk.refusals import PathUnfit

router = APIRouter(prefix="/staff/content", include_in_schema=False)

LINKS = "/staff/content/links"
NEW = "/staff/content/new-link"
LONGEST_WORDS = 100

DONE = frozenset({"changed", "disabled", "enabled", "added"})


class LinkAct(StrEnum):
    """What a button does to a link."""

    DISABLE = "disable"
    ENABLE = "enable"


@dataclass(frozen=True)
class Look:
    """A link's page: which one, who follows it, and when."""

    slug: str
    now: datetime
    client: ClientKind = ClientKind.WECHAT
    at: datetime | None = None
    done: str = ""


def asked(
    q: Annotated[str, Query(max_length=LONGEST_WORDS)] = "",
    state: LinkState | None = None,
    after: Annotated[int, Query(ge=0)] = 0,
) -> Asked:
    """Give which links an address asks for."""
    return Asked(words=q, state=state, after=after)


class SetLink(Message):
    """How a link is to be."""

    title_zh: Title
    title_en: Title
    target: Address = ""
    to_hub: bool = False
    expires_at: Time = None

    def wish(self) -> LinkWish:
        """Give it as the service takes it.

        Raises:
            PathUnfit: it leads nowhere.
        """
        if not (self.target or self.to_hub):
            raise PathUnfit(field="target")
        return LinkWish(
            title=Bilingual(self.title_zh, self.title_en),
            target="" if self.to_hub else self.target,
            expires_at=self.expires_at,
        )


class ChangeLink(SetLink):
    """How a link is to be, and what it was when that was said."""

    seen: Seen


class AddLink(SetLink):
    """A new link."""

    slug: Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", min_length=2, max_length=64)]


@router.get("/links")
async def list_links(
    asked: Annotated[Asked, Depends(asked)], staff: ReadsContent, db: ReadDb, now: Now
) -> Response:
    """Show the links that an address asks for."""
    found = await links.listed(db, asked=asked, now=now)
    return staff.page(
        "content_links.html",
        asked=asked,
        links=found[: links.MOST],
        more=len(found) > links.MOST,
        most=links.MOST,
        states=list(LinkState),
        health_of=lambda health: content_words.health(
            health.check, health.standing, staff.caller.language
        ),
    )


@router.get("/new-link")
async def show_new_link(staff: EditsContent, db: ReadDb) -> Response:
    """Show the form for a new link."""
    return await _new_page(staff, db, forms.shown(staff.caller))


@router.post("/new-link")
async def add_link(staff: EditsContent, form: DeskForm, db: Db, now: Now) -> Response:
    """Make a link."""

    async def deed() -> Told:
        wish = form.read(AddLink, checks=("to_hub",))
        added = await links.add(db, slug=wish.slug, wish=wish.wish(), by=by(staff, now))
        return Told(f"{LINKS}/{added.slug}")

    async def again(shown: Form) -> Response:
        return await _new_page(staff, db, shown)

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="added")
    )


@router.get("/links/{slug}")
async def show_link(
    slug: str,
    staff: ReadsContent,
    db: ReadDb,
    now: Now,
    client: ClientKind = ClientKind.WECHAT,
    at: Moment = None,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show a link, and where it would lead whom when."""
    look = Look(slug, now, client, at, done if done in DONE else "")
    return await _link_page(staff, db, look)


@router.post("/links/{slug}")
async def change_link(slug: str, staff: EditsContent, form: DeskForm, db: Db, now: Now) -> Response:
    """Change a link; what somebody else has changed meanwhile is not overwritten."""

    async def deed() -> Told:
        wish = form.read(ChangeLink, checks=("to_hub",))
        await links.change(db, slug=slug, wish=wish.wish(), seen=wish.seen, by=by(staff, now))
        return Told(f"{LINKS}/{slug}")

    async def again(shown: Form) -> Response:
        return await _link_page(staff, db, Look(slug, now), shown)

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="changed")
    )


@router.post("/links/{slug}/{act}")
async def switch_link(
    slug: str, act: LinkAct, staff: EditsContent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Switch a link off, or on again."""

    async def deed() -> Told:
        wish = form.read(Deed, checks=("sure",))
        off = act is LinkAct.DISABLE
        await links.switch(
            db, slug=slug, disabled=off, seen=wish.seen, sure=wish.sure, by=by(staff, now)
        )
        return Told(f"{LINKS}/{slug}")

    async def again(shown: Form) -> Response:
        link = await short_links.by_slug(db, slug=slug)
        # What was typed stands in the other form.
        return await _link_page(staff, db, Look(slug, now), replace(shown, values=_said(link)))

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done=f"{act}d")
    )


async def _link_page(
    staff: Staff, db: AsyncSession, look: Look, form: Form | None = None
) -> Response:
    language = staff.caller.language
    found = await links.one(db, slug=look.slug, now=look.now)
    await db.refresh(found.link)
    at = look.at or look.now.astimezone(BEIJING)
    said = _said(found.link)
    shown, differing = anew(
        form or forms.shown(staff.caller, values=said), links.state_of(found.link), said
    )
    health = found.health
    return staff.page(
        "content_link.html",
        status=shown.faults.status,
        form=shown,
        differing=differing,
        found=found,
        link=found.link,
        hosts=await links.hosts(db),
        uses=[use.words(language) for use in await uses.of_link(db, slug=look.slug, now=look.now)],
        health=content_words.health(health.check, health.standing, language) if health else [],
        explained=await short_links.explain(db, slug=look.slug, now=at, client=look.client),
        verdict=lambda misfits: content_words.verdict(misfits, language),
        outcome=lambda result: content_words.outcome(result, language),
        client_name=lambda kind: texts.say(f"exports.clients.{kind.value}", language),
        clients=list(ClientKind),
        at=typed(at),
        look=look,
    )


async def _new_page(staff: Staff, db: AsyncSession, form: Form) -> Response:
    return staff.page(
        "content_new_link.html",
        status=form.faults.status,
        form=form,
        hosts=await links.hosts(db),
    )


def _said(link: ShortLink) -> dict[str, str]:
    """Give what is set, the way fields take it; a box that is not ticked is not sent."""
    hub = {"to_hub": "on"} if link.target is None else {}
    return hub | {
        "title_zh": link.title.zh,
        "title_en": link.title.en,
        "target": link.target or "",
        "expires_at": typed(link.expires_at),
    }

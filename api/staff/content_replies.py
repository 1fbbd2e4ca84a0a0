"""Automatic replies at the desk: the rules, one of them, and what would be answered."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BeforeValidator, Field, StringConstraints, ValidationError
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api import problems
from api.dependencies import Db, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, SentForm, Told
from api.reply_links import InReplies
from api.staff.callers import DeskForm, EditsContent, ReadsContent, Staff
from api.staff.content_forms import Deed, Seen, anew, by, typed
from api.staff.content_preview import Moment
from api.staff.webinar_settings import Time
from api.urls import Urls
from miniprogram_contract.messages import Request as Message
from models import ReplyRule
from models.vocabulary import Language, MatchKind, ReplyPart
from services import texts, working_hours
from services.content_desk import asking, moments, replies, uses
from services.content_desk.asking import Occasion
from services.content_desk.replies import RuleWish
from services.content_desk.reply_texts import Texts
from services.errors import Refusal

router = APIRouter(prefix="/staff/content", include_in_schema=False)

REPLIES = "/staff/content/replies"
ASK = f"{REPLIES}/ask"
LONGEST_MESSAGE = 2048
MOST_WORDS = 100
DONE = frozenset({"changed", "off", "on"})

_BETWEEN_WORDS = re.compile(r"[\r\n,，、;；]+")
_TEXT_FIELD = re.compile(r"((?:title|text)_(?:zh|en))_([0-9]{1,2})")


def _words(value: object) -> object:
    return [word.strip() for word in _BETWEEN_WORDS.split(str(value)) if word.strip()]


class SetReply(Message):
    """How a reply is to be, besides its texts."""

    seen: Seen
    keywords: Annotated[tuple[str, ...], BeforeValidator(_words), Field(max_length=MOST_WORDS)] = ()
    match: MatchKind = MatchKind.CONTAINS
    priority: Annotated[int, Field(ge=0, le=100)] = 0
    begins_at: Time = None
    ends_at: Time = None


class AskReply(Message):
    """What somebody might do, and when."""

    occasion: Occasion = Occasion.MESSAGE
    said: Annotated[str, StringConstraints(max_length=LONGEST_MESSAGE)] = ""
    at: Moment = None
    moment: Moment = None
    """One of those that were offered; a time that was typed counts before it."""


class ReplyAct(StrEnum):
    """What a button does to a reply."""

    OFF = "off"
    ON = "on"


@dataclass(frozen=True)
class Look:
    """The page of one reply."""

    part: ReplyPart
    key: str
    now: datetime
    done: str = ""


@dataclass(frozen=True)
class _Typed:
    """A form as it was sent: the fields of a rule, and the texts of its answers by number."""

    form: SentForm
    texts: dict[int, dict[str, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, sent: SentForm) -> "_Typed":
        found: dict[int, dict[str, str]] = {}
        rest = {}
        for name, value in sent.values.items():
            if known := _TEXT_FIELD.fullmatch(name):
                found.setdefault(int(known[2]), {})[known[1]] = value
            else:
                rest[name] = value
        return cls(replace(sent, values=rest), found)

    def of_answers(self, count: int) -> Sequence[Texts]:
        return [self.texts.get(number, {}) for number in range(count)]


@router.get("/replies")
async def list_replies(staff: ReadsContent, db: ReadDb, now: Now) -> Response:
    """Show what the account says by itself, and the box in which it is asked."""
    return await _list_page(staff, db, now, forms.shown(staff.caller))


@router.post("/replies/ask")
async def ask_reply(staff: ReadsContent, form: DeskForm, db: ReadDb, now: Now) -> Response:
    """Tell what would be answered; nothing is sent and nothing is kept."""
    try:
        form.require_fresh()
        wish = form.read(AskReply)
    except (Refusal, ValidationError) as error:
        page = await _list_page(staff, db, now, form.refused(error))
        return problems.saying_when(page, error)
    parts = staff.caller.parts
    told = await asking.ask(
        db,
        occasion=wish.occasion,
        said=wish.said,
        at=wish.at or wish.moment or now,
        links=InReplies(Urls(parts.settings.public_url), parts.blind_index),
    )
    return await _list_page(staff, db, now, forms.shown(staff.caller, values=form.values), told)


@router.get("/replies/{part}/{key}")
async def show_reply(
    part: ReplyPart,
    key: str,
    staff: ReadsContent,
    db: ReadDb,
    now: Now,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show one reply."""
    return await _page(staff, db, Look(part, key, now, done if done in DONE else ""))


@router.post("/replies/{part}/{key}")
async def change_reply(
    part: ReplyPart, key: str, staff: EditsContent, form: DeskForm, db: Db, now: Now
) -> Response:
    """Change a reply; what somebody else has changed meanwhile is not overwritten."""

    async def deed() -> Told:
        sent = _Typed.of(form)
        wish = sent.form.read(SetReply)
        rule = await replies.one(db, part=part, key=key, now=now)
        await replies.change(
            db,
            part=part,
            key=key,
            wish=RuleWish(
                texts=sent.of_answers(len(rule.says)),
                words=wish.keywords,
                match=wish.match,
                priority=wish.priority,
                begins_at=wish.begins_at,
                ends_at=wish.ends_at,
            ),
            seen=wish.seen,
            by=by(staff, now),
        )
        return Told(f"{REPLIES}/{part.value}/{key}")

    async def again(shown: Form) -> Response:
        return await _page(staff, db, Look(part, key, now), shown)

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done="changed")
    )


@router.post("/replies/{part}/{key}/{act}")
async def switch_reply(
    part: ReplyPart,
    key: str,
    act: ReplyAct,
    staff: EditsContent,
    form: DeskForm,
    db: Db,
    now: Now,
) -> Response:
    """Let a reply be said no more, or again."""

    async def deed() -> Told:
        seen = form.read(Deed).seen
        off = act is ReplyAct.OFF
        await replies.switch(db, part=part, key=key, off=off, seen=seen, by=by(staff, now))
        return Told(f"{REPLIES}/{part.value}/{key}")

    async def again(shown: Form) -> Response:
        return await _page(staff, db, Look(part, key, now), replace(shown, values={}))

    return await form.handled(
        db, deed=deed, again=again, leave=lambda told: form.caller.go(told.to, done=act.value)
    )


async def _list_page(
    staff: Staff, db: AsyncSession, now: datetime, form: Form, told: asking.Told | None = None
) -> Response:
    listed = await replies.listed(db, now=now)
    language = staff.caller.language
    return staff.page(
        "content_replies.html",
        status=form.faults.status,
        form=form,
        listed=listed,
        titles={each.rule.key: each.rule.title for each in listed.rules},
        hours=working_hours.described(listed.hours, language) if listed.hours else "",
        told=told,
        moments=[(typed(one.at), one) for one in await moments.moments(db)],
        occasions=list(Occasion),
    )


async def _page(staff: Staff, db: AsyncSession, look: Look, form: Form | None = None) -> Response:
    language = staff.caller.language
    rule = await replies.one(db, part=look.part, key=look.key, now=look.now)
    await db.refresh(rule)
    said = _said(rule)
    given = form or forms.shown(staff.caller)
    shown, differing = anew(
        replace(given, values={**said, **given.values}), replies.state_of(rule), said
    )
    labels = {name: _label(name, language) for name in said}
    shown = replace(
        shown,
        faults=replace(shown.faults, labels={**shown.faults.labels, **labels}),
    )
    return staff.page(
        "content_reply.html",
        status=shown.faults.status,
        form=shown,
        differing={labels[name]: value for name, value in differing.items()},
        look=look,
        rule=rule,
        state=replies.state_at(rule, look.now),
        overlaps=await replies.overlaps(db, rule=rule, now=look.now),
        uses=[use.words(language) for use in await uses.of_rule(db, rule=rule, now=look.now)],
        matches=list(MatchKind),
    )


def _said(rule: ReplyRule) -> dict[str, str]:
    """Give what is set, the way fields take it."""
    found = {
        f"{name}_{language.value}_{number}": says[name][language.value]
        for number, says in enumerate(rule.says)
        for name in ("title", "text")
        if says.get(name)
        for language in Language
    }
    if rule.part is not ReplyPart.RULE:
        return found
    return found | {
        "keywords": "\n".join(rule.words),
        "match": rule.match.value,
        "priority": str(rule.priority),
        "begins_at": typed(rule.begins_at),
        "ends_at": typed(rule.ends_at),
    }


def _label(name: str, language: Language) -> str:
    known = _TEXT_FIELD.fullmatch(name)
    if known is None:
        return texts.say(f"pages.form.fields.{name}", language)
    number = int(known[2]) + 1
    return texts.say(f"pages.desk.content.replies.fields.{known[1]}", language, number=number)

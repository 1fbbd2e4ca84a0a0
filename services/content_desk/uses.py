"""What needs what: the places that would lead nowhere if something were taken away."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Consultation,
    Document,
    FeedbackChannel,
    LinkRule,
    Menu,
    ReplyRule,
    ShortLink,
)
from models.vocabulary import ReplyPart
from services import consultations, placeholders
from services.content_desk.refusals import Use, UseKind

_LINKED = frozenset({"link", "title"})
"""Placeholders that stand for something of a short link."""


async def of_link(db: AsyncSession, *, slug: str, now: datetime) -> list[Use]:
    """Give the buttons and replies of the current round that lead to a link."""
    found = [
        Use(UseKind.MENU, button["name"])
        for button in await _buttons(db, now=now)
        if button.get("link") == slug
    ]
    return found + await _replies(db, names=_LINKED, slug=slug, now=now)


async def of_document(db: AsyncSession, *, document: Document, now: datetime) -> list[Use]:
    """Give what leads to a document's page."""
    slug, page = document.slug, f"/documents/{document.slug}"
    links = await db.scalars(
        select(ShortLink.slug).where(
            ShortLink.target == page, ShortLink.slug != slug, ShortLink.disabled.is_(False)
        )
    )
    rules = await db.execute(
        select(ShortLink.slug, LinkRule.key)
        .join(ShortLink, ShortLink.id == LinkRule.link_id)
        .where(LinkRule.target == page, LinkRule.retired.is_(False))
    )
    forms = await db.scalars(
        select(FeedbackChannel.key)
        .join(Consultation, Consultation.id == FeedbackChannel.consultation_id)
        .where(FeedbackChannel.document == slug, FeedbackChannel.retired.is_(False))
    )
    return [
        *(Use(UseKind.LINK, item) for item in links),
        *(Use(UseKind.LINK_RULE, f"{link}/{key}") for link, key in rules),
        *(Use(UseKind.FEEDBACK, key) for key in forms),
        *await of_link(db, slug=slug, now=now),
    ]


async def of_card(db: AsyncSession, *, slug: str, now: datetime) -> list[Use]:
    """Give the replies of the current round that name a card's phone, and what leads to it."""
    phones = await _replies(db, names={"phone"}, slug=slug, now=now)
    leading = await of_link(db, slug=slug, now=now)
    return [*leading, *(use for use in phones if use not in leading)]


async def of_rule(db: AsyncSession, *, rule: ReplyRule, now: datetime) -> list[Use]:
    """Give the buttons that a rule answers."""
    if rule.part is not ReplyPart.RULE:
        return []
    return [
        Use(UseKind.MENU, button["name"])
        for button in await _buttons(db, now=now)
        if button.get("says") == rule.key
    ]


async def _buttons(db: AsyncSession, *, now: datetime) -> list[Mapping[str, Any]]:
    found = await db.scalars(
        select(Menu.buttons).where(
            Menu.consultation_id == await _current(db, now=now), Menu.retired.is_(False)
        )
    )
    tops = [button for buttons in found for button in buttons]
    return [*tops, *(button for top in tops for button in top.get("button") or ())]


async def _replies(
    db: AsyncSession, *, names: Collection[str], slug: str, now: datetime
) -> list[Use]:
    rules = await db.scalars(
        select(ReplyRule)
        .where(
            ReplyRule.consultation_id == await _current(db, now=now),
            ReplyRule.retired.is_(False),
        )
        .order_by(ReplyRule.position, ReplyRule.key)
    )
    return [
        Use(UseKind.REPLY if rule.part is ReplyPart.RULE else UseKind(rule.part.value), rule.title)
        for rule in rules
        if slug in _slugs(rule.says, names)
    ]


def _slugs(says: Iterable[Mapping[str, Any]], names: Collection[str]) -> Iterator[str]:
    """Give what a reply's placeholders of some names are about, and what its cards open."""
    for item in says:
        if "link" in names and item.get("link"):
            yield item["link"]
        for text in _texts(item):
            yield from (one.slug for one in placeholders.found(text) if one.name in names)


def _texts(item: Mapping[str, Any]) -> Iterator[str]:
    for name in ("title", "text"):
        yield from (item.get(name) or {}).values()


async def _current(db: AsyncSession, *, now: datetime) -> UUID | None:
    announced = await consultations.rounds(db, now=now)
    return announced[0].id if announced else None

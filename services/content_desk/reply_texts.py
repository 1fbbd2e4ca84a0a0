"""The texts of replies: checked as a pack's are, with a sentence beside the field that is wrong."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactCard, ShortLink, Webinar
from models.vocabulary import Language, ReplyPart
from services import placeholders
from services.content.reply_faults import LONGEST_TEXT, LONGEST_VALUE
from services.content_desk.refusals import (
    PlaceholderLeadsNowhere,
    PlaceholderUnfit,
    ReplyTextMissing,
    ReplyTooLong,
)
from services.placeholders import OF_SCENE, PLAIN, WITH_SLUG, Placeholder

Texts = Mapping[str, str]
"""Of one answer, by name and language: `text_zh`, `title_en`."""

_TITLE_AND_TEXT = ("title", "text")


@dataclass(frozen=True)
class Known:
    """What placeholders may be, and may be about."""

    names: Collection[str]
    slugs: Mapping[str, Collection[str]]
    """By placeholder; without an entry, those of links."""

    links: Collection[str]


async def known(db: AsyncSession, *, part: ReplyPart) -> Known:
    """Give what may stand in the texts of a part."""
    scene = OF_SCENE if part is ReplyPart.SCAN else frozenset()
    return Known(
        names=PLAIN | WITH_SLUG | scene,
        slugs={
            "webinar_time": frozenset(await db.scalars(select(Webinar.slug))),
            "phone": frozenset(await db.scalars(select(ContactCard.slug))),
        },
        links=frozenset(await db.scalars(select(ShortLink.slug))),
    )


def written(
    says: Sequence[Mapping[str, Any]], texts: Sequence[Texts], known: Known
) -> list[dict[str, Any]]:
    """Give the answers of a rule with other texts, everything else about them as it was.

    Raises:
        ReplyTextMissing, PlaceholderUnfit, PlaceholderLeadsNowhere, ReplyTooLong
    """
    return [
        {**answer, **_words(answer, typed, number=number, known=known)}
        for number, (answer, typed) in enumerate(zip(says, texts, strict=True))
    ]


def _words(
    answer: Mapping[str, Any], typed: Texts, *, number: int, known: Known
) -> dict[str, dict[str, str]]:
    found = {}
    for name in _TITLE_AND_TEXT:
        if answer.get(name) is None:
            continue
        found[name] = {
            language.value: _fit(
                typed.get(f"{name}_{language.value}", ""),
                field=f"{name}_{language.value}_{number}",
                known=known,
            )
            for language in Language
        }
    return found


def _fit(text: str, *, field: str, known: Known) -> str:
    # Browsers send the line breaks of the internet's mail, of two signs each.
    text = text.replace("\r\n", "\n").strip()
    if not text:
        raise ReplyTextMissing(field=field)
    if placeholders.misspelt(text):
        raise PlaceholderUnfit(field=field)
    for placeholder in placeholders.found(text):
        _require_known(placeholder, field=field, known=known)
    longest = placeholders.filled(text, lambda _: "x" * LONGEST_VALUE)
    if len(longest.encode()) > LONGEST_TEXT:
        raise ReplyTooLong(field=field, limit=LONGEST_TEXT)
    return text


def _require_known(placeholder: Placeholder, *, field: str, known: Known) -> None:
    name, slug = placeholder
    if name not in known.names or (name in WITH_SLUG) is not bool(slug):
        raise PlaceholderUnfit(field=field)
    if slug and slug not in known.slugs.get(name, known.links):
        raise PlaceholderLeadsNowhere(field=field, slug=slug)

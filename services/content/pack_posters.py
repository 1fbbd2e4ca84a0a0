"""What a content pack says about posters: the shape of posters.toml."""

from enum import StrEnum
from typing import Self

from pydantic import Field, model_validator

from services.content.entries import Entry, Key, Slug, Words

MOST_CODES = 3
"""Codes on one sheet of paper; with more of them people scan the wrong one."""


class FactKind(StrEnum):
    """Which instant a poster shows."""

    OPENS = "opens"
    CLOSES = "closes"
    WEBINAR = "webinar"


class PosterFact(Entry):
    """`[[poster.fact]]` in posters.toml: an instant of the round, or the start of a webinar."""

    of: FactKind
    label: Words
    webinar: Slug | None = None

    @model_validator(mode="after")
    def _names_a_webinar(self) -> Self:
        if (self.of is FactKind.WEBINAR) is not bool(self.webinar):
            message = 'a webinar is named where of = "webinar", and only there'
            raise ValueError(message)
        return self


class PosterCode(Entry):
    """`[[poster.code]]` in posters.toml: the code of a short link."""

    link: Slug
    label: Words


class Poster(Entry):
    """`[[poster]]` in posters.toml; a line break in title or lead ends a phrase."""

    slug: Key
    title: Words
    lead: Words
    fact: tuple[PosterFact, ...] = Field(min_length=1, max_length=3)
    code: tuple[PosterCode, ...] = Field(min_length=1, max_length=MOST_CODES)


class PostersFile(Entry):
    """posters.toml."""

    poster: tuple[Poster, ...] = ()

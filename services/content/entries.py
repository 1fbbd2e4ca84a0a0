"""What the entries of a content pack are made of: their base, texts in two languages, patterns."""

import re
from functools import cache
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from models.bilingual import Bilingual

_zones = cache(available_timezones)
"""It walks through the machine's files each time."""


def _zone(value: str) -> str:
    if value not in _zones():
        message = f"{value!r} is no IANA time zone such as Asia/Shanghai"
        raise ValueError(message)
    return value


def _https(value: str) -> str:
    if not value.startswith("https://"):
        message = "an address beginning with https:// is expected"
        raise ValueError(message)
    return value


def _code(value: str) -> str:
    if not _CODE.fullmatch(value):
        message = "letters from A to z, digits, and then also . _ and - are expected"
        raise ValueError(message)
    return value


_CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
"""What `SectionKey` of the contract takes, so that each section can be commented on."""

Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=40)]
Code = Annotated[str, AfterValidator(_code), Field(min_length=1, max_length=20)]
Zone = Annotated[str, AfterValidator(_zone)]
Address = Annotated[str, AfterValidator(_https), Field(max_length=2000)]
Email = Annotated[str, Field(pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$", max_length=200)]
Host = Annotated[str, Field(pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$")]


class Entry(BaseModel):
    """A table of a pack: unknown keys are refused, since they are misspelt ones."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Words(Entry):
    """A text in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def bilingual(self) -> Bilingual:
        """Give it as the tables keep it."""
        return Bilingual(zh=self.zh, en=self.en)


class OptionalWords(Words):
    """A text that may not be known yet."""

    zh: str = ""
    en: str = ""

"""The templates of subscribe messages: which notice goes by which, and what each key says.

They are told by a file of their own (ASI_NOTICE_TEMPLATES) and not by a content pack: a template's
id belongs to one mini-program, as its app id does, and outlives the round.
"""

import tomllib
from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from models.vocabulary import NoticeKind
from services.errors import CannotStart
from services.wechat import subscription_values

LONGEST_ID = 64
MOST_KEYS = 5
"""WeChat lets a template have two to five (facts, section 5.1)."""


class Word(StrEnum):
    """What a key of a template can be made to say."""

    TITLE = "title"
    """The webinar's title."""

    STARTS_AT = "starts_at"
    """The webinar's beginning on Beijing's clock."""

    CODE = "code"
    """What is shown at the door."""

    RECEIPT = "receipt"
    """The number of a comment."""

    HINT = "hint"
    """One short sentence of the kind's own: what to do."""


TYPES: Mapping[Word, frozenset[str]] = {
    Word.TITLE: frozenset({"thing"}),
    Word.STARTS_AT: frozenset({"time", "date"}),
    Word.CODE: frozenset({"character_string"}),
    Word.RECEIPT: frozenset({"character_string"}),
    Word.HINT: frozenset({"thing"}),
}
"""The types of keys that take a word."""

OF_WEBINARS = frozenset({Word.TITLE, Word.STARTS_AT, Word.CODE, Word.HINT})
WITHOUT_SEAT = OF_WEBINARS - {Word.CODE}

WORDS: Mapping[NoticeKind, frozenset[Word]] = {
    NoticeKind.SEAT_PROMOTED: OF_WEBINARS,
    NoticeKind.REMINDER_DAY: OF_WEBINARS,
    NoticeKind.REMINDER_SOON: OF_WEBINARS,
    NoticeKind.COMMENT_ANSWERED: frozenset({Word.RECEIPT, Word.HINT}),
    NoticeKind.SEAT_APPROVED: OF_WEBINARS,
    NoticeKind.LINE_APPROVED: WITHOUT_SEAT,
    NoticeKind.REGISTRATION_DECLINED: WITHOUT_SEAT,
    NoticeKind.FOLLOW_UP: WITHOUT_SEAT,
    NoticeKind.FOLLOW_UP_ATTENDED: WITHOUT_SEAT,
    NoticeKind.FOLLOW_UP_MISSED: WITHOUT_SEAT,
}
"""The kinds that may go as a subscribe message, and what is known when they do."""


class TemplatesInvalid(CannotStart):
    """The file of the templates cannot be used: its `place` breaks a rule."""

    code = "templates_invalid"


class Template(BaseModel):
    """One template as one kind of notice uses it."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    template_id: str = Field(min_length=1, max_length=LONGEST_ID)
    page: str = Field(default="", pattern="^([^/].*)?$", max_length=200)
    """Where a tap leads in the mini-program, no slash in front; `{slug}` is the webinar's."""

    values: dict[str, Word] = Field(min_length=1, max_length=MOST_KEYS)
    """What each of the template's keys says."""


Templates = Mapping[NoticeKind, Template]

_FILE = TypeAdapter(dict[NoticeKind, Template])


def read(file: Path | None) -> Templates:
    """Read the file; without one no notice goes as a subscribe message.

    Raises:
        TemplatesInvalid
    """
    if file is None:
        return {}
    try:
        found = _FILE.validate_python(tomllib.loads(file.read_text(encoding="utf-8")))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise TemplatesInvalid(file=str(file), place=place, reason=first["msg"]) from None
    except (OSError, ValueError) as error:
        raise TemplatesInvalid(file=str(file), place="-", reason=str(error)) from error
    for kind, template in found.items():
        for key, word in template.values.items():
            if reason := _misfit(kind, key, word):
                place = f"{kind.value}.values.{key}"
                raise TemplatesInvalid(file=str(file), place=place, reason=reason)
    return found


def differing(template: Template, content: str) -> list[str]:
    """Give the keys that only one of them has: a template here, and its content at WeChat."""
    return sorted(set(subscription_values.keys_of(content)) ^ template.values.keys())


def _misfit(kind: NoticeKind, key: str, word: Word) -> str | None:
    words = WORDS.get(kind, frozenset())
    if word not in words:
        return f"this kind of notice can say: {', '.join(sorted(words)) or 'nothing'}"
    if subscription_values.type_of(key) not in TYPES[word]:
        return f"{word.value} goes into a key such as {min(TYPES[word])}1"
    return None

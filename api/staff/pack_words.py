"""What applying a content pack would change, in words for the desk."""

import json
from dataclasses import dataclass
from datetime import datetime

from api.pages.rendering import BEIJING
from models.vocabulary import Language
from services import consultations, texts
from services.content.entries import Words
from services.content.loading import Change
from services.content.pack import Pack
from services.texts import dates

LONGEST_SHOWN = 120
"""Characters of both sides that stand on the page; longer ones are folded away."""

_TEXTS = "pages.desk.content.packs"


@dataclass(frozen=True)
class Shown:
    """A change in words."""

    table: str
    key: str
    field: str
    before: str
    after: str

    @property
    def is_long(self) -> bool:
        """Whether it is folded away."""
        return len(self.before) + len(self.after) > LONGEST_SHOWN


def shown(change: Change, language: Language) -> Shown:
    """Give a change in words."""
    is_time = change.field.endswith("_at")
    return Shown(
        table=_label("tables", change.table, language),
        key=change.key,
        field=_label("fields", change.field, language) if change.field else "",
        before=_value(change.before, language, is_time=is_time),
        after=_value(change.after, language, is_time=is_time),
    )


def missing(pack: Pack, language: Language) -> str:
    """Name what production does not start without and the pack does not say."""
    facts = {name: getattr(pack.publisher, name) for name in consultations.PUBLIC_FACTS}
    empty = [
        _label("fields", name, language)
        for name, fact in facts.items()
        if not (fact.bilingual() if isinstance(fact, Words) else fact)
    ]
    return texts.say("pages.list_separator", language).join(empty)


def _label(group: str, name: str, language: Language) -> str:
    key = f"{_TEXTS}.{group}.{name}"
    return texts.say(key, language) if texts.known(key) else name


def _value(value: object, language: Language, *, is_time: bool) -> str:
    """Write a value as people read it; what has no such form, as the pack's files have it."""
    match value:
        case _ if value in (None, "", [], {}):
            said = texts.say(f"{_TEXTS}.empty", language)
        case bool():
            said = texts.say(f"{_TEXTS}.{'yes' if value else 'no'}", language)
        case str() if is_time:
            said = dates.moment(datetime.fromisoformat(value).astimezone(BEIJING), language)
        case str() | int():
            said = str(value)
        case {"zh": zh, "en": en, **rest} if not rest:
            said = f"{zh}\n{en}"
        case list() if all(isinstance(item, str) for item in value):
            said = texts.say("pages.list_separator", language).join(value)
        case _:
            said = json.dumps(value, ensure_ascii=False, indent=1)
    return said

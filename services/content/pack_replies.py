"""What a content pack says of the official account: replies.toml and menu.toml."""

from datetime import date, time
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from models.vocabulary import MatchKind, ReplyKind, RoundState
from services.content.entries import Address, Entry, Key, Slug, Words, Zone

LONGEST_NAME = 16
LONGEST_SUB_NAME = 60
"""Bytes of a menu button's name that WeChat takes, above and below; facts of 2026-11-23."""

LONGEST_URL = 1024
"""Bytes of an address that a button may open."""

LONGEST_WORD = 40


class Says(Entry):
    """One way to answer, in the states it is for."""

    states: tuple[RoundState, ...] = ()
    """Empty: in every state that no other answer of the rule names."""

    kind: ReplyKind = ReplyKind.TEXT
    text: Words | None = None
    """Of a text the whole, of a card what stands under its title."""

    title: Words | None = None
    link: Slug | None = None
    """Where a card leads."""

    account: str | None = Field(default=None, max_length=120)
    """To whose desk at WeChat a visitor is transferred."""

    @model_validator(mode="after")
    def _whole(self) -> Self:
        card = self.kind is ReplyKind.NEWS
        if self.text is None and self.kind is not ReplyKind.TRANSFER:
            message = f"a {self.kind.value} needs a text"
            raise ValueError(message)
        if card and (self.title is None or self.link is None):
            message = "a card needs title and link"
            raise ValueError(message)
        return self


class Rule(Entry):
    """`[[rule]]` in replies.toml: words, or a button of the menu, and what they are answered."""

    key: Key
    words: tuple[Annotated[str, Field(min_length=1, max_length=LONGEST_WORD)], ...] = ()
    match: MatchKind = MatchKind.CONTAINS
    priority: int = Field(default=0, ge=0, le=100)
    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    hand_over: bool = False
    """Somebody asks for a person: the conversation then waits for one."""

    say: tuple[Says, ...] = Field(min_length=1)


class Hours(Entry):
    """`[hours]` in replies.toml: when a person answers."""

    time_zone: Zone
    weekdays: tuple[Annotated[int, Field(ge=1, le=7)], ...] = Field(min_length=1)
    """1 is Monday."""

    begins: time
    ends: time
    holidays: tuple[date, ...] = ()
    make_up_days: tuple[date, ...] = ()
    """Saturdays and Sundays that are worked for a holiday."""

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.ends <= self.begins:
            message = "ends is a time after begins, on the same day"
            raise ValueError(message)
        return self


class Default(Entry):
    """`[default]` in replies.toml: when nothing else answers."""

    cooldown_hours: int = Field(ge=0, le=24 * 14)
    say: tuple[Says, ...] = Field(min_length=1)
    say_out_of_hours: tuple[Says, ...] = ()


class Greeting(Entry):
    """`[welcome]` or `[scan]` in replies.toml."""

    say: tuple[Says, ...] = Field(min_length=1)


class RepliesFile(Entry):
    """replies.toml."""

    welcome: Greeting | None = None
    scan: Greeting | None = None
    default: Default | None = None
    hours: Hours | None = None
    rule: tuple[Rule, ...] = ()


class Button(Entry):
    """A button of the menu: says something, or opens an address."""

    name: Annotated[str, Field(min_length=1, max_length=LONGEST_SUB_NAME)]
    says: Key | None = None
    """The key of the rule it is answered by."""

    link: Slug | None = None
    url: Address | None = None


class TopButton(Button):
    """`[[button]]` in menu.toml."""

    button: tuple[Button, ...] = Field(default=(), max_length=5)


class MenuFile(Entry):
    """menu.toml."""

    button: tuple[TopButton, ...] = Field(default=(), max_length=3)

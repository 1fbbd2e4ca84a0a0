"""What a content pack says of where links lead whom, and when: rules.toml."""

from typing import Self

from pydantic import AwareDatetime, Field, model_validator

from models.vocabulary import ClientKind, RoundState, RuleTarget
from services import addresses
from services.content.entries import Entry, Key, Slug

NO_TARGET = frozenset({RuleTarget.HUB, RuleTarget.LANDING})
"""Kinds that say by themselves where they lead."""


class LinkRule(Entry):
    """`[[rule]]` in rules.toml: an exception from where a link leads."""

    link: Slug
    key: Key
    clients: tuple[ClientKind, ...] = ()
    states: tuple[RoundState, ...] = ()
    begins_at: AwareDatetime | None = None
    ends_at: AwareDatetime | None = None
    kind: RuleTarget
    target: str | None = Field(default=None, min_length=1, max_length=2000)

    @model_validator(mode="after")
    def _is_an_exception(self) -> Self:
        if not (self.clients or self.states or self.begins_at or self.ends_at):
            message = "clients, states, begins_at or ends_at: without any, set the link's target"
            raise ValueError(message)
        if self.begins_at and self.ends_at and self.ends_at <= self.begins_at:
            message = "ends_at is not after begins_at"
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _has_the_target_it_needs(self) -> Self:
        if self.kind in NO_TARGET and self.target is not None:
            message = f"a rule of kind {self.kind.value} has no target"
            raise ValueError(message)
        if self.kind not in NO_TARGET and self.target is None:
            message = "a target is expected"
            raise ValueError(message)
        if self.kind is RuleTarget.PAGE and not addresses.is_own_path(self.target or ""):
            message = "the target is a path of this service such as /webinars/china"
            raise ValueError(message)
        return self


class RulesFile(Entry):
    """rules.toml."""

    rule: tuple[LinkRule, ...] = ()

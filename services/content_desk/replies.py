"""Automatic replies at the desk: the current round's rules, changed, switched off and on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, ReplyRule
from models.vocabulary import MatchKind, ReplyPart
from services import consultations, working_hours
from services.content.pack_replies import LONGEST_WORD
from services.content_desk import deeds, reply_texts, uses
from services.content_desk.deeds import By
from services.content_desk.refusals import (
    ReplyRuleNotFound,
    RuleDatesReversed,
    RuleWordsEmpty,
    RuleWordTooLong,
    StillNeeded,
)
from services.content_desk.reply_texts import Texts
from services.conversations import keywords, rulebooks
from services.conversations.keywords import Lexicon

ORDER = tuple(part for part in ReplyPart if part is not ReplyPart.RULE)
"""The replies beside the rules, in the order in which they are listed."""


class RuleState(StrEnum):
    """Whether a rule answers."""

    ON = "on"
    NOT_YET = "not_yet"
    OVER = "over"
    OFF = "off"


@dataclass(frozen=True)
class ListedRule:
    """A rule, and whether it answers now."""

    rule: ReplyRule
    state: RuleState


@dataclass(frozen=True)
class Overlap:
    """A word that two rules could answer."""

    word: str
    winner: str
    """The key of the rule that does."""

    loser: str


@dataclass(frozen=True)
class RuleWish:
    """How a rule is to be. Of a reply beside the rules only the texts count."""

    texts: Sequence[Texts]
    """For each of its answers, in their order."""

    words: Sequence[str] = ()
    match: MatchKind = MatchKind.CONTAINS
    priority: int = 0
    begins_at: datetime | None = None
    ends_at: datetime | None = None


@dataclass(frozen=True)
class Listed:
    """What the current round's account says by itself."""

    consultation: Consultation
    rules: Sequence[ListedRule] = field(default_factory=list)
    """The first to win first."""

    others: Sequence[ListedRule] = field(default_factory=list)
    hours: working_hours.Hours | None = None


async def listed(db: AsyncSession, *, now: datetime) -> Listed:
    """Give all replies of the current round.

    Raises:
        ConsultationNotFound
    """
    current = await consultations.current(db, now=now)
    found = await db.scalars(select(ReplyRule).where(ReplyRule.consultation_id == current.id))
    every = [ListedRule(rule, state_at(rule, now)) for rule in found]
    rules = [one for one in every if one.rule.part is ReplyPart.RULE]
    others = [one for one in every if one.rule.part is not ReplyPart.RULE]
    return Listed(
        current,
        sorted(rules, key=lambda one: (-one.rule.priority, one.rule.position, one.rule.key)),
        sorted(others, key=lambda one: ORDER.index(one.rule.part)),
        await working_hours.of_round(db, consultation_id=current.id),
    )


async def one(db: AsyncSession, *, part: ReplyPart, key: str, now: datetime) -> ReplyRule:
    """Give one reply of the current round.

    Raises:
        ReplyRuleNotFound, ConsultationNotFound
    """
    current = await consultations.current(db, now=now)
    rule: ReplyRule | None = await db.scalar(
        select(ReplyRule).where(
            ReplyRule.consultation_id == current.id,
            ReplyRule.part == part,
            ReplyRule.key == key,
        )
    )
    if rule is None:
        raise ReplyRuleNotFound
    return rule


async def overlaps(db: AsyncSession, *, rule: ReplyRule, now: datetime) -> list[Overlap]:
    """Give the words of a rule that another one answers, and those that it takes from others."""
    if rule.part is not ReplyPart.RULE or rule.retired:
        return []
    every = [each.rule for each in (await listed(db, now=now)).rules if not each.rule.retired]
    # The order of the pack decides last.
    every.sort(key=lambda each: (each.position, each.key))
    lexicon = Lexicon.of([rulebooks.keyed(each) for each in every if _at_once(each, rule)])
    found = []
    for each in every:
        for word in each.words if _at_once(each, rule) else ():
            winner = lexicon.called(word)[0][0].key if keywords.normalised(word) else each.key
            if winner != each.key and rule.key in {winner, each.key}:
                found.append(Overlap(word, winner, each.key))
    return found


async def change(
    db: AsyncSession, *, part: ReplyPart, key: str, wish: RuleWish, seen: str, by: By
) -> ReplyRule:
    """Change the words, the times and the texts of a reply.

    Raises:
        ReplyRuleNotFound, ContentChanged, RuleWordsEmpty, RuleWordTooLong, RuleDatesReversed,
        ReplyTextMissing, PlaceholderUnfit, PlaceholderLeadsNowhere, ReplyTooLong
    """
    rule = await _locked(db, part=part, key=key, now=by.now)
    former = state_of(rule)
    deeds.require_seen(former, seen)
    known = await reply_texts.known(db, part=part)
    rule.says = reply_texts.written(rule.says, wish.texts, known)
    if part is ReplyPart.RULE:
        await _require_words(db, rule, words=wish.words, now=by.now)
        if wish.begins_at and wish.ends_at and wish.ends_at <= wish.begins_at:
            raise RuleDatesReversed(field="ends_at")
        rule.words, rule.match, rule.priority = list(wish.words), wish.match, wish.priority
        rule.begins_at, rule.ends_at = wish.begins_at, wish.ends_at
    names = deeds.changed(former, state_of(rule))
    if names:
        await _record(db, "reply_changed", rule, by=by, details={"changed": names})
    return rule


async def switch(
    db: AsyncSession, *, part: ReplyPart, key: str, off: bool, seen: str, by: By
) -> None:
    """Let a reply be said no more, or again. One that a button of the menu says stays on.

    Raises:
        ReplyRuleNotFound, ContentChanged, StillNeeded
    """
    rule = await _locked(db, part=part, key=key, now=by.now)
    deeds.require_seen(state_of(rule), seen)
    needing = await uses.of_rule(db, rule=rule, now=by.now) if off else []
    if needing:
        raise StillNeeded(needing)
    if rule.retired is not off:
        rule.retired = off
        await _record(db, "reply_off" if off else "reply_on", rule, by=by)


def state_of(rule: ReplyRule) -> Mapping[str, object]:
    """Give what the page shows of a reply and lets change."""
    return {
        "words": list(rule.words),
        "match": rule.match,
        "priority": rule.priority,
        "begins_at": rule.begins_at,
        "ends_at": rule.ends_at,
        "says": rule.says,
        "retired": rule.retired,
    }


def state_at(rule: ReplyRule, now: datetime) -> RuleState:
    """Tell whether a rule answers at an instant."""
    if rule.retired:
        return RuleState.OFF
    if rule.begins_at is not None and now < rule.begins_at:
        return RuleState.NOT_YET
    return RuleState.OVER if rule.ends_at is not None and now >= rule.ends_at else RuleState.ON


def _at_once(one: ReplyRule, other: ReplyRule) -> bool:
    """Tell whether two rules are in force at one time."""
    first = one.begins_at is None or other.ends_at is None or one.begins_at < other.ends_at
    return first and (
        other.begins_at is None or one.ends_at is None or other.begins_at < one.ends_at
    )


async def _require_words(
    db: AsyncSession, rule: ReplyRule, *, words: Sequence[str], now: datetime
) -> None:
    """Make sure that each word can be met; only a rule that a button says needs none."""
    if any(not keywords.normalised(word) for word in words):
        raise RuleWordsEmpty(field="keywords")
    if any(len(word) > LONGEST_WORD for word in words):
        raise RuleWordTooLong(field="keywords", limit=LONGEST_WORD)
    if not words and not await uses.of_rule(db, rule=rule, now=now):
        raise RuleWordsEmpty(field="keywords")


async def _locked(db: AsyncSession, *, part: ReplyPart, key: str, now: datetime) -> ReplyRule:
    rule = await one(db, part=part, key=key, now=now)
    found = await db.scalars(
        select(ReplyRule)
        .where(ReplyRule.id == rule.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one()


async def _record(
    db: AsyncSession,
    act: str,
    rule: ReplyRule,
    *,
    by: By,
    details: Mapping[str, Any] | None = None,
) -> None:
    subject = f"reply_rule/{rule.part.value}/{rule.key}"
    await deeds.record(db, act, subject=subject, by=by, details=details)

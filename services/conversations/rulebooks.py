"""Loading a rulebook: the current round's replies with their placeholders filled in for now."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from models import Bilingual, ReplyRule, ReplySettings, ShortLink, Webinar
from models.vocabulary import ContactKind, Language, ReplyKind, ReplyPart, RoundState
from services import (
    consultations,
    contact_cards,
    placeholders,
    publication,
    revisions,
    texts,
    webinars,
)
from services.consultations import Standing
from services.conversations import chat_feedback, keywords
from services.conversations.auto_replies import Rulebook, Spoken
from services.conversations.chat_feedback import Drafting, Place, ReplyLinks
from services.conversations.keywords import Keyed, Lexicon
from services.placeholders import Placeholder
from services.texts import dates
from services.wechat.replies import NewsReply, Reply, TextReply, TransferReply
from services.wechat_codes import keeping
from services.working_hours import Hours

Says = Mapping[str, Any]

CHINA = "+86"
"""Left out of a phone number: WeChat makes eleven digits in a text a number to tap."""


@dataclass(frozen=True)
class _Facts:
    """What placeholders stand for."""

    now: datetime
    round: Standing
    links: Mapping[str, ShortLink]
    """By slug, those of the official account's own codes by the scene too."""

    webinars: Mapping[str, Webinar]
    phones: Mapping[str, str]
    link: Callable[[str], str]

    def value(self, placeholder: Placeholder, *, language: Language, scene: str = "") -> str:
        """Give the words for a placeholder."""
        name, slug = placeholder
        if name in placeholders.PLAIN:
            return self._of_round(name, language)
        return self._of_slug(name, slug or scene, language)

    def _of_round(self, name: str, language: Language) -> str:
        if name == "days_left":
            return str(self.round.days_left)
        instant = self.round.opens if name == "opens" else self.round.closes
        return dates.moment(instant, language)

    def _of_slug(self, name: str, slug: str, language: Language) -> str:
        match name:
            case "link" | "scene_link":
                return self.link(slug)
            case "title" | "scene_title":
                return self._title(slug).text(language)
            case "webinar_time":
                return self._webinar_time(slug, language)
            case _:
                return self.phones.get(slug) or texts.say("pages.to_be_added", language)

    def _title(self, slug: str) -> Bilingual:
        found = self.links.get(slug)
        return found.title if found else Bilingual(slug)

    def _webinar_time(self, slug: str, language: Language) -> str:
        webinar = self.webinars.get(slug)
        if webinar is None:
            return texts.say("pages.to_be_added", language)
        local = webinar.starts_at.astimezone(ZoneInfo(webinars.BEIJING))
        state = webinars.state(webinar, self.now)
        moment = dates.moment(local, language)
        return texts.say(f"replies.webinar.{state.value}", language, moment=moment)


class RulebookInForce:
    """The rulebook as it is now: read again once content has changed or an instant has passed."""

    def __init__(self, link: ReplyLinks) -> None:
        """Begin without one; `link` gives the addresses that replies carry."""
        self._link = link
        self._read: Rulebook | None = None

    async def at(self, db: AsyncConnection, now: datetime) -> Rulebook:
        """Give the one for an instant, at the price of one look at the revision."""
        book = self._read
        if book is None or not book.covers(now) or book.revision != await revisions.current(db):
            async with AsyncSession(bind=db) as session:
                book = await load(session, now=now, link=self._link)
            self._read = book
        return book


async def load(db: AsyncSession, *, now: datetime, link: ReplyLinks) -> Rulebook:
    """Prepare the replies of the current round; `link` gives the addresses that they carry."""
    horizon = await publication.horizon(db, now=now)
    announced = await consultations.rounds(db, now=now)
    if not announced:
        return Rulebook(horizon.revision, horizon.read_at, horizon.changes_at)
    current = announced[0]
    facts = await _facts(db, consultations.standing(current, now), now=now, link=link)
    found = await db.scalars(
        select(ReplyRule)
        .where(ReplyRule.consultation_id == current.id, ReplyRule.retired.is_(False))
        .order_by(ReplyRule.position)
    )
    rules = list(found)
    settings = await db.scalar(
        select(ReplySettings).where(
            ReplySettings.consultation_id == current.id, ReplySettings.retired.is_(False)
        )
    )
    return Rulebook(
        revision=horizon.revision,
        valid_from=horizon.read_at,
        valid_until=horizon.changes_at,
        cooldown=timedelta(hours=settings.cooldown_hours if settings else 0),
        hours=Hours.from_json(settings.hours) if settings and settings.hours else None,
        lexicon=Lexicon.of([keyed(rule) for rule in rules if rule.part is ReplyPart.RULE]),
        hand_over=frozenset(rule.key for rule in rules if rule.hand_over),
        replies=_prepared(rules, facts),
        scanned=partial(_scanned, _scan_says(rules, facts.round.state), facts),
        drafting=await _drafting(db, facts.round, link),
    )


async def filler(
    db: AsyncSession, *, now: datetime, link: Callable[[str], str], language: Language
) -> Callable[[str], str]:
    """Give what fills in a text's placeholders as of now; they stay while no round is announced."""
    announced = await consultations.rounds(db, now=now)
    if not announced:
        return str
    facts = await _facts(db, consultations.standing(announced[0], now), now=now, link=link)
    value = partial(facts.value, language=language)
    return lambda text: placeholders.filled(text, value)


async def _drafting(db: AsyncSession, standing: Standing, links: ReplyLinks) -> Drafting | None:
    if standing.state not in {RoundState.OPEN, RoundState.CLOSING_SOON}:
        return None
    known = await consultations.vocabulary(db, consultation_id=standing.consultation.id)
    places = [Place(row.standard, row.version, row.code, row.title) for row in known.sections]
    return chat_feedback.of_sections(places, links)


async def _facts(
    db: AsyncSession, standing: Standing, *, now: datetime, link: Callable[[str], str]
) -> _Facts:
    found = await db.scalars(select(ShortLink).where(ShortLink.disabled.is_(False)))
    links = {item.slug: item for item in found}
    scanned = await keeping.scanned_links(db)
    sessions = await webinars.of_round(db, consultation=standing.consultation)
    cards = await contact_cards.contacts(db)
    return _Facts(
        now=now,
        round=standing,
        links={scene: links[slug] for scene, slug in scanned.items() if slug in links} | links,
        webinars={item.slug: item for item in sessions},
        phones={
            contact.card.slug: channel.value.removeprefix(CHINA)
            for contact in cards
            for channel in reversed(contact.channels)
            if channel.kind is ContactKind.PHONE and channel.value
        },
        link=link,
    )


def keyed(rule: ReplyRule) -> Keyed:
    """Give a rule as far as choosing it goes."""
    return Keyed(
        key=rule.key,
        words=keywords.prepared(rule.words),
        match=rule.match,
        priority=rule.priority,
        begins_at=rule.begins_at,
        ends_at=rule.ends_at,
    )


def _prepared(rules: Sequence[ReplyRule], facts: _Facts) -> dict[tuple[ReplyPart, str], Spoken]:
    prepared: dict[tuple[ReplyPart, str], Spoken] = {}
    for rule in rules:
        says = _fitting(rule.says, facts.round.state)
        if says is not None and rule.part is not ReplyPart.SCAN:
            key = rule.key if rule.part is ReplyPart.RULE else ""
            prepared[rule.part, key] = _spoken(says, facts)
    return prepared


def _fitting(says: Sequence[Says], state: RoundState) -> Says | None:
    """Give the answer for a state: the one that names it, else the one that names none."""
    named = [item for item in says if state.value in item["states"]]
    return next(iter(named + [item for item in says if not item["states"]]), None)


def _scan_says(rules: Sequence[ReplyRule], state: RoundState) -> Says | None:
    scans = [rule for rule in rules if rule.part is ReplyPart.SCAN]
    return _fitting(scans[0].says, state) if scans else None


def _scanned(says: Says | None, facts: _Facts, scene: str) -> Spoken | None:
    if says is None or scene not in facts.links:
        return None
    return _spoken(says, facts, scene=scene)


def _spoken(says: Says, facts: _Facts, *, scene: str = "") -> Spoken:
    return Spoken(
        zh=_reply(says, facts, language=Language.ZH, scene=scene),
        en=_reply(says, facts, language=Language.EN, scene=scene),
    )


def _reply(says: Says, facts: _Facts, *, language: Language, scene: str) -> Reply:
    def words(name: str) -> str:
        value = partial(facts.value, language=language, scene=scene)
        return placeholders.filled(says[name][language.value], value)

    match ReplyKind(says["kind"]):
        case ReplyKind.TEXT:
            return TextReply(words("text"))
        case ReplyKind.NEWS:
            return NewsReply(words("title"), words("text"), "", facts.link(says["link"]))
        case ReplyKind.TRANSFER:
            return TransferReply(says["account"])

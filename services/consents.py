"""Consents: what somebody agreed to when they sent something, in which words, and until when.

Each is asked by itself and off unless it is given. The words are the privacy notice of the round
and one sentence for each kind; a change of either makes a new version of the notice.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consent, FeedbackItem, NoticeVersion, Page, Publisher, Registration, Webinar
from models.bilingual import Bilingual
from models.vocabulary import ConsentKind, Language
from services import consultations, texts
from services.runtime.dialects import insert

NOTICE = "privacy"
"""The slug of the page that is the privacy notice."""

Subject = Registration | FeedbackItem
"""What a consent is about. Its row is in the database."""


@dataclass(frozen=True)
class Choices:
    """What somebody chose, and in which language they were asked. None leaves a kind as it is."""

    given: Mapping[ConsentKind, bool | None]
    language: Language = Language.ZH


@dataclass(frozen=True)
class Wording:
    """What a round's visitors are told and asked, in both languages."""

    notice: Bilingual
    sentences: Mapping[ConsentKind, Bilingual]

    @property
    def sha256(self) -> str:
        """Give the version: what is told and asked alike has the same one."""
        said = {"notice": asdict(self.notice), "wordings": self.stored()}
        return _sha256(json.dumps(said, sort_keys=True, ensure_ascii=False))

    def stored(self) -> dict[str, dict[str, str]]:
        """Give the sentences as they are kept."""
        return {kind.value: asdict(sentence) for kind, sentence in self.sentences.items()}


async def wording(db: AsyncSession, *, consultation_id: UUID) -> Wording:
    """Give what a round tells and asks its visitors now.

    Raises:
        PageNotFound
    """
    # One query, since every registration asks it while it holds the webinar's seats.
    asked = (
        select(Page.body, Publisher)
        .join(Publisher, Publisher.consultation_id == Page.consultation_id)
        .where(Page.consultation_id == consultation_id, Page.slug == NOTICE)
        .where(Page.retired.is_(False))
    )
    found = (await db.execute(asked)).one_or_none()
    if found is None:
        raise consultations.PageNotFound
    return _wording(*found)


async def record(db: AsyncSession, *, about: Subject, choices: Choices, now: datetime) -> None:
    """Write down what was agreed to, or no longer is, in the transaction of what it is about.

    What is agreed to already, and what was never agreed to and still is not, changes nothing.

    Raises:
        PageNotFound
    """
    live = await _live(db, about)
    for kind, given in choices.given.items():
        if given is False and kind in live:
            live[kind].withdrawn_at = now
    agreed = [kind for kind, given in choices.given.items() if given and kind not in live]
    if not agreed:
        return
    consultation_id = await _consultation_id(db, about)
    told = await wording(db, consultation_id=consultation_id)
    version_id = await _version(db, told, consultation_id=consultation_id, now=now)
    for kind in agreed:
        consent = Consent(
            kind=kind,
            notice_version_id=version_id,
            language=choices.language,
            wording_sha256=_sha256(told.sentences[kind].text(choices.language)),
            given_at=now,
        )
        if isinstance(about, Registration):
            consent.registration_id = about.id
        else:
            consent.feedback_item_id = about.id
        db.add(consent)


async def record_first(
    db: AsyncSession,
    *,
    told: Sequence[tuple[FeedbackItem, Choices]],
    consultation_id: UUID,
    now: datetime,
) -> None:
    """Write down what was agreed to about new items of one round, however many they are.

    Raises:
        PageNotFound
    """
    words = await wording(db, consultation_id=consultation_id)
    version_id = await _version(db, words, consultation_id=consultation_id, now=now)
    for item, choices in told:
        for kind in (kind for kind, given in choices.given.items() if given):
            consent = Consent(
                kind=kind,
                notice_version_id=version_id,
                language=choices.language,
                wording_sha256=_sha256(words.sentences[kind].text(choices.language)),
                given_at=now,
            )
            consent.feedback_item_id = item.id
            db.add(consent)


async def agreed(db: AsyncSession, *, about: Subject) -> frozenset[ConsentKind]:
    """Give what is agreed to about something now."""
    return frozenset(await _live(db, about))


async def carry(db: AsyncSession, *, about: Registration, over_to: Registration) -> None:
    """Let what is agreed to about a registration hold for the one that takes its place, as given.

    The words, the language and the instant stay those of the person who agreed.
    """
    for consent in (await _live(db, about)).values():
        carried = Consent(
            kind=consent.kind,
            notice_version_id=consent.notice_version_id,
            language=consent.language,
            wording_sha256=consent.wording_sha256,
            given_at=consent.given_at,
        )
        carried.registration_id = over_to.id
        db.add(carried)


async def withdraw_all(db: AsyncSession, *, about: Subject, now: datetime) -> None:
    """Write down that nothing is agreed to any more."""
    for consent in (await _live(db, about)).values():
        consent.withdrawn_at = now


async def export(db: AsyncSession, *, about: Subject) -> list[dict[str, Any]]:
    """Give all that was ever agreed to about something, with its wording, oldest first."""
    rows = await db.execute(
        select(Consent, NoticeVersion)
        .join(NoticeVersion, NoticeVersion.id == Consent.notice_version_id)
        .where(_about(about))
        .order_by(Consent.given_at, Consent.kind)
    )
    return [
        {
            "kind": consent.kind.value,
            "wording": version.wordings[consent.kind.value][consent.language.value],
            "wording_sha256": consent.wording_sha256,
            "notice_sha256": version.sha256,
            "given_at": consent.given_at.isoformat(),
            "withdrawn_at": consent.withdrawn_at.isoformat() if consent.withdrawn_at else None,
        }
        for consent, version in rows
    ]


def _wording(body: Bilingual, publisher: Publisher) -> Wording:
    notice = Bilingual(
        **{
            language.value: consultations.fill_in(body, publisher, language=language)
            for language in Language
        }
    )
    sentences = {kind: _sentence(kind, publisher) for kind in ConsentKind}
    return Wording(notice=notice, sentences=sentences)


def _sentence(kind: ConsentKind, publisher: Publisher) -> Bilingual:
    said = {}
    for language in Language:
        missing = texts.say("pages.to_be_added", language)
        recipient = publisher.legal_entity.text(language) or publisher.name.text(language)
        contact = publisher.privacy_email or missing
        key = f"consents.{kind.value}"
        said[language.value] = texts.say(key, language, recipient=recipient, contact=contact)
    return Bilingual(**said)


async def _version(
    db: AsyncSession, told: Wording, *, consultation_id: UUID, now: datetime
) -> UUID:
    """Give the version of the notice that says just this; the first one to need it makes it."""
    asked = select(NoticeVersion.id).where(
        NoticeVersion.consultation_id == consultation_id, NoticeVersion.sha256 == told.sha256
    )
    known = await db.scalar(asked)
    if known is not None:
        return known
    made = NoticeVersion(
        consultation_id=consultation_id,
        sha256=told.sha256,
        notice=told.notice,
        wordings=told.stored(),
        first_used_at=now,
    )
    values = {column.key: getattr(made, column.key) for column in NoticeVersion.__table__.columns}
    await db.execute(
        insert(db, NoticeVersion)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["consultation_id", "sha256"])
    )
    return (await db.scalars(asked)).one()


async def _consultation_id(db: AsyncSession, about: Subject) -> UUID:
    if isinstance(about, FeedbackItem):
        return about.consultation_id
    return (await db.get_one(Webinar, about.webinar_id)).consultation_id


async def _live(db: AsyncSession, about: Subject) -> dict[ConsentKind, Consent]:
    found = await db.scalars(select(Consent).where(_about(about), Consent.withdrawn_at.is_(None)))
    return {consent.kind: consent for consent in found}


def _about(about: Subject) -> ColumnElement[bool]:
    if isinstance(about, Registration):
        return Consent.registration_id == about.id
    return Consent.feedback_item_id == about.id


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()

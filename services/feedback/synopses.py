"""Synopses: what was said in a round and what was answered, for everybody once it is published.

It is made of the rows as they are now: who takes a consent back or is forgotten, is so here too.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, and_, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import (
    Consultation,
    FeedbackAnswer,
    FeedbackCheck,
    FeedbackItem,
    FeedbackTranslation,
    FeedbackVersion,
    Registration,
    Synopsis,
    Webinar,
)
from models.bilingual import Bilingual
from models.vocabulary import CheckVerdict, FeedbackKind, RegistrationState
from services import consultations
from services.errors import NotFound
from services.feedback import translations

MOST = 50
"""Comments shown at once."""


class SynopsisNotFound(NotFound):
    """The round's answers are not published."""

    code = "synopsis_not_found"


@dataclass(frozen=True)
class Overview:
    """How many took part, of which groups, and on what."""

    published_at: datetime
    total: int
    by_group: Mapping[str, int]
    """By the code of the group, empty for those who did not say."""

    by_section: Mapping[tuple[str, str, str], int]
    by_disposition: Mapping[str, int]
    registered: Mapping[str, int]
    """Who had a seat in the round's webinars, by the code of the group."""


@dataclass(frozen=True)
class Issue:
    """One comment, as everybody may know it, and its answer."""

    receipt: str
    stakeholder: str | None
    disposition: str
    response: Bilingual
    texts: tuple[tuple[str, str], ...]
    """What was written, by the field's name; empty where it is not shown."""

    name: str | None
    """Who wrote it, if they want to be named."""

    translated: Mapping[str, str] = field(default_factory=dict, kw_only=True)
    """What those of ours made of it in the other language, by the field's name."""

    redacted_for: str | None
    """Why some or all of it is not shown as it was written."""


@dataclass(frozen=True)
class Part:
    """Some comments, and the receipt to go on after; None at the end."""

    issues: list[Issue]
    next: str | None


async def published_at(db: AsyncSession, *, consultation_id: UUID) -> datetime | None:
    """Tell when a round's answers were published, None if they are not."""
    found = await db.get(Synopsis, consultation_id)
    return found.published_at if found else None


async def latest(db: AsyncSession, *, now: datetime) -> Consultation:
    """Give the announced round whose answers were published last.

    Raises:
        SynopsisNotFound: no round's are.
    """
    announced = {one.id: one for one in await consultations.rounds(db, now=now)}
    asked = select(Synopsis.consultation_id).order_by(Synopsis.published_at.desc())
    for consultation_id in await db.scalars(asked):
        if consultation_id in announced:
            return announced[consultation_id]
    raise SynopsisNotFound


async def overview(db: AsyncSession, *, consultation: Consultation) -> Overview:
    """Count what stands in a round's synopsis.

    Raises:
        SynopsisNotFound
    """
    published = await _require_published(db, consultation)
    columns = (
        FeedbackVersion.standard,
        FeedbackVersion.version,
        FeedbackVersion.section,
        FeedbackVersion.stakeholder,
        FeedbackAnswer.disposition,
    )
    asked = standing(consultation.id).with_only_columns(*columns, func.count())
    groups: Counter[str] = Counter()
    sections: Counter[tuple[str, str, str]] = Counter()
    dispositions: Counter[str] = Counter()
    for standard, version, section, group, disposition, number in await db.execute(
        asked.group_by(*columns)
    ):
        groups[group or ""] += number
        sections[standard, version, section] += number
        dispositions[disposition or ""] += number
    return Overview(
        published_at=published,
        total=groups.total(),
        by_group=groups,
        by_section=sections,
        by_disposition=dispositions,
        registered=await _registered(db, consultation.id),
    )


async def of_section(
    db: AsyncSession,
    *,
    consultation: Consultation,
    section: tuple[str, str, str],
    after: str = "",
    most: int = MOST,
) -> Part:
    """Give the comments on one section with their answers, by their numbers.

    Raises:
        SynopsisNotFound: also where nothing was said on the section.
    """
    await _require_published(db, consultation)
    standard, version, code = section
    rows = (
        await db.execute(
            standing(consultation.id)
            .where(
                FeedbackVersion.standard == standard,
                FeedbackVersion.version == version,
                FeedbackVersion.section == code,
                FeedbackItem.receipt > after,
            )
            .order_by(FeedbackItem.receipt)
            .limit(most + 1)
        )
    ).all()
    if not rows and not after:
        raise SynopsisNotFound
    known = await translations.of_items(db, item_ids=[item.id for item, *_ in rows[:most]])
    issues = [
        issue(
            item=item,
            version=version,
            answer=answer,
            check=check,
            translation=known.get(item.id),
        )
        for item, version, answer, check in rows[:most]
    ]
    return Part(issues, next=issues[-1].receipt if len(rows) > most else None)


def standing(
    consultation_id: UUID,
) -> Select[FeedbackItem, FeedbackVersion, FeedbackAnswer | None, FeedbackCheck | None]:
    """Ask for the comments of a round that were not withdrawn, as they stand."""
    latest = and_(
        FeedbackVersion.item_id == FeedbackItem.id,
        FeedbackVersion.ordinal == FeedbackItem.versions,
    )
    checked = and_(
        FeedbackCheck.item_id == FeedbackItem.id, FeedbackCheck.ordinal == FeedbackItem.versions
    )
    return (
        select(FeedbackItem, FeedbackVersion, FeedbackAnswer, FeedbackCheck)
        .join(FeedbackVersion, latest)
        .outerjoin(FeedbackAnswer, FeedbackAnswer.item_id == FeedbackItem.id)
        .outerjoin(FeedbackCheck, checked)
        .where(
            FeedbackItem.consultation_id == consultation_id,
            FeedbackItem.kind == FeedbackKind.COMMENT,
            FeedbackItem.withdrawn_at.is_(None),
        )
    )


def issue(
    *,
    item: FeedbackItem,
    version: FeedbackVersion,
    answer: FeedbackAnswer | None,
    check: FeedbackCheck | None,
    translation: FeedbackTranslation | None = None,
) -> Issue:
    """Give what everybody may know of a comment.

    A translation is shown beside what is shown as it was written, and of a redaction there is none.
    """
    shown = texts(version, answer, check)
    said = translations.texts(version, translation)
    named = version.may_publish_name and bool(shown)
    return Issue(
        receipt=item.receipt,
        stakeholder=version.stakeholder,
        disposition=(answer and answer.disposition) or "",
        response=(answer and answer.response) or Bilingual(""),
        texts=shown,
        name=version.organisation if named else None,
        redacted_for=answer.redaction_reason if answer and version.may_publish_text else None,
        translated={
            name: said[name]
            for name, text in shown
            if name in said and text == getattr(version, name)
        },
    )


def texts(
    version: FeedbackVersion, answer: FeedbackAnswer | None, check: FeedbackCheck | None
) -> tuple[tuple[str, str], ...]:
    """Give what may be shown of what was written.

    Its sender has to agree, and somebody, or WeChat, has to have looked at it. Of what was changed
    after it was redacted nothing is shown.
    """
    looked_at = check is not None and check.verdict is CheckVerdict.PASSED
    if not (version.may_publish_text and looked_at):
        return ()
    if answer is not None and answer.public_text is not None:
        fresh = answer.redacted_version == version.ordinal
        return (("comment", answer.public_text),) if fresh and answer.public_text else ()
    said = ((name, getattr(version, name)) for name in ("comment", "proposed_text", "rationale"))
    return tuple((name, text) for name, text in said if text)


async def _registered(db: AsyncSession, consultation_id: UUID) -> Mapping[str, int]:
    rows = await db.execute(
        select(Registration.stakeholder, func.count())
        .join(Webinar, Webinar.id == Registration.webinar_id)
        .where(
            Webinar.consultation_id == consultation_id,
            Registration.state == RegistrationState.CONFIRMED,
        )
        .group_by(Registration.stakeholder)
    )
    return {group or "": number for group, number in rows}


async def _require_published(db: AsyncSession, consultation: Consultation) -> datetime:
    found = await published_at(db, consultation_id=consultation.id)
    if found is None:
        raise SynopsisNotFound
    return found

"""Exporting: the log as a file, with as much of the people in it as its reader may have."""

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from uuid import UUID

from anyio import to_thread
from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, FeedbackOrigin, FeedbackTranslation
from models.bilingual import Bilingual
from models.vocabulary import FeedbackKind, FeedbackState, Language, TermSet
from services import audit, consultations, texts
from services.exports import streams
from services.exports.streams import FileKind
from services.exports.tables import Cell, Table
from services.feedback import origins, synopses, tags, translations
from services.feedback_desk import log
from services.feedback_desk.answering import Deed
from services.feedback_desk.coverage import key
from services.feedback_desk.log import Entry, Filter
from services.feedback_desk.refusals import AnswersNotPublished
from services.runtime.database import Database
from services.visits import BEIJING

BATCH = 200
"""Entries read at once."""


class Purpose(StrEnum):
    """Where an export goes."""

    HERE = "here"
    """It stays in China, with those who answer."""

    ABROAD = "abroad"
    """It goes to ASI in Australia: only what its senders agreed may go there."""

    PUBLIC = "public"
    """It may go to anybody: it holds what the synopsis shows, once that is published."""


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be exported, and how."""

    which: Filter
    kind: FileKind
    purpose: Purpose
    with_persons: bool
    """Whether whoever asks may know who wrote what."""

    language: Language


@dataclass(frozen=True)
class _Words:
    """What codes are called, in the language of the export; and what else is known of items."""

    language: Language
    labels: Mapping[tuple[str, str], Bilingual]
    attached: Mapping[UUID, int]
    beside: "_Beside"

    def say(self, part: str) -> str:
        return texts.say(f"exports.feedback.{part}", self.language)

    def yes(self, fact: bool) -> str:  # noqa: FBT001 - the fact itself
        return self.say("yes" if fact else "no")

    def label(self, of: str, code: str | None, language: Language) -> str:
        known = self.labels.get((of, code or ""))
        return known.text(language) if known else code or ""


@dataclass(frozen=True)
class _Beside:
    """What those at the desk know of the items of one batch."""

    origins: Mapping[UUID, FeedbackOrigin]
    tags: Mapping[UUID, Sequence[str]]
    translations: Mapping[UUID, FeedbackTranslation]


_NOTHING = _Beside({}, {}, {})


async def export(
    db: AsyncSession, *, database: Database, consultation: Consultation, order: Order, by: Deed
) -> AsyncIterator[bytes]:
    """Give the log as a file, and write down that it is given.

    What its sender did not allow, or whoever asks may not know, is left empty. It is read by
    batches, each in a transaction of its own: however slowly it is taken, none is kept open. An
    entry that changes meanwhile is given as it was or as it is.

    Raises:
        AnswersNotPublished: it is for everybody, and the answers are not yet.
    """
    async with database.snapshot() as reading:
        if order.purpose is Purpose.PUBLIC:
            await _require_published(reading, consultation)
            order = replace(order, which=replace(order.which, kind=FeedbackKind.COMMENT))
        number = await log.count(reading, consultation_id=consultation.id, which=order.which)
        words = await _words(reading, consultation.id, order.language)
    batches = _batches(database, consultation.id, order=order, words=words)
    notes = [words.say(f"notes.{order.purpose.value}")]
    if not order.with_persons:
        notes.append(words.say("notes.masked"))
    columns = _columns(order)
    head = [words.say(f"columns.{column}") for column in columns]
    about = Table(words.say("title"), head, [], notes)
    content = await streams.file(order.kind, about=about, columns=columns, batches=batches)
    # Behind a workbook, which is made whole and takes long: nobody waits for `db` meanwhile.
    await audit.record(
        db,
        actor=by.account.login,
        act="feedback.exported",
        subject=consultation.slug,
        now=by.now,
        details={
            "kind": order.kind.value,
            "purpose": order.purpose.value,
            "persons": order.with_persons,
            "rows": number,
        },
    )
    return content


async def _require_published(db: AsyncSession, consultation: Consultation) -> None:
    if await synopses.published_at(db, consultation_id=consultation.id) is None:
        raise AnswersNotPublished


async def _batches(
    database: Database, consultation_id: UUID, *, order: Order, words: _Words
) -> AsyncIterator[list[list[Cell]]]:
    after = ""
    while True:
        async with database.snapshot() as db:
            entries = await log.batch(
                db, consultation_id=consultation_id, which=order.which, after=after, most=BATCH
            )
            beside = await _beside(db, [entry.item.id for entry in entries])
        if not entries:
            return
        after = entries[-1].item.receipt
        yield await to_thread.run_sync(_rows, entries, order, replace(words, beside=beside))


async def _beside(db: AsyncSession, item_ids: list[UUID]) -> _Beside:
    return _Beside(
        origins=await origins.ways(db, item_ids=item_ids),
        tags=await tags.of_items(db, item_ids=item_ids),
        translations=await translations.of_items(db, item_ids=item_ids),
    )


def _rows(entries: list[Entry], order: Order, words: _Words) -> list[list[Cell]]:
    public = order.purpose is Purpose.PUBLIC
    return [
        _row(entry, order, words)
        for entry in entries
        if not (public and entry.item.withdrawn_at is not None)
    ]


def _columns(order: Order) -> list[str]:
    public = order.purpose is Purpose.PUBLIC
    return [column for column in _COLUMNS if not public or column in _PUBLIC]


def _row(entry: Entry, order: Order, words: _Words) -> list[Cell]:
    stated = (
        _of_everybody(entry, words) if order.purpose is Purpose.PUBLIC else _left_out(entry, order)
    )
    return [
        stated[column] if column in stated else _COLUMNS[column](entry, words)
        for column in _columns(order)
    ]


def _of_everybody(entry: Entry, words: _Words) -> Mapping[str, Cell]:
    """Give what everybody may know of a comment, as the synopsis has it."""
    issue = synopses.issue(
        item=entry.item,
        version=entry.version,
        answer=entry.answer,
        check=entry.check,
        translation=words.beside.translations.get(entry.item.id),
    )
    shown = {"organisation": issue.name or "", "redaction_reason": issue.redacted_for or ""}
    shown |= {f"{name}_translated": text for name, text in issue.translated.items()}
    return dict.fromkeys(_TEXTS, "") | shown | dict(issue.texts)


def _left_out(entry: Entry, order: Order) -> Mapping[str, Cell]:
    allowed = order.purpose is Purpose.HERE or entry.version.may_transfer_abroad
    hidden = set() if allowed else _TEXTS | _PERSONS
    hidden |= set() if order.with_persons else _PERSONS
    return dict.fromkeys(hidden, "")


async def _words(db: AsyncSession, consultation_id: UUID, language: Language) -> _Words:
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation_id)
    labels = {(term.term_set.value, term.code): term.label for term in vocabulary.terms}
    labels |= {
        ("section", key(one.standard, one.version, one.code)): one.title
        for one in vocabulary.sections
    }
    attached = await log.attached(db, consultation_id=consultation_id)
    return _Words(language, labels, attached, _NOTHING)


def _section(entry: Entry) -> str:
    return key(entry.version.standard, entry.version.version, entry.version.section)


def _called(of: TermSet, code: Callable[[Entry], str | None], language: Language) -> "_Cell":
    return lambda entry, words: words.label(of.value, code(entry), language)


def _disposition(entry: Entry) -> str | None:
    return entry.answer.disposition if entry.answer else None


def _response(entry: Entry) -> Bilingual:
    return (entry.answer and entry.answer.response) or Bilingual("")


def _state(entry: Entry) -> FeedbackState:
    return FeedbackState.WITHDRAWN if entry.item.withdrawn_at else FeedbackState.SUBMITTED


def _translated(name: str) -> "_Cell":
    return lambda entry, words: translations.texts(
        entry.version, words.beside.translations.get(entry.item.id)
    ).get(name, "")


def _way(entry: Entry, words: _Words) -> str:
    found = words.beside.origins.get(entry.item.id)
    return words.say(f"ways.{found.way.value}") if found else ""


def _received(entry: Entry, words: _Words) -> str:
    found = words.beside.origins.get(entry.item.id)
    return found.received_on.isoformat() if found else ""


_Cell = Callable[[Entry, _Words], Cell]

_TRANSLATED = {"comment_translated", "proposed_text_translated", "rationale_translated"}
_TEXTS = {"comment", "proposed_text", "rationale", "public_text", "tags"} | _TRANSLATED
_PERSONS = {"organisation"}
_PUBLIC = {
    *("receipt", "standard", "version", "section", "section_zh", "section_en"),
    *("stakeholder_zh", "stakeholder_en", "comment", "proposed_text", "rationale"),
    *("organisation", "disposition_zh", "disposition_en", "response_zh", "response_en"),
    "redaction_reason",
    *_TRANSLATED,
}

_COLUMNS: Mapping[str, _Cell] = {
    "receipt": lambda one, _: one.item.receipt,
    "state": lambda one, words: words.say(f"states.{_state(one).value}"),
    "source": lambda one, words: words.say(f"sources.{one.item.source.value}"),
    "way": _way,
    "received_on": _received,
    "submitted_at": lambda one, _: f"{one.item.submitted_at.astimezone(BEIJING):%Y-%m-%d %H:%M}",
    "versions": lambda one, _: one.item.versions,
    "language": lambda one, _: one.version.language.value,
    "standard": lambda one, _: one.version.standard,
    "version": lambda one, _: one.version.version,
    "section": lambda one, _: one.version.section,
    "section_zh": lambda one, words: words.label("section", _section(one), Language.ZH),
    "section_en": lambda one, words: words.label("section", _section(one), Language.EN),
    "comment_type_zh": _called(TermSet.COMMENT_TYPE, lambda e: e.version.comment_type, Language.ZH),
    "comment_type_en": _called(TermSet.COMMENT_TYPE, lambda e: e.version.comment_type, Language.EN),
    "stance_zh": _called(TermSet.STANCE, lambda e: e.version.stance, Language.ZH),
    "stance_en": _called(TermSet.STANCE, lambda e: e.version.stance, Language.EN),
    "stakeholder_zh": _called(TermSet.STAKEHOLDER, lambda e: e.version.stakeholder, Language.ZH),
    "stakeholder_en": _called(TermSet.STAKEHOLDER, lambda e: e.version.stakeholder, Language.EN),
    "comment": lambda one, _: one.version.comment or "",
    "proposed_text": lambda one, _: one.version.proposed_text or "",
    "rationale": lambda one, _: one.version.rationale or "",
    "comment_translated": _translated("comment"),
    "proposed_text_translated": _translated("proposed_text"),
    "rationale_translated": _translated("rationale"),
    "tags": lambda one, words: " ".join(words.beside.tags.get(one.item.id, ())),
    "attachments": lambda one, words: words.attached.get(one.item.id, 0),
    "organisation": lambda one, _: one.version.organisation or "",
    "anonymous": lambda one, words: words.yes(one.item.visitor_id is None),
    "may_contact": lambda one, words: words.yes(one.version.may_contact),
    "may_publish_text": lambda one, words: words.yes(one.version.may_publish_text),
    "may_publish_name": lambda one, words: words.yes(one.version.may_publish_name),
    "may_transfer_abroad": lambda one, words: words.yes(one.version.may_transfer_abroad),
    "disposition_zh": _called(TermSet.DISPOSITION, _disposition, Language.ZH),
    "disposition_en": _called(TermSet.DISPOSITION, _disposition, Language.EN),
    "response_zh": lambda one, _: _response(one).zh,
    "response_en": lambda one, _: _response(one).en,
    "assignee": lambda one, _: one.assignee.name if one.assignee else "",
    "public_text": lambda one, _: (one.answer and one.answer.public_text) or "",
    "redaction_reason": lambda one, _: (one.answer and one.answer.redaction_reason) or "",
}

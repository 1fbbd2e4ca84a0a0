"""The columns of the form, and what may stand in them."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import Consultation, Section
from models.vocabulary import Language, TermSet
from services import consultations, section_names, texts

VERSION = 1
"""Of the form: a change of its columns makes the next one."""

MOST_ROWS = 500

COMMENT = ("section", "comment", "comment_type", "stance", "proposed_text", "rationale")
CONSENTS = ("may_contact", "may_publish_text", "may_publish_name", "may_transfer_abroad")
SENDER = ("name", "organisation", "stakeholder", "email", *CONSENTS)
"""Said once, these hold for the rows below until they are said anew, all of them together."""

COLUMNS = (*COMMENT, *SENDER)

_MARK = re.compile(r"asi-form/([0-9]+) (\S+)")


@dataclass(frozen=True)
class Option:
    """What may be chosen in a column."""

    value: str
    label: str
    """As the list of the form has it."""

    spellings: tuple[str, ...]
    """What else says the same."""


@dataclass(frozen=True)
class Choices:
    """What may be chosen in the columns that have lists."""

    options: Mapping[str, Sequence[Option]]

    def meant(self, column: str, typed: str) -> str | None:
        """Give the value that is meant, None for what is in no list."""
        wanted = _plain(typed)
        for option in self.options[column]:
            if wanted in {_plain(word) for word in (option.label, *option.spellings)}:
                return option.value
        return None


def mark(slug: str) -> str:
    """Give what tells a form of a round from anything else."""
    return f"asi-form/{VERSION} {slug}"


def marked(text: str) -> tuple[int, str] | None:
    """Give the version and the round that a mark names, None for what is no mark."""
    found = _MARK.fullmatch(text.strip())
    return (int(found[1]), found[2]) if found else None


def label(column: str, language: Language) -> str:
    """Give what a column is called."""
    return texts.say(f"feedback_form.columns.{column}", language)


async def choices(db: AsyncSession, *, consultation: Consultation) -> Choices:
    """Give what may be chosen in the form of a round."""
    return await _choices(db, consultation.id)


async def _choices(db: AsyncSession, consultation_id: UUID) -> Choices:
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation_id)
    options: dict[str, list[Option]] = {"section": list(map(_section, vocabulary.sections))}
    for term_set in (TermSet.COMMENT_TYPE, TermSet.STANCE, TermSet.STAKEHOLDER):
        options[term_set.value] = [
            Option(
                value=term.code,
                label=f"{term.label.zh} / {term.label.en}",
                spellings=(term.code, term.label.zh, term.label.en),
            )
            for term in vocabulary.terms
            if term.term_set is term_set
        ]
    return Choices(options | {column: list(_answers()) for column in CONSENTS})


def _section(section: Section) -> Option:
    key = f"{section.standard}/{section.version}/{section.code}"
    name = section_names.named(section)
    spellings = [key, name.zh, name.en, f"{section.standard} {section.version} · {section.code}"]
    return Option(key, f"{name.zh} / {section.title.en}", tuple(spellings))


def _answers() -> Iterator[Option]:
    for value in ("yes", "no"):
        words = [texts.say(f"feedback_form.{value}", language) for language in Language]
        yield Option(value, " / ".join(words), tuple(words))


def _plain(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", text).casefold().split())

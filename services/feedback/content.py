"""What feedback says: its fields, and whether the round knows the words they hold."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackVersion
from models.vocabulary import Language, TermSet
from services import consultations
from services.feedback.refusals import SectionUnknown, TermUnknown

_WORDS = {
    "comment_type": TermSet.COMMENT_TYPE,
    "stance": TermSet.STANCE,
    "stakeholder": TermSet.STAKEHOLDER,
}
"""The fields that hold a term, and the set it is of."""

SILENCED: dict[str, Any] = {
    **dict.fromkeys(("comment", "proposed_text", "rationale", "organisation")),
    **dict.fromkeys(("may_contact", "may_publish_text", "may_publish_name"), False),
}
"""What withdrawal leaves of the texts and consents; the codes stay."""


@dataclass(frozen=True, kw_only=True)
class Content:
    """All that a version says, named as its columns are."""

    language: Language
    standard: str
    version: str
    section: str
    comment: str | None
    comment_type: str | None = None
    stance: str | None = None
    proposed_text: str | None = None
    rationale: str | None = None
    stakeholder: str | None = None
    organisation: str | None = None
    may_contact: bool = False
    may_publish_text: bool = False
    may_publish_name: bool = False

    def digest(self, salt: bytes) -> str:
        """Give the SHA-256 over a salt and all fields."""
        said = json.dumps(asdict(self), sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(salt + said.encode()).hexdigest()


@dataclass(frozen=True, kw_only=True)
class Changes:
    """What is to be different; None leaves it as it is, an empty text takes it away."""

    language: Language | None = None
    standard: str | None = None
    version: str | None = None
    section: str | None = None
    comment: str | None = None
    comment_type: str | None = None
    stance: str | None = None
    proposed_text: str | None = None
    rationale: str | None = None
    stakeholder: str | None = None
    organisation: str | None = None
    may_contact: bool | None = None
    may_publish_text: bool | None = None
    may_publish_name: bool | None = None

    def applied_to(self, content: Content) -> Content:
        """Give the content as it is to be."""
        given: dict[str, Any] = {
            name: None if value == "" else value
            for name, value in asdict(self).items()
            if value is not None
        }
        return replace(content, **given)


def of_version(version: FeedbackVersion) -> Content:
    """Give what a version says."""
    values: dict[str, Any] = {item.name: getattr(version, item.name) for item in fields(Content)}
    return Content(**values)


def columns(content: Content) -> dict[str, Any]:
    """Give what a version's row says of itself."""
    return asdict(content)


def silent(content: Content) -> Content:
    """Give what stays of withdrawn content: the codes, no text, no consent."""
    return replace(content, **SILENCED)


async def require_known(db: AsyncSession, *, consultation_id: UUID, content: Content) -> None:
    """Make sure that a round has the section and the words of what is said on it.

    Raises:
        SectionUnknown, TermUnknown
    """
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation_id)
    key = (content.standard, content.version, content.section)
    if key not in {(item.standard, item.version, item.code) for item in vocabulary.sections}:
        raise SectionUnknown
    known = {(term.term_set, term.code) for term in vocabulary.terms}
    for field, term_set in _WORDS.items():
        word = getattr(content, field)
        if word is not None and (term_set, word) not in known:
            raise TermUnknown(field=field)

"""What feedback says: its fields, and whether the round knows the words they hold."""

import hashlib
import json
from dataclasses import asdict, dataclass, fields, replace
from typing import Any
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models import FeedbackVersion
from models.vocabulary import ConsentKind, Language, TermSet
from services import consultations
from services.consultations import Vocabulary
from services.feedback.refusals import SectionUnknown, TermUnknown

_WORDS = {
    "comment_type": TermSet.COMMENT_TYPE,
    "stance": TermSet.STANCE,
    "stakeholder": TermSet.STAKEHOLDER,
}
"""The fields that hold a term, and the set it is of."""

CONSENTS = {
    "may_contact": ConsentKind.CONTACT,
    "may_publish_text": ConsentKind.PUBLISH_TEXT,
    "may_publish_name": ConsentKind.PUBLISH_NAME,
    "may_transfer_abroad": ConsentKind.TRANSFER_ABROAD,
}
"""The fields that are consents."""

SILENCED: dict[str, Any] = {
    **dict.fromkeys(("comment", "proposed_text", "rationale", "organisation")),
    **dict.fromkeys(CONSENTS, False),
    "attachments": (),
}
"""What withdrawal leaves of the texts, consents and attachments; the codes stay."""

_CAME_LATER = ("may_transfer_abroad", "attachments")
"""Digested only where they say something, so that what was sent before them stays as it was."""


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
    may_transfer_abroad: bool = False
    attachments: tuple[str, ...] = ()
    """The SHA-256 of each."""

    @property
    def consents(self) -> dict[ConsentKind, bool | None]:
        """Give what is agreed to and what is not."""
        return {kind: getattr(self, name) for name, kind in CONSENTS.items()}

    def canonical(self) -> str:
        """Give all that is said as the one text that is digested, and that proofs hold."""
        values = {
            name: value for name, value in asdict(self).items() if value or name not in _CAME_LATER
        }
        return json.dumps(values, sort_keys=True, ensure_ascii=False)

    def digest(self, salt: bytes) -> str:
        """Give the SHA-256 over a salt and all that is said."""
        return hashlib.sha256(salt + self.canonical().encode()).hexdigest()


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
    may_transfer_abroad: bool | None = None

    def applied_to(self, content: Content) -> Content:
        """Give the content as it is to be."""
        given: dict[str, Any] = {
            name: None if value == "" else value
            for name, value in asdict(self).items()
            if value is not None
        }
        return replace(content, **given)


def language_of(text: str) -> Language:
    """Tell which language a text is in: one with Chinese characters is Chinese."""
    return Language.ZH if any("\u4e00" <= sign <= "\u9fff" for sign in text) else Language.EN


def of_version(version: FeedbackVersion) -> Content:
    """Give what a version says."""
    values: dict[str, Any] = {item.name: getattr(version, item.name) for item in fields(Content)}
    return Content(**values | {"attachments": tuple(version.attachments)})


def columns(content: Content) -> dict[str, Any]:
    """Give what a version's row says of itself."""
    return asdict(content) | {"attachments": list(content.attachments)}


def silent(content: Content) -> Content:
    """Give what stays of withdrawn content: the codes, no text, no consent."""
    return replace(content, **SILENCED)


async def require_known(db: AsyncSession, *, consultation_id: UUID, content: Content) -> None:
    """Make sure that a round has the section and the words of what is said on it.

    Raises:
        SectionUnknown, TermUnknown
    """
    require_in(await consultations.vocabulary(db, consultation_id=consultation_id), content)


def require_in(vocabulary: Vocabulary, content: Content) -> None:
    """Make sure that a round's vocabulary has the section and the words of what is said.

    Raises:
        SectionUnknown, TermUnknown
    """
    key = (content.standard, content.version, content.section)
    if key not in {(item.standard, item.version, item.code) for item in vocabulary.sections}:
        raise SectionUnknown
    known = {(term.term_set, term.code) for term in vocabulary.terms}
    for field, term_set in _WORDS.items():
        word = getattr(content, field)
        if word is not None and (term_set, word) not in known:
            raise TermUnknown(field=field)

"""Consents."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import ConsentKind, Language

_LIVE = text("withdrawn_at IS NULL")


class Consent(Row):
    """That somebody agreed to one thing about a registration or a comment of theirs.

    Giving it again after it was withdrawn is another row. It goes with what it is about.
    """

    __tablename__ = "consents"
    __table_args__ = (
        CheckConstraint(
            "(registration_id IS NULL) <> (feedback_item_id IS NULL)", name="about_one_thing"
        ),
        *(
            Index(
                f"uq_consents_live_of_{name}",
                f"{name}_id",
                "kind",
                unique=True,
                sqlite_where=_LIVE,
                postgresql_where=_LIVE,
            )
            for name in ("registration", "feedback_item")
        ),
    )

    kind: Mapped[ConsentKind]
    notice_version_id: Mapped[UUID] = mapped_column(ForeignKey("notice_versions.id"))
    language: Mapped[Language]
    """In which they read the wording."""

    wording_sha256: Mapped[str] = mapped_column(String(64))
    """Of the sentence they agreed to, which stands in the version of the notice."""

    given_at: Mapped[datetime]
    registration_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("registrations.id", ondelete="CASCADE"), index=True, default=None
    )
    feedback_item_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("feedback_items.id", ondelete="CASCADE"), index=True, default=None
    )
    withdrawn_at: Mapped[datetime | None] = mapped_column(default=None)

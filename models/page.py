"""Pages."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual


class Page(ContentRow):
    """A text of a consultation in Markdown: the article, about ASI, the privacy notice."""

    __tablename__ = "pages"
    __table_args__ = (UniqueConstraint("consultation_id", "slug"),)

    consultation_id: Mapped[UUID] = mapped_column(ForeignKey("consultations.id"))
    slug: Mapped[str] = mapped_column(String(64))
    title: Mapped[Bilingual]
    description: Mapped[Bilingual]
    """What a share card says under the title."""

    body: Mapped[Bilingual]

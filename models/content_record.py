"""Content records."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ContentRecord(Base):
    """What a content pack last said of one row.

    A row that differs from it was edited by staff; loading keeps such edits and shows them.
    """

    __tablename__ = "content_records"

    kind: Mapped[str] = mapped_column(String(40), primary_key=True)
    """The table's name."""

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    """The row's natural key, its parts joined by slashes."""

    pack: Mapped[str] = mapped_column(String(64), index=True)
    """The slug of the round whose pack loaded it last."""

    row_id: Mapped[UUID]
    fields: Mapped[dict[str, Any]]
    loaded_at: Mapped[datetime]

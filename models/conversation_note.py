"""Notes on conversations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class ConversationNote(Row):
    """What somebody of ours wrote down about a conversation, for the others; never sent."""

    __tablename__ = "conversation_notes"

    conversation_id: Mapped[UUID] = mapped_column(ForeignKey("conversations.id"), index=True)
    staff_id: Mapped[UUID] = mapped_column(ForeignKey("staff_accounts.id"))
    written_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(Text)

"""Pushes."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, BigInteger, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import Account, AnswerKind


class Push(Base):
    """What WeChat delivered and we acknowledged. Only ever appended to; erasure empties fields."""

    __tablename__ = "pushes"
    __table_args__ = (
        Index(
            "ix_pushes_underived",
            "id",
            sqlite_where=text("derived_at IS NULL"),
            postgresql_where=text("derived_at IS NULL"),
        ),
        Index("ix_pushes_late", "id", sqlite_where=text("late"), postgresql_where=text("late")),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, init=False
    )
    """Grows in the order of arrival."""

    account: Mapped[Account]
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    """SHA-256 of the account and of what WeChat tells deliveries apart by; names nobody."""

    name: Mapped[str] = mapped_column(String(64))
    """The message's MsgType, or the event's Event, in WeChat's spelling."""

    pushed_at: Mapped[datetime]
    """WeChat's CreateTime: orders pushes, and opens no window."""

    received_at: Mapped[datetime]
    openid: Mapped[str | None] = mapped_column(String(64), index=True, default=None)
    body: Mapped[str | None] = mapped_column(Text, default=None)
    """The push as decrypted; empty once the visitor's data were erased."""

    answer: Mapped[AnswerKind] = mapped_column(default=AnswerKind.NONE)
    reply: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True), default=None)
    """What a repeated delivery is answered with again; None stands for `success`."""

    late: Mapped[bool] = mapped_column(default=False)
    """Committed after its deadline, so that nobody has taken the reply yet."""

    derived_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the conversation learnt of it."""

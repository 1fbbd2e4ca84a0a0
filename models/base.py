"""The base of all tables: how Python types become columns, how constraints are named."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID, uuid4

from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData
from sqlalchemy.orm import DeclarativeBase, Mapped, MappedAsDataclass, mapped_column
from sqlalchemy.types import TypeDecorator

from models.bilingual import Bilingual, BilingualText


class Instant(TypeDecorator[datetime]):
    """A moment, always aware and in UTC; a naive datetime is refused when it is stored.

    SQLite has no zones: there the UTC clock face is stored and the zone is put back on reading.
    """

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Store UTC."""
        del dialect
        if value is None:
            return None
        if value.tzinfo is None:
            message = f"An instant needs a zone; {value!r} has none."
            raise ValueError(message)
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give UTC back."""
        del dialect
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(MappedAsDataclass, DeclarativeBase, kw_only=True, eq=False):
    """A row. Constructors are typed; two rows are equal only when they are the same object."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: Instant,
        Bilingual: BilingualText,
        dict[str, Any]: JSON,
        list[str]: JSON,
        # A word: stored as text, checked by the database, its values the wire's values.
        StrEnum: Enum(
            StrEnum,
            native_enum=False,
            create_constraint=True,
            length=40,
            values_callable=lambda words: [word.value for word in words],
        ),
    }


class Row(Base):
    """A row with an opaque key, which may be shown outside."""

    __abstract__ = True

    id: Mapped[UUID] = mapped_column(
        primary_key=True, default_factory=uuid4, init=False, sort_order=100
    )


class ContentRow(Row):
    """A row that a content pack brings."""

    __abstract__ = True

    retired: Mapped[bool] = mapped_column(default=False, init=False, sort_order=99)
    """No longer in its pack: hidden, yet never deleted, since submissions may hang on it."""

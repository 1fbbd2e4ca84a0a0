"""What both databases can do, and SQLAlchemy only knows of each by itself."""

from typing import Any

from sqlalchemy import SQLColumnExpression, collate
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from models.base import Base


def insert(db: AsyncSession, table: type[Base]) -> sqlite.Insert | postgresql.Insert:
    """Begin an INSERT that may say what happens where a row is there already."""
    make = sqlite.insert if db.get_bind().dialect.name == "sqlite" else postgresql.insert
    return make(table)


def by_bytes(db: AsyncSession, text: SQLColumnExpression[Any]) -> SQLColumnExpression[Any]:
    """Sort a text as Python does; PostgreSQL alone sorts by its server's language."""
    return text if db.get_bind().dialect.name == "sqlite" else collate(text, "C")

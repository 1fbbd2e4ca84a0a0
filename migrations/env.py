"""How alembic reaches the database: the address comes from the caller, never from a file."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy import Index, Table
from sqlalchemy.sql.schema import SchemaItem

from models import Base
from models.base import Instant
from models.bilingual import BilingualText
from services.runtime import schema

OTHERS = ("procrastinate_", "message_pairs", "ix_messages_pairs")
"""How things begin that are Procrastinate's, or that alembic cannot compare: search's index."""


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own types as what they are underneath: history must not import today's models."""
    del autogen
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, BilingualText):
        return "sa.JSON(none_as_null=True)"
    return False


def is_ours(
    item: SchemaItem,
    name: str | None,
    kind: str,
    _reflected: bool,  # noqa: FBT001 - alembic calls it so
    _twin: SchemaItem | None,
) -> bool:
    """Leave out what others keep in tables, and what of ours this kind of database lacks."""
    if not isinstance(item, Table | Index):
        return True
    here = context.get_context().dialect.name
    others = kind in {"table", "index"} and str(name).startswith(OTHERS)
    return not others and item.info.get("only_on", here) == here


def run() -> None:
    """Migrate in one transaction, over one connection of its own."""
    engine = schema.engine_for_migrations(context.config.attributes["url"])
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_item=render_item,
                include_object=is_ours,
                render_as_batch=connection.dialect.name == "sqlite",
                compare_server_default=True,
                transactional_ddl=True,
            )
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


run()

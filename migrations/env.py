"""How alembic reaches the database: the address comes from the caller, never from a file."""

from typing import Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext

from models import Base
from models.base import Instant
from models.bilingual import BilingualText
from services.runtime import schema


def render_item(kind: str, item: object, autogen: AutogenContext) -> str | Literal[False]:
    """Write our own types as what they are underneath: history must not import today's models."""
    del autogen
    if kind == "type" and isinstance(item, Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(item, BilingualText):
        return "sa.JSON(none_as_null=True)"
    return False


def run() -> None:
    """Migrate in one transaction, over one connection of its own."""
    engine = schema.engine_for_migrations(context.config.attributes["url"])
    try:
        with engine.connect() as connection:
            context.configure(
                connection=connection,
                target_metadata=Base.metadata,
                render_item=render_item,
                render_as_batch=connection.dialect.name == "sqlite",
                compare_server_default=True,
                transactional_ddl=True,
            )
            with context.begin_transaction():
                context.run_migrations()
    finally:
        engine.dispose()


run()

"""The database's shape: which migration it has, and bringing it to the newest."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, create_engine, event, inspect
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError
from sqlalchemy.pool import ConnectionPoolEntry, NullPool

import migrations
from services.errors import CannotStart
from services.runtime.database import DatabaseUnusable, driver_url, sqlite_file


class SchemaTooNew(CannotStart):
    """The database was written by a newer version of this service."""

    code = "schema_too_new"


class SchemaTooOld(CannotStart):
    """The database has not been migrated yet."""

    code = "schema_too_old"


def upgrade(url: str, revision: str = "head") -> None:
    """Bring the database to a revision, newest by default. Safe to repeat; all or nothing.

    Raises:
        SchemaTooNew, DatabaseUnusable
    """
    _known(url)
    try:
        command.upgrade(config(url), revision)
    except (DatabaseError, OSError) as error:
        raise DatabaseUnusable(reason=_first_line(error)) from error


def downgrade(url: str, revision: str) -> None:
    """Take the database back to a revision."""
    _known(url)
    command.downgrade(config(url), revision)


def require_current(url: str) -> None:
    """Make sure that the database has exactly this version's shape.

    Raises:
        SchemaTooNew, SchemaTooOld, DatabaseUnusable
    """
    if _known(url) != head():
        raise SchemaTooOld


def require_known(revision: str | None) -> None:
    """Make sure that a revision is one of this version's, or of an older one's.

    Raises:
        SchemaTooNew
    """
    known = {script.revision for script in ScriptDirectory.from_config(config("")).walk_revisions()}
    if revision is not None and revision not in known:
        raise SchemaTooNew(revision=revision)


def is_empty(url: str) -> bool:
    """Tell whether nothing has been made in the database yet."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        return True
    engine = engine_for_migrations(url)
    try:
        return not inspect(engine).get_table_names()
    except DatabaseError as error:
        raise DatabaseUnusable(reason=_first_line(error)) from error
    finally:
        engine.dispose()


def current(url: str) -> str | None:
    """Give the database's revision; None before the first migration."""
    engine = engine_for_migrations(url)
    try:
        with engine.connect() as connection:
            return MigrationContext.configure(connection).get_current_revision()
    except DatabaseError as error:
        raise DatabaseUnusable(reason=_first_line(error)) from error
    finally:
        engine.dispose()


def head() -> str | None:
    """Give the newest revision this version knows."""
    return ScriptDirectory.from_config(config("")).get_current_head()


def config(url: str) -> Config:
    """Give alembic's settings for a database: no ini file, so a wheel works too."""
    settings = Config()
    settings.set_main_option("script_location", str(Path(migrations.__file__).parent))
    settings.attributes["url"] = url
    return settings


def engine_for_migrations(url: str) -> Engine:
    """Give a plain engine; on SQLite with transactional DDL, which the driver alone breaks."""
    file = sqlite_file(url)
    if file is None:
        return create_engine(driver_url(url), poolclass=NullPool)
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DatabaseUnusable(reason=str(error)) from error
    engine = create_engine(url, poolclass=NullPool, connect_args={"isolation_level": None})

    @event.listens_for(engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        for pragma in ("journal_mode=WAL", "synchronous=FULL"):
            connection.cursor().execute(f"PRAGMA {pragma}")

    event.listen(
        engine,
        "begin",
        lambda connection: connection.exec_driver_sql("BEGIN IMMEDIATE"),
    )
    return engine


def _known(url: str) -> str | None:
    revision = current(url)
    require_known(revision)
    return revision


def _first_line(error: Exception) -> str:
    cause = error.orig if isinstance(error, DatabaseError) and error.orig else error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]

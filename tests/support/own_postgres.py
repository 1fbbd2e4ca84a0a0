"""A PostgreSQL of one test's own, to be stopped without mercy and started again."""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psycopg

from services.runtime.database import server_url
from tests.support import keeper, postgres


@dataclass
class Cluster:
    """A server that keeps its data over restarts."""

    folder: Path
    binaries: Path
    process: subprocess.Popen[bytes]

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://postgres@/postgres?host={self.folder}&port=5432"

    def restart_at_once(self) -> None:
        """Do what `pg_ctl restart -m immediate` does: no checkpoint, recovery at the start."""
        keeper.stop(self.process)
        self.process = _started(self.folder, self.binaries)

    @contextmanager
    def answering_nobody(self) -> Iterator[None]:
        """Drop who is connected, and leave whoever connects without an answer, for the block."""
        with psycopg.connect(server_url(self.url)) as db:
            asked = "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend'"
            connected = [pid for (pid,) in db.execute(asked)]
        self.process.send_signal(signal.SIGSTOP)
        for pid in connected:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        try:
            yield
        finally:
            self.process.send_signal(signal.SIGCONT)


@contextmanager
def running() -> Iterator[Cluster]:
    """Run a cluster until the end of the block."""
    found = postgres.installed()
    if not found:
        message = "no PostgreSQL is installed"
        raise postgres.ServiceMissing(message)
    folder = Path(tempfile.mkdtemp(prefix="asi-own-postgres-", dir=keeper.TEMPORARY))
    try:
        binaries = found[0]
        if os.geteuid() == 0:
            binaries = keeper.give_away(folder, binaries)
        keeper.initialise(folder, binaries)
        cluster = Cluster(folder, binaries, _started(folder, binaries))
        try:
            yield cluster
        finally:
            keeper.stop(cluster.process)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _started(folder: Path, binaries: Path) -> subprocess.Popen[bytes]:
    # As it is in production: what was committed is on the disk.
    options = [
        option
        for option in keeper.server_options(folder)
        if not option.startswith(("--fsync", "--full_page_writes"))
    ]
    (folder / "data/postmaster.pid").unlink(missing_ok=True)
    process = keeper.spawn(folder, binaries / "postgres", *options)
    keeper.await_ready(process, folder)
    return process

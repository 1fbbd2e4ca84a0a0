"""Servers as processes: started on one core, waited for, stopped cleanly."""

import os
import socket
import subprocess
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path

from bench import machine
from bench.failures import Unmeasurable

READY_SECONDS = 30
STOP_SECONDS = 15
POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Server:
    """A running server."""

    name: str
    port: int
    process: subprocess.Popen[bytes]
    companions: Callable[[], list[int]] = list
    """Gives the ids of other processes that work for it: those of its database."""

    waiting: Callable[[], int] = int
    """Tells how much work it has put off, which it may not look busy with."""

    @property
    def answering(self) -> int:
        """The id of the process that answers, or the largest of those: a worker, or itself."""
        answering = machine.children(self.process.pid) or [self.process.pid]
        return max(answering, key=machine.resident_mib)

    def cpu_seconds(self) -> float:
        """Give the CPU seconds that it has used, with all that work for it."""
        pid = self.process.pid
        working = [pid, *machine.children(pid), *self.companions()]
        return sum(machine.cpu_seconds(process) for process in working)


@contextmanager
def running(
    name: str, command: list[str], *, port: int, folder: Path, core: int, given: Mapping[str, str]
) -> Iterator[Server]:
    """Run a server until the block ends, its log in the folder; it is ready when this yields.

    Raises:
        Unmeasurable: it does not listen in time, or ended before it was told to.
    """
    log = folder / "log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["taskset", "-c", str(core), *command],  # noqa: S607 - of Debian's essential util-linux
            cwd=folder,
            env=without_settings() | dict(given),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    ready = False
    try:
        _await_ready(process, port)
        ready = True
        yield Server(name, port, process)
    except (Unmeasurable, OSError, HTTPException) as reason:
        if ready and process.poll() is None:
            raise  # it is another server that has failed
        message = f"{name} {reason}\n{log.read_text(encoding='utf-8', errors='replace')}"
        raise Unmeasurable(message) from reason
    finally:
        _stop(process)


def without_settings() -> dict[str, str]:
    """Give the environment without settings of the service, which would change what is measured."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ASI_")}


def free_port() -> int:
    """Give a port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _await_ready(process: subprocess.Popen[bytes], port: int) -> None:
    for _ in range(round(READY_SECONDS / POLL_SECONDS)):
        if _listens(port):
            return
        # Waiting for the end is the pause, and notices the end.
        with suppress(subprocess.TimeoutExpired):
            code = process.wait(POLL_SECONDS)
            message = f"ended with code {code}"
            raise Unmeasurable(message)
    message = f"is not ready after {READY_SECONDS} s"
    raise Unmeasurable(message)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()

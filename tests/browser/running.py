"""The service as people run it: a process of its own, told by its command line and stopped."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event

import httpx2

from services.runtime.clock import OffsetClock
from services.runtime.settings import PREFIX

ROOT = Path(__file__).parents[2]
INSIDE_THE_ROUND = "2026-03-02T09:00+08:00"
COMMAND = [sys.executable, "-c", "from api.cli import main; main()"]
READY_SECONDS = 30
STOP_SECONDS = 15
POLL_SECONDS = 0.05

_never = Event()


class NotInTimeError(AssertionError):
    """Something that was waited for did not come."""


@dataclass
class Service:
    """A running service."""

    url: str
    folder: Path
    process: subprocess.Popen[bytes]

    def command(self, *arguments: str) -> str:
        """Run one `asi` command beside the service; give what it printed."""
        done = subprocess.run(  # noqa: S603 - this interpreter, our own words
            [*COMMAND, *arguments],
            env=_environment(self.url, self.folder),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
            timeout=READY_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def set_clock(self, instant: str) -> None:
        """Move the service's clock, as `asi demo clock` does but without starting a program."""
        clock = OffsetClock(self.folder / "clock.json", start=None)
        clock.move(datetime.fromisoformat(instant))

    def mirror(self, file: Path, document: str) -> str:
        """Put a file in behind a document; give its path."""
        address = self.command("documents", "mirror", str(file), "--document", document)
        return address.strip().removeprefix(self.url)

    def answers(self, path: str) -> bool:
        """Tell whether a path can be had."""
        try:
            return httpx2.get(self.url + path, timeout=READY_SECONDS).is_success
        except httpx2.TransportError:
            return False

    def stop(self) -> int:
        """Stop it as a container's host would; give its exit code."""
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(STOP_SECONDS)
        finally:
            self.process.kill()


@contextmanager
def served(folder: Path) -> Iterator[Service]:
    """Serve the real content from a folder, inside the round, until the block ends."""
    port = _free_port()
    url = f"http://127.0.0.1:{port}"
    with (folder / "service.log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - this interpreter, our own words
            [*COMMAND, "serve", "--port", str(port)],
            env=_environment(url, folder),
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    service = Service(url, folder, process)
    try:
        eventually(lambda: process.poll() is not None or service.answers("/readyz"), READY_SECONDS)
        assert process.poll() is None, (folder / "service.log").read_text(encoding="utf-8")
        yield service
        code = service.stop()
        assert code == 0, f"exit code {code} after SIGTERM"
    finally:
        process.kill()
        process.wait()


def eventually(holds: Callable[[], bool], seconds: float) -> None:
    """Ask again and again until the answer is true.

    Raises: NotInTimeError when it stays false.
    """
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if holds():
            return
        _never.wait(POLL_SECONDS)
    message = f"not within {seconds} s"
    raise NotInTimeError(message)


def _environment(url: str, folder: Path) -> dict[str, str]:
    """Nothing of a developer's own settings; the working directory has no .env either."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
    return inherited | {
        "PYTHONPATH": str(ROOT),
        "ASI_DATA_DIR": str(folder),
        "ASI_CONTENT": str(ROOT / "content" / "2026-first"),
        "ASI_PUBLIC_URL": url,
        "ASI_SECRET_KEY": "a-key-that-protects-nothing-but-tests",
        "ASI_CLOCK_START": INSIDE_THE_ROUND,
    }


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])

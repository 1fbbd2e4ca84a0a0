"""The real service as a process of its own."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event

import httpx2

ROOT = Path(__file__).parents[2]
ASI = Path(sys.executable).parent / "asi"
START_SECONDS = 30
STOP_SECONDS = 15


@dataclass
class Service:
    """A running `asi` process."""

    process: subprocess.Popen[bytes]
    url: str
    log: Path

    @property
    def megabytes(self) -> float:
        """Tell what the process holds in memory."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="utf-8")
        [kilobytes] = re.findall(r"VmRSS:\s+(\d+) kB", status)
        return int(kilobytes) / 1024

    def stop(self, number: int = signal.SIGTERM) -> int:
        """Send a signal and give the exit code."""
        self.process.send_signal(number)
        return self.process.wait(timeout=STOP_SECONDS)


def free_port() -> int:
    """Give a port that nothing listens on."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


def falls_silent(port: int) -> bool:
    """Wait until nothing listens on a port any more; tell whether that happened in time."""
    pause = Event()
    for _ in range(STOP_SECONDS * 20):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)):
                return True
        pause.wait(0.05)
    return False


@contextmanager
def running(*arguments: str, data_dir: Path, port: int | None = None) -> Iterator[Service]:
    """Run `asi ARGUMENTS --port PORT` and wait until it is ready; kill it at the end if need be."""
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    environment = os.environ | {
        "ASI_DATA_DIR": str(data_dir),
        "ASI_PUBLIC_URL": url,
        "ASI_CLOCK_START": "2026-03-02T09:00+08:00",
        "PYTHONUNBUFFERED": "1",
    }
    log = data_dir.parent / f"{data_dir.name}-{port}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [str(ASI), *arguments, "--port", str(port)],
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        try:
            _wait_until_ready(process, url, log)
            yield Service(process, url, log)
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _wait_until_ready(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    pause = Event()
    for _ in range(START_SECONDS * 20):
        if process.poll() is not None:
            break
        try:
            if httpx2.get(f"{url}/readyz", timeout=1).is_success:
                return
        except httpx2.HTTPError:
            pause.wait(0.05)
    message = f"The service did not start:\n{log.read_text(encoding='utf-8', errors='replace')}"
    raise RuntimeError(message)

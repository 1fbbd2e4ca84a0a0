"""The demo's WeChat: accounts made up on this machine, and the simulator that stands in for it."""

import asyncio
import hashlib
import hmac
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2

from api.cli import menu, serve, simulate
from services.errors import CannotStart
from services.runtime import settings
from services.runtime.settings import Settings

START_SECONDS = 20
STOP_SECONDS = 5
LOOK_SECONDS = 0.05

PORTS = 2
"""The simulator listens on two: its own, and the one its phone shows our pages through."""


class SimulatorFailed(CannotStart):
    """The simulator ended, or does not answer."""

    code = "simulator_failed"


def accounts(secret: str) -> dict[str, Any]:
    """Make up both accounts from the demo's secret: the same at every start, and nobody's."""
    lengths = {"appid": 16, "secret": 32, "token": 32, "aes_key": 43}
    made: dict[str, Any] = {}
    for prefix in settings.PREFIXES.values():
        for name, length in lengths.items():
            about = f"demo {prefix} {name}".encode()
            made[f"{prefix}_{name}"] = _derived(secret, about)[:length]
        made[f"{prefix}_appid"] = "wx" + made[f"{prefix}_appid"]
    return made


@contextmanager
def simulated(chosen: Settings, *, host: str, port: int) -> Iterator[None]:
    """Run the simulator on a port and the next one, for as long as the block lasts.

    Raises:
        PortTaken, SimulatorFailed
    """
    for number in range(port, port + PORTS):
        _require_free(host, number)
    words = simulate.command(["--host", host, "--port", str(port), "--with-parent"])
    process = subprocess.Popen(  # noqa: S603 - this interpreter, our own words
        words,
        env=simulate.environment(chosen),
        # Nothing is written: it closes even when this process is killed, and so ends the other.
        stdin=subprocess.PIPE,
        # Ctrl-C is for the service, which then stops its simulator.
        start_new_session=True,
    )
    try:
        _wait_until_ready(process, chosen.wechat_api_url)
        yield
    finally:
        process.terminate()
        try:
            process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def put_menu(chosen: Settings) -> None:
    """Put the content pack's menu in force at the simulator, as `asi menu push` would."""
    asyncio.run(menu.push_with(chosen))


def _derived(secret: str, about: bytes) -> str:
    return hmac.new(secret.encode(), about, hashlib.sha256).hexdigest()


def _require_free(host: str, port: int) -> None:
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        raise serve.PortTaken(port=port, other=port + PORTS + 1) from error


def _wait_until_ready(process: subprocess.Popen[bytes], url: str) -> None:
    pause = threading.Event()
    for _ in range(round(START_SECONDS / LOOK_SECONDS)):
        if process.poll() is not None:
            break
        try:
            if httpx2.get(f"{url}/simulator/users", timeout=1).is_success:
                return
        except httpx2.HTTPError:
            pause.wait(LOOK_SECONDS)
    raise SimulatorFailed(address=url)

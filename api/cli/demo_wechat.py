"""The demo's WeChat: accounts made up on this machine, and the simulator that stands in for it."""

import asyncio
import hashlib
import hmac
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from api.cli import menu, serve, simulate
from models.vocabulary import NoticeKind
from services.errors import CannotStart
from services.notices import templates as notice_templates
from services.notices.templates import Word
from services.runtime import settings
from services.runtime.settings import Settings

START_SECONDS = 20
STOP_SECONDS = 5
LOOK_SECONDS = 0.05

LINES = {
    NoticeKind.REMINDER_DAY: "会议前一天提醒",
    NoticeKind.REMINDER_SOON: "会议即将开始提醒",
    NoticeKind.SEAT_PROMOTED: "候补成功通知",
}
"""The notices that go as subscribe messages, and what their templates are called."""

VALUES = {"thing1": Word.TITLE, "time2": Word.STARTS_AT, "thing3": Word.HINT}
CONTENT = "会议主题:{{thing1.DATA}}\n会议时间:{{time2.DATA}}\n温馨提示:{{thing3.DATA}}"

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
        if process.stdin:
            process.stdin.close()


def templates(secret: str, folder: Path) -> Path:
    """Write down by which made-up templates the demo sends its notices; give the file."""
    lines = []
    for kind in LINES:
        template_id = _derived(secret, f"demo template {kind.value}".encode())[:43]
        lines += [f"[{kind.value}]", f'template_id = "{template_id}"', f"[{kind.value}.values]"]
        lines += [f'{key} = "{word.value}"' for key, word in VALUES.items()]
    file = folder / "notice-templates.toml"
    file.write_text("\n".join([*lines, ""]), encoding="utf-8")
    return file


def put_templates(chosen: Settings) -> None:
    """Let the simulator's mini-program have those templates, as its owner would in the console."""
    made = [
        {"template_id": template.template_id, "title": LINES[kind], "content": CONTENT}
        for kind, template in notice_templates.read(chosen.notice_templates).items()
    ]
    body = {"account": "mini-program", "templates": made}
    answer = httpx2.post(f"{chosen.wechat_api_url}/simulator/account", json=body, timeout=5)
    answer.raise_for_status()


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

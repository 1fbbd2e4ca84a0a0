"""The demo from end to end: register by phone, let the clock go on, be reminded."""

import subprocess
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Any
from uuid import uuid4

import httpx2

from tests.support import ports
from tests.support.processes import ASI, ROOT, running
from tests.support.simulator import Json, Simulator, User

WAIT_SECONDS = 40
"""On a busy machine; a sweep comes every 5 s."""


@dataclass
class MiniProgram:
    """What the mini-program on somebody's phone does."""

    url: str
    phone: Simulator
    user: User
    token: str = "none yet"

    def log_in(self) -> None:
        code = self.phone.act(self.user.openid_mp, "login-code")["code"]
        self.token = self._post("/v1/login", code=code)["token"]

    def register(self) -> Json:
        words = {"name": "王芳", "organisation": "某某铝业有限公司", "phone": "13800138000"}
        return self._post("/v1/webinars/china/registrations", **words)

    def allow_reminders(self) -> None:
        """Answer wx.requestSubscribeMessage with a yes to all; WeChat tells the service."""
        offered = httpx2.get(f"{self.url}/v1/me/subscriptions", headers=self._headers).json()
        wanted = {item["template_id"]: "accept" for item in offered["items"]}
        self.phone.act(self.user.openid_mp, "subscribe", template_ids=wanted)

    def reminders(self) -> list[Json]:
        """Give the service messages on the phone."""
        inbox = self.phone.inbox(self.user.openid_mp)
        return [entry["content"] for entry in inbox if entry["kind"] == "subscribe"]

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Idempotency-Key": uuid4().hex}

    def _post(self, path: str, **body: Any) -> Json:
        answer = httpx2.post(self.url + path, json=body, headers=self._headers)
        assert answer.is_success, answer.text
        made: Json = answer.json()
        return made


def test_the_phone_that_registered_is_reminded_once_the_demos_clock_has_moved(
    tmp_path: Path,
) -> None:
    folder, port = tmp_path / "data", ports.free_in_a_row(3)
    with (
        ExitStack() as stack,
        running("demo", "--data-dir", str(folder), data_dir=folder, port=port) as service,
    ):
        phone = Simulator(f"http://127.0.0.1:{port + 1}")
        stack.callback(phone.http.close)
        visitor = MiniProgram(service.url, phone, phone.user())
        visitor.log_in()
        seat = visitor.register()
        visitor.allow_reminders()
        before = visitor.reminders()

        _demo_clock(folder, "2026-03-09T15:30+08:00")
        reminded = _awaited(visitor)
        assert service.stop() == 0

    assert (seat["state"], before) == ("confirmed", [])
    (reminder,) = reminded
    assert reminder["title"] == "会议即将开始提醒"
    assert {"label": "会议时间", "value": "2026年3月9日 16:00"} in reminder["lines"]


def _demo_clock(folder: Path, instant: str) -> None:
    words = [str(ASI), "demo", "clock", "--data-dir", str(folder), instant]
    subprocess.run(words, cwd=ROOT, check=True, capture_output=True)


def _awaited(visitor: MiniProgram) -> list[Json]:
    pause = Event()
    for _ in range(WAIT_SECONDS * 4):
        if found := visitor.reminders():
            return found
        pause.wait(0.25)
    return []

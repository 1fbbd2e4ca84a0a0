"""The simulator as a process of its own, and the hand that turns its knobs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from threading import Event, Thread
from typing import Any

import httpx2

from tests.support.processes import ROOT, START_SECONDS, STOP_SECONDS, free_port
from wechat_simulator import settings as simulator_settings
from wechat_simulator.app import create_app
from wechat_simulator.server import server

OA_APPID = "wxba5fad812f8e6fb9"
OA_SECRET = "official-account-secret-for-tests-only"
OA_TOKEN = "official-account-token"
OA_AES_KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
MP_APPID = "wx1234567890abcdef"
MP_SECRET = "mini-program-secret-for-tests-only"
MP_TOKEN = "mini-program-token"
MP_AES_KEY = "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"
ENVIRONMENT = {
    "ASI_OA_APPID": OA_APPID,
    "ASI_OA_SECRET": OA_SECRET,
    "ASI_OA_TOKEN": OA_TOKEN,
    "ASI_OA_AES_KEY": OA_AES_KEY,
    "ASI_OA_MODE": "safe",
    "ASI_MP_APPID": MP_APPID,
    "ASI_MP_SECRET": MP_SECRET,
    "ASI_MP_TOKEN": MP_TOKEN,
    "ASI_MP_AES_KEY": MP_AES_KEY,
    "ASI_MP_MODE": "safe",
}
"""Both accounts; the service under test is given the same."""

CREDENTIALS = {
    "official-account": (OA_APPID, OA_SECRET),
    "mini-program": (MP_APPID, MP_SECRET),
}
Json = dict[str, Any]


@dataclass(frozen=True)
class User:
    """A person with a phone."""

    nickname: str
    openid_oa: str
    openid_mp: str
    unionid: str


class Simulator:
    """A running simulator, seen from the control side."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx2.Client(base_url=url, timeout=30, trust_env=False)

    def user(self, nickname: str | None = None) -> User:
        """Let a new person buy a phone."""
        return User(**self.post("/simulator/users", **({"nickname": nickname} if nickname else {})))

    def follow(self, openid: str, **more: Any) -> Json:
        """Follow the official account; gives what happened to the push."""
        return self.act(openid, "follow", **more)

    def unfollow(self, openid: str, **more: Any) -> Json:
        return self.act(openid, "unfollow", **more)

    def send(self, openid: str, text: str, **more: Any) -> Json:
        """Write a text message; gives what happened to the push."""
        return self.act(openid, "messages", text=text, **more)

    def scan(self, openid: str, scene: str, **more: Any) -> Json:
        return self.act(openid, "scan", scene=scene, **more)

    def menu(self, openid: str, key: str, **more: Any) -> Json:
        return self.act(openid, "menu", key=key, **more)

    def act(self, openid: str, action: str, /, **body: Any) -> Json:
        """Do anything a phone can do."""
        return self.post(f"/simulator/users/{openid}/{action}", **body)

    def inbox(self, openid: str, *, after: int = 0, wait: float = 0) -> list[Json]:
        """Give all that the person received after this number, newest last."""
        answer = self.http.get(
            f"/simulator/users/{openid}/inbox", params={"after": after, "wait": wait}
        )
        found: list[Json] = answer.raise_for_status().json()["items"]
        return found

    def fault(self, **script: Any) -> None:
        """Script a fault of calls (`path=`) or of pushes (`push=`)."""
        self.post("/simulator/faults", **script)

    def no_faults(self) -> None:
        self.http.delete("/simulator/faults").raise_for_status()

    def clock(self, at: datetime | None) -> None:
        """Set the simulated clock; it runs on from there."""
        self.post("/simulator/clock", at=None if at is None else at.isoformat())

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self.post("/simulator/clock", advance=seconds)

    def account(self, kind: str = "official-account", **knobs: Any) -> Json:
        """Change what the console says of an account."""
        return self.post("/simulator/account", account=kind, **knobs)

    def calls(self, path: str | None = None) -> list[Json]:
        """Give the API calls seen so far, without secrets."""
        params = {} if path is None else {"path": path}
        found: list[Json] = self.http.get("/simulator/calls", params=params).json()["calls"]
        return found

    def reset(self) -> None:
        self.post("/simulator/reset")

    def token(self, kind: str = "official-account", **more: Any) -> str:
        """Fetch a stable token of an account."""
        appid, secret = CREDENTIALS[kind]
        body = {"grant_type": "client_credential", "appid": appid, "secret": secret} | more
        return str(self.post("/cgi-bin/stable_token", **body)["access_token"])

    def call(self, path: str, token: str, /, *, get: bool = False, **body: Any) -> Json:
        """Call an endpoint: POST with a JSON body, or GET with a query."""
        if get:
            answer = self.http.get(path, params={"access_token": token} | body)
        else:
            answer = self.http.post(path, params={"access_token": token}, json=body)
        assert answer.status_code == 200
        done: Json = answer.json()
        return done

    def post(self, path: str, /, **body: Any) -> Json:
        answer = self.http.post(path, json=body)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text}"
        done: Json = answer.json()
        return done


@contextmanager
def running(
    tmp_path: Path,
    *arguments: str,
    port: int | None = None,
    default_port: bool = False,
    **environment: str,
) -> Iterator[Simulator]:
    """Run the simulator on a free port until the end of the block.

    The environment's variables are given by name, such as ASI_PUBLIC_URL. With `default_port` the
    program chooses its port by itself, which has to be the one given.
    """
    port = port or free_port()
    url = f"http://127.0.0.1:{port}"
    listen = () if default_port else ("--port", str(port))
    log = tmp_path / f"simulator-{port}.log"
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "wechat_simulator", *listen, *arguments],
            cwd=ROOT,
            env=os.environ | ENVIRONMENT | environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
        simulator = Simulator(url)
        try:
            _wait_until_ready(simulator, lambda: process.poll() is None, log)
            yield simulator
        finally:
            simulator.http.close()
            process.terminate()
            process.wait(timeout=STOP_SECONDS)


@contextmanager
def in_thread(
    *, state_file: Path | None = None, accepts_any_code: bool = False, **environment: str
) -> Iterator[Simulator]:
    """Run the simulator in a thread of this process, over real HTTP all the same."""
    port = free_port()
    settings = simulator_settings.read(
        ENVIRONMENT | environment, state_file=state_file, accepts_any_code=accepts_any_code
    )
    started = server(create_app(settings), host="127.0.0.1", port=port)
    thread = Thread(target=started.run, daemon=True)
    thread.start()
    simulator = Simulator(f"http://127.0.0.1:{port}")
    try:
        _wait_until_ready(simulator, thread.is_alive)
        yield simulator
    finally:
        simulator.http.close()
        started.should_exit = True
        thread.join(timeout=STOP_SECONDS)


def _wait_until_ready(
    simulator: Simulator, is_alive: Callable[[], bool], log: Path | None = None
) -> None:
    pause = Event()
    for _ in range(START_SECONDS * 20):
        if not is_alive():
            break
        try:
            if simulator.http.get("/simulator").is_success:
                return
        except httpx2.HTTPError:
            pause.wait(0.05)
    told = log.read_text(encoding="utf-8", errors="replace") if log else ""
    message = f"The simulator did not start:\n{told}"
    raise RuntimeError(message)

"""Pushes and trouble: what was acknowledged is there, once, whatever happens to the process."""

import math
import os
import re
import signal
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from pathlib import Path
from random import Random
from threading import Event

import pytest

from models.vocabulary import Account
from tests.support.deliveries import Senders, writing
from tests.support.processes import START_SECONDS, Service, free_port, running
from tests.support.simulator import ENVIRONMENT, Simulator, in_thread

pytestmark = pytest.mark.alone

LONG = bool(os.environ.get("ASI_LONG"))
CYCLES = 25 if LONG else 4
CLIENTS = 8
READY_SECONDS = 2.0 if LONG else START_SECONDS
"""From the start of the process to its first good answer; the bar is meant for a quiet machine."""

STOP_SECONDS = 10.0
ANSWER_SECONDS = 1.0
"""At the 99th percentile, with WeChat's API hanging."""

PUSHES = 200
SILENT = "http://127.0.0.1:9"
HOURS = 3600.0


@pytest.fixture(autouse=True)
def _accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure both accounts; WeChat's API is out of reach."""
    for name, value in (ENVIRONMENT | {"ASI_WECHAT_API_URL": SILENT}).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def data_dir(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.timeout(900 if LONG else 300)
def test_kill_9_loses_no_acknowledged_push_and_doubles_none(
    data_dir: Path, record_property: Callable[[str, object], None]
) -> None:
    port, chance = free_port(), Random(20_260_302)  # noqa: S311 - it hides nothing
    ready, cut_off = [], 0
    with writing(f"http://127.0.0.1:{port}", clients=CLIENTS) as senders:
        for _ in range(CYCLES):
            started = time.perf_counter()
            with running("serve", data_dir=data_dir, port=port) as service:
                ready.append(time.perf_counter() - started)
                senders.wait_for(chance.randrange(40, 160))
                service.stop(signal.SIGKILL)
            cut_off += _count(data_dir, "SELECT count(*) FROM pushes WHERE derived_at IS NULL")
            assert _rows(data_dir, "PRAGMA integrity_check") == [("ok",)]

    _assert_each_stored_once(data_dir, senders)
    assert senders.repeated > 0
    # The first start makes the database and loads the content.
    record_property("restart_seconds", ready[1:])
    assert max(ready[1:]) <= READY_SECONDS, ready
    assert cut_off > 0
    with running("serve", data_dir=data_dir):
        _wait_until_derived(data_dir)
    _assert_each_derived_once(data_dir)


@pytest.mark.timeout(300)
def test_a_clean_stop_loses_no_push_on_its_way(data_dir: Path) -> None:
    port = free_port()
    with writing(f"http://127.0.0.1:{port}", clients=CLIENTS) as senders:
        with running("serve", data_dir=data_dir, port=port) as service:
            senders.wait_for(100)
            started = time.perf_counter()
            code = service.stop(signal.SIGTERM)
            stopped = time.perf_counter() - started
        assert "Traceback" not in _log(service)

    assert code == 0
    assert stopped <= STOP_SECONDS
    _assert_each_stored_once(data_dir, senders)


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A WeChat whose API takes every call and answers none."""
    with in_thread(ASI_PUBLIC_URL=SILENT) as simulator:
        simulator.fault(path="*", count=None, timeout=HOURS)
        monkeypatch.setenv("ASI_WECHAT_API_URL", simulator.url)
        yield simulator
        simulator.no_faults()


@pytest.mark.timeout(300)
def test_pushes_are_answered_while_wechats_api_hangs(data_dir: Path, hanging: Simulator) -> None:
    with running("serve", data_dir=data_dir) as service:
        # The mini-program's answers are sent by calls, which hang from now on.
        with writing(service.url, clients=1, account=Account.MINI_PROGRAM) as mini:
            mini.wait_for(10)
            _wait_until(lambda: bool(hanging.calls("/cgi-bin/stable_token")))
            with writing(service.url, clients=CLIENTS) as official:
                official.wait_for(PUSHES)
        underway = _count(data_dir, "SELECT count(*) FROM deliveries WHERE state = 'sending'")
        queued = _count(data_dir, "SELECT count(*) FROM deliveries")
        assert service.stop() == 0

    assert _percentile(official.seconds, 0.99) <= ANSWER_SECONDS
    assert _percentile(mini.seconds, 0.99) <= ANSWER_SECONDS
    assert official.strange + mini.strange == []
    assert official.repeated == 0
    assert (underway > 0, queued > 0) == (True, True)
    assert hanging.calls("/cgi-bin/message/custom/send") == []


def _assert_each_stored_once(data_dir: Path, senders: Senders) -> None:
    bodies = [str(body) for (body,) in _rows(data_dir, "SELECT body FROM pushes")]
    stored = Counter(int(number) for body in bodies for number in re.findall(_MESSAGE_ID, body))
    assert senders.strange == []
    assert len(senders.acknowledged) == len(set(senders.acknowledged))
    assert set(senders.acknowledged) - stored.keys() == set()
    assert {number: times for number, times in stored.items() if times != 1} == {}


def _assert_each_derived_once(data_dir: Path) -> None:
    """Each push is one message of its visitor, and one of ours where it was answered."""
    stored = _count(data_dir, "SELECT count(*) FROM pushes")
    answered = _count(data_dir, "SELECT count(*) FROM pushes WHERE reply IS NOT NULL")
    said = Counter(str(author) for (author,) in _rows(data_dir, "SELECT author FROM messages"))
    unread = _count(data_dir, "SELECT sum(unread) FROM conversations")
    assert said == {"visitor": stored, "automatic": answered}
    assert unread == stored
    assert _count(data_dir, "SELECT count(*) FROM conversations") == CLIENTS


def _wait_until_derived(data_dir: Path) -> None:
    _wait_until(
        lambda: not _count(data_dir, "SELECT count(*) FROM pushes WHERE derived_at IS NULL")
    )


def _wait_until(happened: Callable[[], bool]) -> None:
    pause = Event()
    for _ in range(6000):
        if happened():
            return
        pause.wait(0.01)
    pytest.fail("It does not happen.")


def _rows(data_dir: Path, statement: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(data_dir / "asi.db")) as database:
        return database.execute(statement).fetchall()


def _count(data_dir: Path, statement: str) -> int:
    ((number,),) = _rows(data_dir, statement)
    assert isinstance(number, int)
    return number


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[math.ceil(len(values) * part) - 1]


def _log(service: Service) -> str:
    return service.log.read_text(encoding="utf-8")


_MESSAGE_ID = r"<MsgId>(\d+)</MsgId>"

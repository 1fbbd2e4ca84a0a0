"""`asi jobs` and `asi worker`."""

import json
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from threading import Event, Thread

import anyio
import psycopg
import pytest
from sqlalchemy import make_url

from api import cli
from services import jobs
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND
from tests.support.clocks import SetClock

KIND = "hopeless"
LONG_SECONDS = 20


@pytest.fixture
def installed(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    return database_url


@pytest.fixture
def dead_and_waiting(installed: str) -> None:
    """One job that was given up, and one that waits for tomorrow."""

    async def hopeless(_run: jobs.Run) -> None:
        reason = "blocked"
        raise jobs.GiveUp(reason)

    async def prepare() -> None:
        database = Database(installed)
        registry = jobs.Registry([jobs.Kind(name=KIND, run=hopeless)])
        async with database.transaction() as db:
            await jobs.enqueue(db, KIND, push_id=7)
            tomorrow = INSIDE_THE_ROUND + timedelta(days=1)
            await jobs.enqueue(db, KIND, key="k", run_at=tomorrow)
        await jobs.runner(database, registry, clock=SetClock(INSIDE_THE_ROUND)).run_due()
        await database.close()

    anyio.run(prepare)


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(("jobs", *arguments))
    return ended.value.code if isinstance(ended.value.code, int) else 0


@pytest.mark.usefixtures("dead_and_waiting")
def test_jobs_are_listed_retried_and_cancelled(capsys: pytest.CaptureFixture[str]) -> None:
    dead, waiting = _listed(capsys)
    assert _run("retry", str(dead["id"])) == 0
    assert _run("cancel", str(waiting["id"])) == 0
    [left] = _listed(capsys)
    refused = _run("retry", str(left["id"]))

    assert (dead["state"], dead["error"], dead["payload"]) == ("dead", "blocked", {"push_id": 7})
    assert (waiting["state"], waiting["key"]) == ("waiting", "k")
    assert (left["id"], left["state"]) == (dead["id"], "waiting")
    assert refused == 1
    assert f"({left['id']})" in capsys.readouterr().err  # job_not_found


@pytest.mark.usefixtures("dead_and_waiting")
def test_people_read_a_line_for_each_job(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("list", "--state", "dead") == 0
    listed = capsys.readouterr().out.splitlines()
    assert _run("figures") == 0
    counted = capsys.readouterr().out
    assert _run("figures", "--json") == 0
    figures = json.loads(capsys.readouterr().out)

    assert len(listed) == 1
    assert "dead" in listed[0]
    assert "blocked" in listed[0]
    assert counted.splitlines()[0].split() == ["waiting", "1"]
    assert (figures["waiting"], figures["dead"]) == (1, 1)


def _listed(capsys: pytest.CaptureFixture[str]) -> list[dict[str, object]]:
    assert _run("list", "--json") == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("public_url", ["http://127.0.0.1:8000", "https://asi.example.cn"])
def test_a_worker_runs_until_it_is_told_to_stop(
    installed: str,
    engine: str,
    public_url: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ASI_PUBLIC_URL", public_url)
    if engine == "sqlite":
        with pytest.raises(SystemExit) as refused:
            cli.main(["worker"])
        assert refused.value.code == 1
        assert "asi serve" in capsys.readouterr().err  # worker_not_needed
        return

    with _told_to_stop(installed), pytest.raises(SystemExit) as ended:
        cli.main(["worker"])

    assert ended.value.code == 0


@contextmanager
def _told_to_stop(url: str) -> Iterator[None]:
    """Send this process a signal as soon as a worker is known to the database."""
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    thread = Thread(target=_stop_when_ready, args=(url,))
    thread.start()
    yield
    thread.join()
    for number, handler in before.items():
        signal.signal(number, handler)


def _stop_when_ready(url: str) -> None:
    address = make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address, autocommit=True) as connection:
        for _ in range(LONG_SECONDS * 100):
            if connection.execute("SELECT FROM procrastinate_workers").rowcount:
                break
            Event().wait(0.01)
    os.kill(os.getpid(), signal.SIGTERM)

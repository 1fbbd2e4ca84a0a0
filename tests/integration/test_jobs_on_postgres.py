"""What is special about jobs on PostgreSQL, where Procrastinate keeps them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from importlib.resources import files
from pathlib import Path

import pytest
from procrastinate.exceptions import ConnectorException
from sqlalchemy import make_url, text
from structlog.testing import capture_logs
from structlog.typing import EventDict

import migrations.versions
from services import jobs
from services.jobs import on_postgres, running
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.support import effects
from tests.support.clocks import SetClock
from tests.support.templates import Template

LONG_SECONDS = 20
"""For what should take milliseconds: only a fault takes longer."""


@dataclass
class Site:
    """A database, and the work of all runners on it: to leave an effect."""

    database: Database
    clock: SetClock
    meddle: list[str] = field(default_factory=list)
    """What to do to the database before the next job is closed."""

    def runner(self) -> jobs.Runner:
        registry = jobs.Registry([jobs.Kind(name="note", run=self._note)])
        return jobs.runner(self.database, registry, clock=self.clock, grace=timedelta(0))

    async def enqueue(self, *names: str) -> None:
        async with self.database.transaction() as db:
            for name in names:
                await jobs.enqueue(db, "note", name=name)

    async def execute(self, statement: str) -> None:
        async with self.database.transaction() as db:
            await db.execute(text(statement))

    async def until_noted(self, *names: str) -> None:
        for _ in range(LONG_SECONDS * 100):
            if set(names) <= set(await effects.found(self.database)):
                return
            await asyncio.sleep(0.01)
        pytest.fail("the jobs are not done")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[jobs.Runner]:
        stop, runner = asyncio.Event(), self.runner()
        task = asyncio.create_task(runner.run(stop))
        yield runner
        stop.set()
        await task

    async def _note(self, run: jobs.Run) -> None:
        while self.meddle:
            await self.execute(self.meddle.pop())
            await self.runner().run_due()
        async with run.closing() as db:
            await effects.leave(db, str(run.payload["name"]))


@pytest.fixture
def postgres_url(
    pytestconfig: pytest.Config, request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[str]:
    if pytestconfig.getoption("--database") == "sqlite":
        pytest.skip("asked for SQLite only")
    template: Template = request.getfixturevalue("postgresql_template")
    with template.copy(tmp_path) as url:
        yield url


@pytest.fixture
async def site(postgres_url: str, clock: SetClock) -> AsyncIterator[Site]:
    database = Database(postgres_url)
    await effects.prepare(database)
    yield Site(database, clock)
    await database.close()


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "PAUSE_SECONDS", 0.01)
    monkeypatch.setattr(on_postgres, "LISTEN_AGAIN_SECONDS", 0.01)
    monkeypatch.setattr(on_postgres, "CONNECT_SECONDS", 0.2)
    monkeypatch.setattr(on_postgres.PostgresFeed, "poll_seconds", 0.01)


def test_the_snapshot_is_the_installed_procrastinates_schema() -> None:
    """A newer Procrastinate brings migrations of its own: they belong into one of ours."""
    snapshot = Path(migrations.versions.__file__).with_name("0002_procrastinate.sql")
    theirs = files("procrastinate.sql").joinpath("schema.sql").read_text(encoding="utf-8")

    assert snapshot.read_text(encoding="utf-8") == theirs


async def test_several_workers_share_the_jobs(site: Site) -> None:
    names = [str(number) for number in range(60)]
    await site.enqueue(*names)

    async with site.running() as one, site.running() as two:
        await site.until_noted(*names)

    assert Counter(await effects.found(site.database)) == Counter(names)
    assert one.outcomes["done"] + two.outcomes["done"] == 60


async def test_the_jobs_of_a_silent_worker_are_given_to_others(site: Site) -> None:
    await site.enqueue("one")
    site.meddle = ["UPDATE procrastinate_workers SET last_heartbeat = now() - interval '31 s'"]

    await site.runner().run_due()

    assert await effects.found(site.database) == ["one"]


async def test_a_worker_that_was_struck_off_begins_anew(site: Site) -> None:
    async with site.running():
        await site.enqueue("one")
        await site.until_noted("one")
        await site.execute("DELETE FROM procrastinate_workers")
        await site.enqueue("two")
        await site.until_noted("two")

    assert await effects.found(site.database) == ["one", "two"]


async def test_a_clock_that_agrees_with_the_database_needs_no_help(site: Site) -> None:
    site.clock.now = utc_now()
    async with site.database.transaction() as db:
        await jobs.enqueue(db, "note", run_at=site.clock.now, name="one")
        await jobs.enqueue(db, "note", run_at=site.clock.now + timedelta(days=1), name="two")

    await site.runner().run_due()

    assert await effects.found(site.database) == ["one"]


async def test_a_fault_of_procrastinates_is_not_hidden(site: Site) -> None:
    taking = "procrastinate_fetch_job_v2(character varying[], bigint)"
    await site.execute(f"ALTER FUNCTION {taking} RENAME TO gone")

    with pytest.raises(ConnectorException):
        await site.runner().run_due()


async def test_a_worker_outlives_a_database_that_turns_it_away(
    site: Site, postgres_server: str
) -> None:
    name = make_url(site.database.url).database
    server = Database(postgres_server)
    with capture_logs() as logs:
        async with site.running():
            await site.enqueue("before")
            await site.until_noted("before")
            await _admit(server, name, admitted=False)
            await _until_halted(logs)
            await _admit(server, name, admitted=True)
            await site.enqueue("after")
            await site.until_noted("after")
    await server.close()

    assert await effects.found(site.database) == ["after", "before"]


async def _admit(server: Database, name: str | None, *, admitted: bool) -> None:
    async with server.writer.connect() as connection:
        plain = await connection.execution_options(isolation_level="AUTOCOMMIT")
        await plain.execute(text(f"ALTER DATABASE {name} ALLOW_CONNECTIONS {admitted}"))
        if not admitted:
            ended = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = :name"
            await plain.execute(text(ended), {"name": name})


async def _until_halted(logs: list[EventDict]) -> None:
    for _ in range(LONG_SECONDS * 100):
        if sum(entry["event"] == "jobs_halted" for entry in logs) >= 3:
            return
        await asyncio.sleep(0.01)
    pytest.fail("the runner has not noticed")

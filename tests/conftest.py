"""What all tests share: the two databases, each migrated and filled once, and the application."""

import gc
import os
import tempfile
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import anyio
import httpx2
import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from api.app import Application, create_app
from services.content import loading, reading
from services.runtime import logging, schema
from services.runtime import settings as runtime_settings
from services.runtime.database import Database
from services.runtime.settings import Settings
from tests.support import postgres
from tests.support.clocks import SetClock
from tests.support.templates import PostgresTemplate, SqliteTemplate, Template

pytest_plugins = ("tests.support.figures",)

ROOT = Path(__file__).parents[1]
PACK = ROOT / "content" / "2026-first"
SECOND_PACK = ROOT / "tests" / "packs" / "second-round"
PUBLIC_URL = "http://127.0.0.1:8000"
SECRET_KEY = "a-key-that-protects-nothing-but-tests"
SERVERS = "TEST_SERVERS"
SHARED = "tests/browser/"
INSIDE_THE_ROUND = datetime(2026, 3, 2, 1, tzinfo=UTC)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--database",
        choices=("both", "sqlite", "postgresql"),
        default="both",
        help="on which databases the integration tests run",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Let all workers of a run share its servers, which end with the process that began it."""
    config.addinivalue_line("markers", "any_database: one is enough, it does not depend on it")
    if hasattr(config, "workerinput"):
        return
    folder = tempfile.TemporaryDirectory(prefix="asi-servers-")
    config.add_cleanup(folder.cleanup)
    config.add_cleanup(os.fdopen(postgres.hold(Path(folder.name))).close)
    os.environ[SERVERS] = folder.name


class ByFile(LoadScopeScheduling):  # type: ignore[misc] # xdist ships no types
    """Keeps a file on one worker, and the whole folder where Chromium and a service are shared."""

    def _split_scope(self, nodeid: str) -> str:
        file = nodeid.partition("::")[0]
        return SHARED if file.startswith(SHARED) else file


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> ByFile:
    """Spread the tests over the workers; marks of groups do not reach xdist under pytest 9.2."""
    return ByFile(config, log)


def pytest_collection_finish() -> None:
    """Leave thousands of collected tests out of every later collection of garbage."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Let go what was kept, or extension modules report it as leaked."""
    gc.unfreeze()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        chosen = metafunc.config.getoption("--database")
        if chosen == "both" and metafunc.definition.get_closest_marker("any_database"):
            chosen = "sqlite"
        engines = ["sqlite", "postgresql"] if chosen == "both" else [chosen]
        metafunc.parametrize("engine", engines, scope="session")


@pytest.fixture(scope="session", autouse=True)
def _quiet_logs() -> None:
    logging.configure(json=True, quiet=True)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a developer's own settings out of the tests."""
    for name in [name for name in os.environ if name.startswith(runtime_settings.PREFIX)]:
        if name not in {"ASI_CHROMIUM", "ASI_REQUIRE_SERVICES"}:
            monkeypatch.delenv(name)
    monkeypatch.setenv("ASI_SECRET_KEY", SECRET_KEY)


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def scratch() -> Path:
    """The folder of the run's servers."""
    return Path(os.environ[SERVERS])


@pytest.fixture(scope="session")
def postgres_server(scratch: Path) -> str:
    try:
        return postgres.server(scratch)
    except postgres.ServiceMissing as missing:
        if os.environ.get("CI") == "true" or os.environ.get("ASI_REQUIRE_SERVICES"):
            pytest.fail(str(missing))
        pytest.skip(str(missing))


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Template:
    file = tmp_path_factory.mktemp("template") / "template.db"
    fill(f"sqlite:///{file}")
    return SqliteTemplate(file)


@pytest.fixture(scope="session")
def postgresql_template(postgres_server: str) -> Template:
    name = f"template_{os.getpid()}"
    postgres.drop_database(postgres_server, name)
    fill(postgres.create_database(postgres_server, name))
    return PostgresTemplate(postgres_server, name)


@pytest.fixture(scope="session")
def template(engine: str, request: pytest.FixtureRequest) -> Template:
    """The filled database of the kind this test runs on; the other kind is not started for it."""
    found: Template = request.getfixturevalue(f"{engine}_template")
    return found


@pytest.fixture
def database_url(template: Template, tmp_path: Path) -> Iterator[str]:
    """A database of this test's own, migrated and with the first round in it."""
    with template.copy(tmp_path) as url:
        yield url


@pytest.fixture
def empty_database_url(
    engine: str, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[str]:
    """A database in which nothing has been made yet."""
    if engine == "sqlite":
        yield f"sqlite:///{tmp_path / 'empty.db'}"
        return
    server = request.getfixturevalue("postgres_server")
    name = f"empty_{os.getpid()}"
    yield postgres.create_database(server, name)
    postgres.drop_database(server, name)


@pytest.fixture
def clock() -> SetClock:
    return SetClock(INSIDE_THE_ROUND)


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return runtime_settings.load(
        database_url=database_url, data_dir=tmp_path, public_url=PUBLIC_URL, secret_key=SECRET_KEY
    )


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
async def application(
    settings: Settings, database: Database, clock: SetClock
) -> AsyncIterator[Application]:
    """The whole web process, started."""
    made = create_app(settings, database=database, clock=clock)
    async with made.api.router.lifespan_context(made.api):
        yield made


@pytest.fixture
async def client(application: Application) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser that follows no redirects, as far as headers go."""
    async with _asking(application) as opened:
        yield opened


@pytest.fixture(scope="session")
async def shared_application(
    template: Template, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Application]:
    """One process for all tests that only read; making one for each takes longer than they do."""
    folder = tmp_path_factory.mktemp("shared")
    with template.copy(folder) as url:
        made = create_app(
            runtime_settings.load(
                database_url=url, data_dir=folder, public_url=PUBLIC_URL, secret_key=SECRET_KEY
            ),
            clock=SetClock(INSIDE_THE_ROUND),
        )
        async with made.api.router.lifespan_context(made.api):
            yield made


@pytest.fixture
def reading_clock(shared_application: Application) -> SetClock:
    clock = shared_application.parts.clock
    assert isinstance(clock, SetClock)
    clock.now = INSIDE_THE_ROUND
    return clock


@pytest.fixture
async def reading_client(
    shared_application: Application, reading_clock: SetClock
) -> AsyncIterator[httpx2.AsyncClient]:
    """A browser for tests that change nothing but the clock."""
    del reading_clock
    async with _asking(shared_application) as opened:
        yield opened


def _asking(application: Application) -> httpx2.AsyncClient:
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(application.asgi), base_url=PUBLIC_URL)


def fill(url: str) -> None:
    schema.upgrade(url)

    async def load() -> None:
        database = Database(url)
        async with database.transaction() as db:
            await loading.load(db, pack=reading.read(PACK), now=INSIDE_THE_ROUND)
        await database.close()

    anyio.run(load)

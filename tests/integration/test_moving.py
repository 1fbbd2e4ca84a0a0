"""Moving from SQLite to PostgreSQL: everything comes over, or nothing does."""

import asyncio
import os
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import timedelta
from itertools import count
from multiprocessing import get_context
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import Engine, create_engine, event, select, text, update

from api import cli
from api.app import create_app
from api.dependencies import Parts
from models import ContactCard, Job, Push
from models.vocabulary import JobState
from services import jobs, visitors
from services.jobs import Listed
from services.moving.copying import SEEDED, tables
from services.runtime import schema
from services.runtime import settings as runtime_settings
from services.runtime.clock import utc_now
from services.runtime.database import Database, driver_url, serving_lock
from services.wechat.gateway import Login
from tests.conftest import PUBLIC_URL, SECRET_KEY
from tests.integration.privacy.chats import said
from tests.integration.privacy.people import FORM, Person
from tests.support import files, postgres
from tests.support.clocks import SetClock
from tests.support.commands import Shell
from tests.support.templates import Template

_numbers = count(1)


@pytest.fixture
def database_url(sqlite_template: Template, tmp_path: Path) -> Iterator[str]:
    """What is moved."""
    with sqlite_template.copy(tmp_path) as url:
        yield url


@pytest.fixture
def target_url(
    postgres_server: str, database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """An empty PostgreSQL that the environment names, with the file to move as `asi.db`."""
    name = f"moved_{os.getpid()}_{next(_numbers)}"
    url = postgres.create_database(postgres_server, name)
    monkeypatch.setenv("ASI_DATABASE_URL", url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path))
    (tmp_path / "asi.db").symlink_to(database_url.removeprefix("sqlite:///"))
    yield url
    postgres.drop_database(postgres_server, name)


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


async def test_an_installation_moves_with_all_that_is_in_it(
    database: Database, target_url: str, clock: SetClock, shell: Shell, tmp_path: Path
) -> None:
    async with _service(database, clock, tmp_path) as (client, parts):
        person = await _person(client, parts)
        await person.register(may_transfer_abroad=True)
        sent = await person.comment(attachments=[await _uploaded(person)])
        before = await person.export()
    await _happen(database, shell, person, clock, tmp_path)
    waiting = await _jobs(database)

    moved = await asyncio.to_thread(shell, "migrate-to-postgres")

    assert (moved.code, "asi worker" in moved.out) == (0, True), moved.err
    target = Database(target_url)
    assert await _jobs(target) == waiting
    await _next_push(target)
    async with _service(target, clock, tmp_path) as (client, parts):
        there = Person(client, person.token, person.openid, person.visitor_id)
        after = await there.export()
        for name in ("registrations", "feedback"):
            assert after[name] == before[name] != []
        assert [message["text"] for message in after["messages"]] == [_SAID]
        [attachment] = sent["attachments"]
        path = f"/me/feedback/{sent['receipt']}/attachments/{attachment['id']}"
        assert (await there.ask("GET", path)).content == _PDF
        other = await _person(client, parts, openid="o-made-up-and-new")
        taken = await other.ask("POST", "/webinars/china/registrations", FORM)
        assert taken.json()["code"] == "contact_taken"
        assert (await client.get("/v1/documents/ps-v4-displacement")).json()["file"] is not None
    await target.close()


def test_what_is_killed_in_the_middle_has_moved_nothing(target_url: str, shell: Shell) -> None:
    killed = get_context("fork").Process(target=_die_moving)
    killed.start()
    killed.join(60)
    left = _filled(target_url)

    again = shell("migrate-to-postgres")

    assert (killed.exitcode, left) == (-9, set())
    assert (again.code, "webinars" in _filled(target_url)) == (0, True), again.err


LOST = (
    "CREATE FUNCTION lost() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;"
    "CREATE TRIGGER lost BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION lost()"
)
FOUND = "DROP FUNCTION lost CASCADE"
LOSING = {
    "move_target_not_empty: (table visit_days)": (
        "INSERT INTO visit_days (day_on) VALUES ('2026-03-02')",
        "DELETE FROM visit_days",
    ),
    "move_failed: at the table webinars": (LOST.format(table="webinars"), FOUND),
    "move_failed: at the table documents": (
        "ALTER TABLE documents ADD CONSTRAINT strict CHECK (slug <> 'ps-v4-draft')",
        "ALTER TABLE documents DROP CONSTRAINT strict",
    ),
    "jobs_lost: Not all background jobs": (LOST.format(table="procrastinate_jobs"), FOUND),
}


def test_a_move_that_would_lose_something_is_given_up(
    target_url: str, database_url: str, shell: Shell
) -> None:
    schema.upgrade(target_url)
    _execute(
        database_url,
        "INSERT INTO jobs (kind, payload, queued_at, state, attempts, failures, interruptions)"
        " VALUES ('upkeep', '{}', '2026-03-02 00:00:00.000000', 'waiting', 0, 0, 0)",
    )

    for refusal, (change, back) in LOSING.items():
        code, _, sentence = refusal.partition(": ")
        _execute(target_url, change)
        refused = shell("migrate-to-postgres")
        _execute(target_url, back)

        assert (refused.code, sentence in refused.err) == (1, True), (code, refused.err)
        assert _filled(target_url) == set()
    assert shell("migrate-to-postgres").code == 0


def test_a_move_is_begun_only_where_it_can_end_well(
    target_url: str, database_url: str, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving_lock(f"{database_url.rpartition('/')[0]}/asi.db"):
        served = shell("migrate-to-postgres")
    missing = shell("migrate-to-postgres", "--source", "/nowhere/asi.db")
    with monkeypatch.context() as patch:
        patch.setenv("ASI_DATABASE_URL", database_url)
        to_sqlite = shell("migrate-to-postgres")
    schema.downgrade(database_url, "0023")
    old = shell("migrate-to-postgres")

    # move_source_missing, move_target_not_postgres, schema_too_old
    sentences = ["Another process serves", "no SQLite database", "no PostgreSQL", "asi migrate"]
    for refused, sentence in zip((served, missing, to_sqlite, old), sentences, strict=True):
        assert (refused.code, sentence in refused.err) == (1, True), refused.err
    assert schema.is_empty(target_url)


_SAID = "你好，\N{WHITE SMILING FACE}"
_PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


async def _person(
    client: httpx2.AsyncClient, parts: Parts, *, openid: str = "o-made-up-and-moved"
) -> Person:
    login = Login(openid=openid, session_key="a-key", unionid=None)
    async with parts.database.transaction() as db:
        done = await visitors.log_in(
            db, login=login, appid=parts.settings.mp_appid, sealer=parts.sealer, now=utc_now()
        )
    return Person(client, done.token, login.openid, done.visitor.id)


async def _uploaded(person: Person) -> str:
    answer = await person.client.post(
        "/v1/feedback-attachments",
        files={"file": ("file.pdf", _PDF, "application/pdf")},
        headers={"Authorization": f"Bearer {person.token}"},
    )
    assert answer.status_code == 201, answer.text
    return str(answer.json()["token"])


async def _happen(
    database: Database, shell: Shell, person: Person, clock: SetClock, folder: Path
) -> None:
    """Let there be a message, a replaced card, jobs and a mirrored file."""
    await said(database, _SAID, openid=person.openid, now=clock.now)
    await _replace_a_card(database)
    await _queue(database)
    source = files.pdf(folder / "PSV4-Draft-Secton-11-Displacement_CN.pdf")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ASI_DATABASE_URL", database.url)
        await asyncio.to_thread(shell, "documents", "mirror", str(source))


async def _replace_a_card(database: Database) -> None:
    """Let the card that comes first refer to one that comes later."""
    async with database.transaction() as db:
        first, *_, last = list(await db.scalars(select(ContactCard).order_by(ContactCard.id)))
        first.withdrawn_at, first.replaced_by_id = utc_now(), last.id


async def _queue(database: Database) -> None:
    now = utc_now()
    async with database.transaction() as db:
        await jobs.enqueue(db, "waits", key="a", run_at=now + timedelta(days=1), item="1")
        await jobs.enqueue(db, "runs", key="b", deadline=now + timedelta(days=2), item="2")
        for kind in ("dies", "expires"):
            await jobs.enqueue(db, kind, number=3)
        for kind, state in (("dies", JobState.DEAD), ("expires", JobState.EXPIRED)):
            ended = update(Job).where(Job.kind == kind)
            await db.execute(ended.values(state=state, ended_at=now, error="a_word", failures=8))


async def _jobs(database: Database) -> list[dict[str, object]]:
    async with database.snapshot() as db:
        found = await jobs.listed(db)
    names = [name for name in Listed.__dataclass_fields__ if name != "id"]
    return [{name: getattr(job, name) for name in names} for job in found]


async def _next_push(target: Database) -> None:
    """What is numbered goes on behind what has come over."""
    async with target.snapshot() as db:
        [before] = list(await db.scalars(select(Push.id)))
    async with target.transaction() as db:
        push = (await db.scalars(select(Push))).one()
        names = ("account", "name", "pushed_at", "received_at", "openid", "body", "derived_at")
        db.add(Push(digest="1" * 64, **{name: getattr(push, name) for name in names}))
    async with target.snapshot() as db:
        assert sorted(await db.scalars(select(Push.id))) == [before, before + 1]


@asynccontextmanager
async def _service(
    database: Database, clock: SetClock, folder: Path
) -> AsyncIterator[tuple[httpx2.AsyncClient, Parts]]:
    chosen = runtime_settings.load(
        database_url=database.url, data_dir=folder, public_url=PUBLIC_URL, secret_key=SECRET_KEY
    )
    made = create_app(chosen, database=database, clock=clock)
    async with (
        made.api.router.lifespan_context(made.api),
        httpx2.AsyncClient(
            transport=httpx2.ASGITransport(made.asgi), base_url=PUBLIC_URL
        ) as client,
    ):
        yield client, made.parts


def _die_moving() -> None:
    @event.listens_for(Engine, "before_cursor_execute")
    def die(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO webinars"):
            os.kill(os.getpid(), 9)

    cli.main(["migrate-to-postgres"])


def _filled(url: str) -> set[str]:
    """The tables in which there is something that the migrations have not put there."""
    engine = create_engine(driver_url(url))
    with engine.connect() as connection:
        found = {
            name
            for name in {table.name for table in tables()} | {"procrastinate_jobs"}
            if connection.scalar(text(f"SELECT count(*) FROM {name}"))  # noqa: S608 - our tables
        }
    engine.dispose()
    return found - SEEDED


def _execute(url: str, statement: str) -> None:
    engine = schema.engine_for_migrations(url)
    with engine.begin() as connection:
        connection.exec_driver_sql(statement)
    engine.dispose()

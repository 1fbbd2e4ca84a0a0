"""Canaries: what may lie nowhere is looked for everywhere, while it is in use and once it is gone.

Decisions.md 28: phone, e-mail and session key are in no database, log, list or export for staff;
an openid is in no log, address or figure. Somebody's own export holds what is theirs.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stamina
from sqlalchemy import select

from api import background
from api.app import Application, create_app
from models import Visitor
from models.vocabulary import JobState
from services import jobs, registrations
from services.runtime import settings as runtime_settings
from services.runtime.clock import utc_now
from services.runtime.database import Database, sqlite_file
from tests.conftest import INSIDE_THE_ROUND, PUBLIC_URL, SECRET_KEY
from tests.integration.privacy.people import FORM, Person
from tests.support import simulator as wechat
from tests.support.clocks import SetClock
from tests.support.simulator import Simulator

SESSION_KEY = "Y2FuYXJ5LXNlc3Npb24ta2V5"
PHONE = "13912345678"
EMAIL = "canary.person@example.cn"
NAME = "金丝雀甲"
ORGANISATION = "金丝雀矿业"
NEVER = (SESSION_KEY, PHONE, PHONE[-9:], EMAIL, "canary.person")
LONG_SECONDS = 20
OTHERS = ("wechat_simulator", "uvicorn")
"""Loggers of the simulator, which runs in this process too."""


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough: this is about its files."""
    return sqlite_url


@pytest.fixture
def simulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    monkeypatch.setattr("wechat_simulator.login.new_session_key", lambda: SESSION_KEY)
    with wechat.in_thread() as running:
        yield running


@pytest.fixture
async def application(
    simulator: Simulator, database_url: str, database: Database, tmp_path: Path
) -> AsyncIterator[Application]:
    accounts = {
        name.removeprefix("ASI_").lower(): value for name, value in wechat.ENVIRONMENT.items()
    }
    given: dict[str, Any] = accounts | {
        "database_url": database_url,
        "data_dir": tmp_path,
        "public_url": PUBLIC_URL,
        "secret_key": SECRET_KEY,
        "wechat_api_url": simulator.url,
    }
    made = create_app(
        runtime_settings.load({}, **given), database=database, clock=SetClock(INSIDE_THE_ROUND)
    )
    with stamina.set_testing(True, attempts=1):
        async with made.api.router.lifespan_context(made.api):
            yield made


async def test_canaries_are_found_nowhere(
    application: Application,
    client: httpx2.AsyncClient,
    database: Database,
    simulator: Simulator,
    caplog: pytest.LogCaptureFixture,
) -> None:
    user = simulator.user()
    code = str(simulator.act(user.openid_mp, "login-code")["code"])
    caplog.set_level(logging.DEBUG)
    person = await _logged_in(client, database, code)
    await _takes_part(person)

    held, own = _stored(database), await person.export()

    assert (own["registrations"][0]["email"], own["registrations"][0]["name"]) == (EMAIL, NAME)
    assert SESSION_KEY not in str(own)
    assert [one for one in (*NEVER, person.token) if one.encode() in held] == []
    # Without these the scan would prove nothing.
    assert NAME.encode() in held
    assert user.openid_mp.encode() in held

    user_ids = (user.openid_mp, user.unionid, person.visitor_id.hex)
    assert await person.leave() == 204
    await _run_jobs(application, database)

    left = _stored(database)
    gone = (*NEVER, NAME, ORGANISATION, *user_ids, person.token)
    assert [one for one in gone if one.encode() in left] == []
    assert "建议延长过渡期。".encode() in left
    figures = (await client.get("/metrics")).text
    told = "\n".join([_written(caplog), figures, await _listed(database)])
    assert "visitor_erased" in told
    people = (*NEVER, NAME, ORGANISATION, *user_ids, person.token, "建议延长过渡期。")
    assert [one for one in people if one in told] == []


async def _logged_in(client: httpx2.AsyncClient, database: Database, code: str) -> Person:
    token = (await client.post("/v1/login", json={"code": code})).json()["token"]
    async with database.snapshot() as db:
        visitor = (await db.scalars(select(Visitor))).one()
    return Person(client, token, visitor.mp_openid or "", visitor.id)


async def _takes_part(person: Person) -> None:
    said = {"name": NAME, "organisation": ORGANISATION}
    made = await person.register(**said, phone=PHONE)
    path = f"/me/registrations/{made['id']}"
    for sent in ({"phone": "123"}, {"email": EMAIL}, {"email": f"{EMAIL}\n"}, {"openid": "o1"}):
        await person.ask("PATCH", path, sent)
    await person.ask("POST", "/webinars/nowhere/registrations", FORM | {"phone": PHONE})
    await person.comment(organisation=ORGANISATION, may_contact=True)
    await person.comment(anonymous=True, comment="匿名的意见。")


def _stored(database: Database) -> bytes:
    file = sqlite_file(database.url)
    assert file is not None
    log = file.with_name(f"{file.name}-wal")
    return b"".join(part.read_bytes() for part in (file, log) if part.exists())


async def _run_jobs(application: Application, database: Database) -> None:
    settings = application.parts.settings
    doors = application.api.state.doors
    runner = background.runner(settings, database, doors=doors, clock=utc_now)
    await runner.run_due()
    # The service has a runner too: what that one has begun is waited for.
    for _ in range(LONG_SECONDS * 100):
        async with database.snapshot() as db:
            if not await jobs.listed(db, states=(JobState.RUNNING,)):
                return
        await asyncio.sleep(0.01)
    pytest.fail("the jobs are not done")


async def _listed(database: Database) -> str:
    """Give what the commands show to staff."""
    async with database.snapshot() as db:
        counted = await registrations.counts(db)
        return str([await jobs.listed(db, states=tuple(JobState)), counted])


def _written(caplog: pytest.LogCaptureFixture) -> str:
    ours = [record for record in caplog.records if not record.name.startswith(OTHERS)]
    return "\n".join(logging.Formatter().format(record) + repr(record.args) for record in ours)

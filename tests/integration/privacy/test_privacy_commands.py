"""What staff do for somebody who writes to us: find, export, erase."""

import json

import httpx2
import pytest
from anyio import to_thread
from sqlalchemy import select
from typer.testing import CliRunner

from api import cli
from models import Visitor
from services.privacy import VisitorNotFound
from services.runtime.database import Database
from tests.integration.privacy.people import Person


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """The same on either database: one is enough."""
    return sqlite_url


async def test_somebody_is_found_exported_and_erased(
    person: Person, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database.url)
    await person.register(email="Canary@Example.cn", phone=None)

    found = json.loads(await _run("find", "canary@example.cn", "--json"))
    nobody = json.loads(await _run("find", "13800138009", "--json"))
    exported = json.loads(await _run("export", found[0]["visitor"]))
    await _run("erase", found[0]["visitor"], "--yes")

    assert [row["visitor"] for row in found] == [str(person.visitor_id)]
    assert nobody == []
    assert exported["registrations"][0]["email"] == "canary@example.cn"
    async with database.snapshot() as db:
        assert list(await db.scalars(select(Visitor))) == []
    with pytest.raises(VisitorNotFound):
        await _run("export", found[0]["visitor"])


async def test_nothing_is_erased_without_a_yes(
    person: Person, client: httpx2.AsyncClient, monkeypatch: pytest.MonkeyPatch, database: Database
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database.url)

    with pytest.raises(SystemExit):
        await _run("erase", str(person.visitor_id))
    with pytest.raises(SystemExit):
        await _run("find", "nobody")

    assert (await client.get("/v1/me/export")).status_code == 401
    assert (await person.export())["visitor"][0]["mini_program_openid"] == person.openid


async def _run(*arguments: str) -> str:
    def run() -> str:
        done = CliRunner().invoke(cli.commands(), ["privacy", *arguments], input="n\n")
        if done.exception is not None:
            raise done.exception
        return done.stdout

    return await to_thread.run_sync(run)

"""Anonymous feedback: no way back to its sender, but a code with which they return."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select, text

from models import FeedbackItem
from services.runtime.database import Database, sqlite_file
from tests.integration.feedback.senders import Person, told

TABLES = ("feedback_items", "feedback_versions", "receipt_heads", "idempotent_answers")


async def _ask(
    client: httpx2.AsyncClient, method: str, receipt: str, code: str, **sent: str
) -> httpx2.Response:
    return await client.request(
        method,
        f"/v1/feedback/{receipt}",
        json=sent if method == "PATCH" else None,
        headers={"X-Receipt-Code": code},
    )


async def test_whoever_has_the_code_may_return(person: Person) -> None:
    sent = (await person.send(anonymous=True)).json()
    client, receipt, code = person.client, sent["receipt"], sent["secret_code"]

    shown = (await _ask(client, "GET", receipt, code)).json()
    typed = await _ask(client, "GET", receipt, code.lower().replace("-", " "))
    changed = (await _ask(client, "PATCH", receipt, code, comment="第二版")).json()
    withdrawn = (await _ask(client, "DELETE", receipt, code)).json()
    assert (shown["anonymous"], typed.json()) == (True, shown)
    assert (changed["comment"], changed["versions"]) == ("第二版", 2)
    assert (withdrawn["state"], withdrawn["comment"]) == ("withdrawn", None)


async def test_without_the_code_it_is_not_there(person: Person) -> None:
    anonymous = (await person.send(anonymous=True)).json()
    named = (await person.send()).json()
    wrong = "2222-2222-2222-2222-2222"

    for method in ("GET", "PATCH", "DELETE"):
        for receipt, code in ((anonymous["receipt"], wrong), (named["receipt"], wrong)):
            answer = await _ask(person.client, method, receipt, code)
            assert told(answer) == (404, "feedback_not_found")
    assert told(await person.show(anonymous["receipt"])) == (404, "feedback_not_found")
    assert [item["receipt"] for item in await person.sent()] == [named["receipt"]]


async def test_nothing_leads_back_to_the_sender(person: Person, database: Database) -> None:
    sent = (await person.send(anonymous=True)).json()
    await _ask(person.client, "PATCH", sent["receipt"], sent["secret_code"], comment="第二版")

    kept = await _tables(database)
    assert sent["receipt"] in kept
    for clue in (person.visitor_id, person.openid, person.token):
        assert clue not in kept.replace("-", "")
    async with database.snapshot() as db:
        item = (await db.scalars(select(FeedbackItem))).one()
    assert item.visitor_id is None
    assert sent["secret_code"] not in str(vars(item))


async def test_the_file_holds_the_sender_only_where_they_are_a_visitor(
    person: Person, engine: str, database_url: str
) -> None:
    if engine != "sqlite":
        pytest.skip("looks into SQLite's file")
    before = _occurrences(database_url, person)
    await person.send(anonymous=True)

    assert before > 0
    assert _occurrences(database_url, person) == before
    await person.send()
    assert _occurrences(database_url, person) > before


@pytest.mark.any_database
@pytest.mark.parametrize("consent", ["may_contact", "may_publish_name"])
async def test_anonymous_people_are_neither_asked_nor_named(person: Person, consent: str) -> None:
    consents: dict[str, Any] = {consent: True}
    refused = await person.send(anonymous=True, **consents)
    sent = (await person.send(anonymous=True, may_publish_text=True)).json()
    changed = await person.client.patch(
        f"/v1/feedback/{sent['receipt']}",
        json=consents,
        headers={"X-Receipt-Code": sent["secret_code"]},
    )

    assert sent["may_publish_text"] is True
    assert told(refused) == told(changed) == (422, "anonymous_unnamed")
    assert consent in refused.json()["detail"]


async def _tables(database: Database) -> str:
    async with database.snapshot() as db:
        rows = [
            str(dict(row))
            for table in TABLES
            for row in (await db.execute(text(f"SELECT * FROM {table}"))).mappings()  # noqa: S608
        ]
    return "\n".join(rows)


def _occurrences(url: str, person: Person) -> int:
    """Count where the database's files name somebody, as of its last writing."""
    file = sqlite_file(url)
    assert file is not None
    files = [file, Path(f"{file}-wal")]
    held = b"".join(found.read_bytes() for found in files if found.exists())
    return held.count(person.visitor_id.encode()) + held.count(person.openid.encode())

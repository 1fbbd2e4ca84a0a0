"""Secret codes cannot be tried out, and trying does not shut their owner out."""

from datetime import timedelta
from itertools import repeat

import httpx2
import pytest

from api.app import Application
from services import attempts
from services.feedback import chain, guesses
from services.feedback.refusals import FeedbackNotFound
from services.runtime.blind_index import BlindIndex
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.conftest import PUBLIC_URL
from tests.integration.feedback.senders import Person, told

WRONG = "2222-2222-2222-2222-2222"
INDEX = BlindIndex("a key of these tests alone, long enough")


async def _statuses(application: Application, address: str, receipt: str, *codes: str) -> list[int]:
    transport = httpx2.ASGITransport(application.asgi, client=(address, 1))
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        return [
            (
                await client.get(f"/v1/feedback/{receipt}", headers={"X-Receipt-Code": code})
            ).status_code
            for code in codes
        ]


@pytest.mark.any_database
async def test_a_client_is_stopped_and_its_victim_is_not(
    application: Application,
    person: Person,
    database: Database,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(guesses, "OF_CLIENT", 3)
    sent = (await person.send(anonymous=True)).json()
    receipt, code = sent["receipt"], sent["secret_code"]
    one, other = "114.114.114.114", "223.5.5.5"

    wrong = await _statuses(application, one, receipt, *repeat(WRONG, 4))
    assert wrong == [404] * 3 + [429]
    assert await _statuses(application, one, receipt, code) == [429]
    assert await _statuses(application, other, receipt, *repeat(code, 5)) == [200] * 5
    async with database.transaction() as db:
        await attempts.forget_old(db, now=utc_now() + attempts.WINDOW)
    assert await _statuses(application, one, receipt, code) == [200]


@pytest.mark.any_database
async def test_a_receipt_is_guarded_whoever_tries(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(guesses, "OF_RECEIPT", 3)
    one, other = [(await person.send(anonymous=True)).json() for _ in range(2)]
    headers = {"X-Receipt-Code": WRONG}
    seen = [
        await person.client.get(f"/v1/feedback/{one['receipt']}", headers=headers) for _ in range(4)
    ]

    assert [told(answer) for answer in seen] == [(404, "feedback_not_found")] * 3 + [
        (429, "too_many_guesses")
    ]
    right = await person.client.get(
        f"/v1/feedback/{other['receipt']}", headers={"X-Receipt-Code": other["secret_code"]}
    )
    assert right.status_code == 200


async def test_a_window_ends_an_hour_after_its_first_attempt(database: Database) -> None:
    now = utc_now()
    seen = []
    for minutes in (0, 30, 59, 60, 61):
        async with database.transaction() as db:
            number = await attempts.count(db, key=b"key", now=now + timedelta(minutes=minutes))
        seen.append(number)

    assert seen == [1, 2, 3, 1, 2]


def test_clients_are_told_apart_where_their_address_is_their_own() -> None:
    receipt = "ASI-CN-2026-00001"
    assert chain.RECEIPT.fullmatch(receipt)

    def client(address: str | None) -> bytes | None:
        return guesses.guess(receipt, address=address, index=INDEX).of_client

    assert client("114.114.114.114") != client("114.114.114.115")
    assert client("2400:3200::1") == client("2400:3200::ffff:1") != client("2400:3201::1")
    assert {client(at) for at in ("127.0.0.1", "10.0.0.7", "::1", "testclient", None)} == {None}
    with pytest.raises(FeedbackNotFound):
        guesses.guess("ASI-CN-2026-1", address=None, index=INDEX)

"""Leases, renewing ahead, and how tokens lie in the database."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select, text, update

from models import AccessToken
from models.vocabulary import TokenKind
from services.runtime.database import Database
from services.runtime.sealing import Sealer
from services.wechat import refusals, tokens
from services.wechat.client import ATTEMPTS
from services.wechat.official_account import OfficialAccountClient
from services.wechat.token_rows import LEASE, TokenRow
from tests.support import wechat_accounts
from tests.support.clocks import SetClock
from tests.support.simulator import OA_APPID, Simulator
from tests.support.token_checks import (
    FETCH,
    LIFETIME,
    ask,
    fetches,
    leave_a_lease,
    let_pass,
    outcome_of,
    row_of,
    until_leased,
)

TICKET = "/cgi-bin/ticket/getticket"


async def test_a_token_is_renewed_ahead_while_the_old_one_serves(
    official: OfficialAccountClient, simulator: Simulator, machine: SetClock
) -> None:
    await ask(official)
    let_pass(simulator, machine, LIFETIME - tokens.AHEAD)
    simulator.fault(path=FETCH, count=1, delay=0.3)

    renewing = asyncio.create_task(ask(official))
    await asyncio.sleep(0)
    await ask(official, times=20)
    assert not renewing.done(), "the others did not wait for it"
    await renewing

    assert len(fetches(simulator)) == 2


async def test_a_renewal_that_fails_leaves_the_old_token_in_service(
    official: OfficialAccountClient, simulator: Simulator, machine: SetClock
) -> None:
    await ask(official)
    let_pass(simulator, machine, LIFETIME - tokens.AHEAD)
    simulator.fault(path=FETCH, count=None, status=503)

    await ask(official, times=5)
    await ask(official, times=5)

    assert len(fetches(simulator)) == 1 + ATTEMPTS
    simulator.no_faults()
    machine.now += tokens.RENEWALS_APART
    await ask(official)
    assert len(fetches(simulator)) == 2 + ATTEMPTS


async def test_a_renewal_that_fails_for_the_database_leaves_the_old_token_in_service(
    official: OfficialAccountClient, simulator: Simulator, database: Database, machine: SetClock
) -> None:
    await ask(official)
    let_pass(simulator, machine, LIFETIME - tokens.AHEAD)
    async with database.transaction() as db:
        await db.execute(text("ALTER TABLE access_tokens RENAME TO gone"))

    await ask(official, times=5)

    async with database.transaction() as db:
        await db.execute(text("ALTER TABLE gone RENAME TO access_tokens"))
    machine.now += tokens.RENEWALS_APART
    await ask(official)
    assert len(fetches(simulator)) == 2


async def test_the_lease_of_a_process_that_died_ends(
    simulator: Simulator, database: Database, machine: SetClock
) -> None:
    async def wait(_seconds: float) -> None:
        machine.now += timedelta(seconds=10)

    await leave_a_lease(database, until=machine.now + LEASE)

    async with wechat_accounts.official(
        simulator.url, database, clock=machine, pause=wait
    ) as client:
        await ask(client)

    assert len(fetches(simulator)) == 1


async def test_a_clock_that_was_set_back_does_not_block_the_lease(
    official: OfficialAccountClient,
    simulator: Simulator,
    database: Database,
    machine: SetClock,
) -> None:
    await leave_a_lease(database, until=machine.now + timedelta(hours=1))

    await ask(official)

    assert len(fetches(simulator)) == 1


async def test_a_lease_that_is_never_given_back_is_not_waited_for_for_ever(
    simulator: Simulator, database: Database, machine: SetClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "MOST_WAITS", 5)
    await leave_a_lease(database, until=machine.now + LEASE)

    async def wait(_seconds: float) -> None:
        await leave_a_lease(database, until=machine.now + LEASE)

    async with wechat_accounts.official(
        simulator.url, database, clock=machine, pause=wait
    ) as client:
        assert isinstance(await outcome_of(client), refusals.CallsPaused)


async def test_a_fetch_whose_lease_was_lost_looks_again(
    simulator: Simulator, database: Database, machine: SetClock
) -> None:
    """It took so long that another one took over; what counts is the row."""
    simulator.fault(path=FETCH, count=1, delay=0.3)

    async with wechat_accounts.official(simulator.url, database, clock=machine) as client:
        asking = asyncio.create_task(ask(client))
        await until_leased(database)
        await leave_a_lease(database, until=machine.now)
        await asking

    assert len(fetches(simulator)) == 2
    assert (await row_of(database)).generation == 1


async def test_nothing_is_locked_while_wechat_is_asked(
    official: OfficialAccountClient, simulator: Simulator, database: Database
) -> None:
    simulator.fault(path=FETCH, count=1, delay=0.5)
    asking = asyncio.create_task(ask(official))
    await until_leased(database)

    async with database.transaction() as db:
        await db.execute(update(AccessToken).values(forced_at=None))

    assert not asking.done()
    await asking


async def test_who_gives_up_waiting_does_not_stop_the_fetch(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    simulator.fault(path=FETCH, count=1, delay=0.3)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await ask(official)

    await ask(official)

    assert len(fetches(simulator)) == 1


async def test_a_client_that_is_closed_stops_fetching(
    simulator: Simulator, database: Database, machine: SetClock
) -> None:
    simulator.fault(path=FETCH, count=1, delay=30)

    async with wechat_accounts.official(simulator.url, database, clock=machine) as client:
        asking = asyncio.create_task(ask(client))
        await until_leased(database)
    with pytest.raises(asyncio.CancelledError):
        await asking

    assert (await row_of(database)).lease_holder is None


async def test_a_token_does_not_lie_readable_in_the_database(
    official: OfficialAccountClient, simulator: Simulator, database: Database
) -> None:
    await ask(official)
    await official.sign_page("https://asi.example.cn/")

    async with database.snapshot() as db:
        sealed = [row.sealed for row in await db.scalars(select(AccessToken))]
    token = simulator.token().encode()
    assert len(sealed) == 2
    assert all(one is not None and token not in one for one in sealed)


async def test_a_token_sealed_under_another_key_is_fetched_anew(
    official: OfficialAccountClient, simulator: Simulator, database: Database, machine: SetClock
) -> None:
    await ask(official)

    other = Sealer("another-key-that-protects-nothing-either")
    async with wechat_accounts.official(
        simulator.url, database, clock=machine, sealer=other
    ) as client:
        await ask(client)

    assert len(fetches(simulator)) == 2


async def test_a_database_that_fails_after_a_call_does_not_undo_it(
    empty_database_url: str, machine: SetClock
) -> None:
    async def fetch(_forced: bool) -> tokens.Fetched:  # noqa: FBT001 - a Fetch
        raise AssertionError

    database = Database(empty_database_url)
    row = TokenRow(database, appid=OA_APPID, kind=TokenKind.ACCESS_TOKEN)
    kept = tokens.Tokens(row, fetch, sealer=wechat_accounts.SEALER, clock=machine)

    await kept.works(
        tokens.Token(
            text="t", generation=1, renew_at=machine.now, expires_at=machine.now, failures=1
        )
    )

    await database.close()


async def test_a_ticket_for_pages_is_fetched_once_and_renewed(
    official: OfficialAccountClient, simulator: Simulator, machine: SetClock
) -> None:
    """WeChat gives the same ticket until it ends: asking ahead is done once a minute at most."""
    await asyncio.gather(*(official.sign_page("https://a.cn") for _ in range(50)))
    assert len(simulator.calls(TICKET)) == 1
    let_pass(simulator, machine, LIFETIME - timedelta(seconds=90))

    for _ in range(10):
        await official.sign_page("https://a.cn")

    assert len(simulator.calls(TICKET)) == 2
    let_pass(simulator, machine, timedelta(seconds=120))
    await official.sign_page("https://a.cn")
    assert len(simulator.calls(TICKET)) == 3

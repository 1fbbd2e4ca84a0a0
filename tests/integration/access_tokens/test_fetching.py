"""One fetch for everybody; a token that WeChat refuses is replaced once."""

import asyncio
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest

from services.runtime.database import Database
from services.wechat import refusals, tokens
from services.wechat.client import ATTEMPTS, AccountKeys
from services.wechat.official_account import OfficialAccountClient
from tests.support import wechat_accounts
from tests.support.clocks import SetClock
from tests.support.simulator import OA_APPID, Simulator
from tests.support.token_checks import (
    ADDRESSES,
    FETCH,
    LIFETIME,
    ask,
    fetches,
    let_pass,
    outcome_of,
    row_of,
    start_asker,
)


async def test_a_hundred_who_ask_at_once_cause_one_fetch(
    official: OfficialAccountClient, simulator: Simulator, machine: SetClock
) -> None:
    await ask(official, times=100)
    assert len(fetches(simulator)) == 1

    let_pass(simulator, machine, LIFETIME)
    await ask(official, times=100)

    assert len(fetches(simulator)) == 2
    assert len(simulator.calls(ADDRESSES)) == 200


async def test_several_processes_share_one_fetch(
    simulator: Simulator, database: Database, database_url: str, machine: SetClock
) -> None:
    async with AsyncExitStack() as stack:
        clients = []
        for _ in range(3):
            own = Database(database_url)
            stack.push_async_callback(own.close)
            clients.append(
                await stack.enter_async_context(
                    wechat_accounts.official(simulator.url, own, clock=machine)
                )
            )

        await asyncio.gather(*(ask(client, times=30) for client in clients))
        assert len(fetches(simulator)) == 1
        let_pass(simulator, machine, LIFETIME)
        await asyncio.gather(*(ask(client, times=30) for client in clients))

    row = await row_of(database)
    assert len(fetches(simulator)) == 2
    assert (row.generation, row.failures, row.lease_holder) == (2, 0, None)


def test_processes_that_start_at_the_same_time_share_one_fetch(
    simulator: Simulator, database_url: str
) -> None:
    simulator.fault(path=FETCH, count=1, delay=0.3)
    started = [start_asker(simulator.url, database_url) for _ in range(3)]
    for process in started:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"

    told = [process.communicate("go\n", timeout=60)[0] for process in started]

    assert told == ["30\n"] * 3
    assert len(fetches(simulator)) == 1


@pytest.mark.parametrize("errcode", [40001, 40014, 42001])
async def test_a_token_that_is_refused_is_replaced_and_the_call_made_once_more(
    official: OfficialAccountClient, simulator: Simulator, errcode: int
) -> None:
    await ask(official)
    simulator.fault(path=ADDRESSES, count=1, errcode=errcode)

    await ask(official)

    assert len(fetches(simulator)) == 2
    assert len(simulator.calls(ADDRESSES)) == 3


async def test_a_token_that_ended_before_its_time_is_replaced_once_for_all(
    official: OfficialAccountClient, simulator: Simulator, database: Database
) -> None:
    """WeChat's clock is ahead of ours: 42001 for a hundred calls that are under way."""
    await ask(official)
    simulator.advance(LIFETIME.total_seconds())

    await ask(official, times=100)

    row = await row_of(database)
    assert len(fetches(simulator)) == 2
    assert (row.failures, row.retry_at) == (0, None)


async def test_a_token_that_somebody_elses_force_killed_is_replaced_without_force(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    await ask(official)
    simulator.token(force_refresh=True)

    await ask(official, times=20)

    assert [call["force_refresh"] for call in fetches(simulator)] == [False, True, False]


async def test_a_process_takes_the_token_that_another_one_fetched(
    official: OfficialAccountClient,
    simulator: Simulator,
    database: Database,
    machine: SetClock,
) -> None:
    async with wechat_accounts.official(simulator.url, database, clock=machine) as other:
        await ask(official)
        await ask(other)
        simulator.advance(LIFETIME.total_seconds())
        await ask(official)

        await ask(other)

    assert len(fetches(simulator)) == 2


async def test_a_token_that_is_never_accepted_costs_two_fetches_and_is_refused(
    official: OfficialAccountClient, simulator: Simulator, machine: SetClock, database: Database
) -> None:
    simulator.fault(path=ADDRESSES, count=None, errcode=40001)

    outcomes = [await outcome_of(official) for _ in range(20)]

    assert {type(outcome) for outcome in outcomes} == {refusals.TokenInvalid}
    assert {getattr(outcome, "code", "") for outcome in outcomes} == {"wechat_token_invalid"}
    assert len(fetches(simulator)) == 2
    machine.now += tokens.FORCED_APART
    assert isinstance(await outcome_of(official), refusals.TokenInvalid)
    assert [call["force_refresh"] for call in fetches(simulator)] == [False, False, True]
    simulator.no_faults()
    await ask(official)
    assert (await row_of(database)).failures == 0


async def test_a_hundred_calls_with_a_token_that_is_never_accepted_cost_two_fetches(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    simulator.fault(path=ADDRESSES, count=None, errcode=40001)

    outcomes = await asyncio.gather(*(outcome_of(official) for _ in range(100)))

    assert {type(outcome) for outcome in outcomes} == {refusals.TokenInvalid}
    assert len(fetches(simulator)) == 2


async def test_force_is_given_up_when_it_never_helps(
    official: OfficialAccountClient, simulator: Simulator, machine: SetClock
) -> None:
    """Twenty are allowed in a day; a day of refusals must not use them up."""
    simulator.fault(path=ADDRESSES, count=None, errcode=40001)

    for _ in range(60):
        machine.now += timedelta(minutes=8)
        await outcome_of(official)

    forced = [call for call in fetches(simulator) if call["force_refresh"]]
    assert len(forced) == tokens.MOST_FORCED


async def test_a_wrong_secret_costs_one_fetch_and_is_asked_about_again_later(
    simulator: Simulator, database: Database, machine: SetClock
) -> None:
    keys = AccountKeys(OA_APPID, "a-wrong-secret")

    async with wechat_accounts.official(
        simulator.url, database, keys=keys, clock=machine
    ) as client:
        outcomes = [await outcome_of(client) for _ in range(20)]
        assert len(fetches(simulator)) == 1
        machine.now += tokens.FORCED_APART
        await outcome_of(client)

    assert {type(outcome) for outcome in outcomes} == {refusals.CredentialsRefused}
    assert len(fetches(simulator)) == 2
    assert (await row_of(database)).lease_holder is None


async def test_a_secret_refused_with_40001_is_the_secret_s_fault(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    simulator.fault(path=FETCH, count=1, errcode=40001)

    assert isinstance(await outcome_of(official), refusals.CredentialsRefused)


async def test_an_outage_of_the_token_s_endpoint_is_told_to_all_who_wait(
    official: OfficialAccountClient, simulator: Simulator
) -> None:
    simulator.fault(path=FETCH, count=None, status=503)

    outcomes = await asyncio.gather(*(outcome_of(official) for _ in range(50)))

    assert {type(outcome) for outcome in outcomes} == {refusals.AnswerLost}
    assert len(fetches(simulator)) == ATTEMPTS
    simulator.no_faults()
    await ask(official)

"""A WeChat that fails: nothing is sent twice, nothing hangs, and it is left alone for a while."""

import asyncio
from collections import Counter
from collections.abc import Awaitable, Iterable

import pytest

from services.runtime.database import Database
from services.wechat import refusals
from services.wechat.breaker import MOST_FAILURES, PAUSE_SECONDS
from services.wechat.official_account import MENU, OfficialAccountClient
from services.wechat.refusals import Lost, WeChatError
from tests.support import wechat_accounts
from tests.support.processes import free_port
from tests.support.simulator import Json, Simulator, User
from tests.support.wechat_accounts import Seconds

SEND = "/cgi-bin/message/custom/send"
ADDRESSES = "/cgi-bin/getcallbackip"
IMPATIENT = 0.08
"""Ten seconds become 0.8: little to wait for, and enough for a simulator that is busy."""

LOST: list[tuple[Json, Lost]] = [
    ({"close": True}, Lost.DISCONNECTED),
    ({"timeout": 30}, Lost.TIMEOUT),
    ({"drip": 30}, Lost.TIMEOUT),
    ({"status": 502}, Lost.STATUS),
    ({"status": 302}, Lost.STATUS),
    ({"bad_json": True}, Lost.UNREADABLE),
    ({"status": 200}, Lost.UNREADABLE),
    ({"huge": 50_000_000}, Lost.TOO_LARGE),
]


@pytest.mark.parametrize(("fault", "reason"), LOST, ids=str)
async def test_a_message_whose_answer_is_lost_is_not_sent_again(
    simulator: Simulator, own_database: Database, user: User, fault: Json, reason: Lost
) -> None:
    simulator.fault(path=SEND, count=1, effect=True, **fault)

    async with wechat_accounts.official(simulator.url, own_database, patience=IMPATIENT) as client:
        await client.callback_addresses()
        with pytest.raises(refusals.OutcomeUnknown) as refused:
            await client.send_text(user.openid_oa, "您好")

    assert refused.value.code == "wechat_outcome_unknown"
    assert refused.value.values["reason"] == reason
    assert len(simulator.inbox(user.openid_oa)) == 1


@pytest.mark.parametrize(("fault", "reason"), LOST, ids=str)
async def test_a_question_whose_answer_is_lost_is_asked_again(
    simulator: Simulator, own_database: Database, fault: Json, reason: Lost
) -> None:
    async with wechat_accounts.official(simulator.url, own_database, patience=IMPATIENT) as client:
        simulator.fault(path=ADDRESSES, count=2, **fault)
        assert await client.callback_addresses() == ("127.0.0.1",)
        simulator.fault(path=ADDRESSES, count=3, **fault)
        with pytest.raises(refusals.AnswerLost) as refused:
            await client.callback_addresses()

    assert refused.value.code == "wechat_answer_lost"
    assert refused.value.values["reason"] == reason
    assert len(simulator.calls(ADDRESSES)) == 6


@pytest.mark.parametrize("errcode", [-1, 45009, 45011])
async def test_a_question_to_a_busy_wechat_is_asked_again(
    official: OfficialAccountClient, simulator: Simulator, errcode: int
) -> None:
    simulator.fault(path=ADDRESSES, count=2, errcode=errcode)

    assert await official.callback_addresses() == ("127.0.0.1",)


async def test_a_message_refused_for_the_minute_is_sent_once_it_may(
    official: OfficialAccountClient, simulator: Simulator, user: User
) -> None:
    simulator.fault(path=SEND, count=1, errcode=45011)

    await official.send_text(user.openid_oa, "您好")

    assert len(simulator.inbox(user.openid_oa)) == 1


@pytest.mark.parametrize(
    ("errcode", "kind", "code"),
    [
        (-1, refusals.SystemBusy, "wechat_busy"),
        (45009, refusals.RateLimited, "wechat_rate_limited"),
    ],
)
async def test_a_message_is_not_tried_again_where_that_is_not_safe_or_of_no_use(
    official: OfficialAccountClient,
    simulator: Simulator,
    user: User,
    errcode: int,
    kind: type[WeChatError],
    code: str,
) -> None:
    simulator.fault(path=SEND, count=1, errcode=errcode)

    with pytest.raises(kind) as refused:
        await official.send_text(user.openid_oa, "您好")

    assert refused.value.code == code
    assert len(simulator.calls(SEND)) == 1


@pytest.mark.parametrize("scheme", ["http", "https"])
async def test_a_wechat_that_is_not_there_is_said_to_be_so(
    own_database: Database, scheme: str
) -> None:
    url = f"{scheme}://127.0.0.1:{free_port()}"

    async with wechat_accounts.official(url, own_database) as client:
        with pytest.raises(refusals.NotReached) as refused:
            await client.check_credentials()

    assert refused.value.code == "wechat_not_reached"


async def test_a_wechat_without_tls_is_not_talked_to(
    simulator: Simulator, own_database: Database
) -> None:
    url = simulator.url.replace("http:", "https:")

    async with wechat_accounts.official(url, own_database) as client:
        with pytest.raises(refusals.NotReached):
            await client.check_credentials()


async def test_calls_wait_for_their_turn_but_not_for_ever(
    simulator: Simulator, own_database: Database
) -> None:
    simulator.fault(path=ADDRESSES, count=None, timeout=30)

    async with wechat_accounts.official(simulator.url, own_database, patience=IMPATIENT) as client:
        await client.check_credentials()
        outcomes = await asyncio.gather(
            *(client.callback_addresses() for _ in range(60)), return_exceptions=True
        )

    assert {type(outcome) for outcome in outcomes} <= {
        refusals.AnswerLost,
        refusals.NotReached,
        refusals.CallsPaused,
    }
    assert len(simulator.calls(ADDRESSES)) <= 50 + MOST_FAILURES


async def test_after_failures_in_a_row_wechat_is_left_alone_and_then_tried(
    official: OfficialAccountClient, simulator: Simulator, user: User, seconds: Seconds
) -> None:
    await official.callback_addresses()
    simulator.fault(path=SEND, count=MOST_FAILURES + 1, status=503)
    for _ in range(MOST_FAILURES):
        with pytest.raises(refusals.OutcomeUnknown):
            await official.send_text(user.openid_oa, "您好")

    with pytest.raises(refusals.CallsPaused) as paused:
        await official.send_text(user.openid_oa, "您好")
    assert paused.value.code == "wechat_paused"
    assert official.client.paused
    seconds.now += PAUSE_SECONDS
    with pytest.raises(refusals.OutcomeUnknown):
        await official.send_text(user.openid_oa, "您好")
    with pytest.raises(refusals.CallsPaused):
        await official.send_text(user.openid_oa, "您好")
    seconds.now += PAUSE_SECONDS
    await official.send_text(user.openid_oa, "您好")

    assert len(simulator.calls(SEND)) == MOST_FAILURES + 2


def test_the_breaker_keeps_to_its_promise() -> None:
    """reliability.md, bar 20: it opens after 10 failures, and closes 30 s after recovery."""
    assert MOST_FAILURES <= 10
    assert PAUSE_SECONDS <= 30


async def test_one_call_at_a_time_tries_a_wechat_that_failed(
    official: OfficialAccountClient, simulator: Simulator, seconds: Seconds
) -> None:
    await _make_it_fail(official, simulator)
    seconds.now += PAUSE_SECONDS
    before = len(simulator.calls(ADDRESSES))
    simulator.fault(path=ADDRESSES, count=1, delay=0.2)

    outcomes = await _all(official.callback_addresses() for _ in range(20))

    assert Counter(map(type, outcomes)) == {tuple: 1, refusals.CallsPaused: 19}
    assert len(simulator.calls(ADDRESSES)) == before + 1


async def test_a_refusal_is_the_answer_of_a_healthy_wechat(
    official: OfficialAccountClient,
) -> None:
    outcomes = await _all(official.client.call(MENU) for _ in range(MOST_FAILURES + 2))

    codes = {outcome.code for outcome in outcomes if isinstance(outcome, refusals.MenuMissing)}
    assert codes == {"wechat_menu_missing"}
    assert not official.client.paused


async def test_a_probe_that_is_cancelled_leaves_the_next_one_free(
    official: OfficialAccountClient, simulator: Simulator, seconds: Seconds
) -> None:
    await _make_it_fail(official, simulator)
    seconds.now += PAUSE_SECONDS
    simulator.fault(path=ADDRESSES, count=1, delay=30)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.1):
            await official.callback_addresses()

    assert await official.callback_addresses() == ("127.0.0.1",)


async def test_in_a_storm_every_message_ends_and_none_arrives_twice(
    simulator: Simulator, own_database: Database
) -> None:
    people = [simulator.user() for _ in range(40)]
    for person in people:
        simulator.follow(person.openid_oa)
    for fault in (
        {"timeout": 30, "share": 0.3, "effect": True},
        {"status": 502, "share": 0.2, "effect": True},
        {"errcode": -1, "share": 0.1},
        {"errcode": 45009, "share": 0.05},
        {"bad_json": True, "share": 0.1, "effect": True},
        {"huge": 50_000_000, "share": 0.02},
        {"drip": 30, "share": 0.05, "effect": True},
    ):
        simulator.fault(path=SEND, count=None, **fault)

    async with wechat_accounts.official(simulator.url, own_database, patience=IMPATIENT) as client:
        outcomes = await _all(
            client.send_text(person.openid_oa, f"第 {number} 条")
            for person in people
            for number in range(3)
        )

    arrived = Counter(
        (person.openid_oa, entry["content"]["content"])
        for person in people
        for entry in simulator.inbox(person.openid_oa)
    )
    sent = outcomes.count(None)
    assert len(outcomes) == 120
    assert all(outcome is None or isinstance(outcome, WeChatError) for outcome in outcomes)
    assert max(arrived.values()) == 1
    assert (
        sent
        <= len(arrived)
        <= sent + sum(isinstance(one, refusals.OutcomeUnknown) for one in outcomes)
    )


async def _make_it_fail(official: OfficialAccountClient, simulator: Simulator) -> None:
    await official.callback_addresses()
    simulator.fault(path=ADDRESSES, count=None, status=503)
    await _all(official.callback_addresses() for _ in range(MOST_FAILURES))
    simulator.no_faults()
    assert official.client.paused


async def _all(calls: Iterable[Awaitable[object]]) -> list[object]:
    return list(await asyncio.gather(*calls, return_exceptions=True))

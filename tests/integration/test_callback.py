"""The callback: stored before it is answered, once however often it is delivered."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from sqlalchemy import func, select, text

from models import Push
from models.vocabulary import Account
from services.conversations.arrivals import Arrival, Stored
from services.conversations.reception import NotStored
from services.runtime.database import Database
from services.wechat.pushes import read as read_push
from tests.support import pushes
from tests.support.chats import chatting, reply
from tests.support.clocks import SetClock


async def _rows(database: Database) -> int:
    async with database.snapshot() as db:
        return await db.scalar(select(func.count()).select_from(Push)) or 0


async def test_the_console_gets_its_echo(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        answer = await chat.client.get(f"/?{pushes.greeting('4375120948345356249')}")

    assert (answer.status_code, answer.text) == (200, "4375120948345356249")
    assert answer.headers["content-type"].startswith("text/plain")


async def test_a_keyword_is_answered_with_a_link(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        answer = await chat.say("草案")

    assert answer is not None
    assert "/r/" in answer
    assert await _rows(database) == 1


async def test_fifty_deliveries_at_once_are_one_push_with_one_reply(
    database: Database, clock: SetClock
) -> None:
    query, body = pushes.post(pushes.text_xml("截止"))
    async with chatting(database, clock) as chat:
        answers = await asyncio.gather(*(chat.post(query, body) for _ in range(50)))
        later = await chat.post(query, body)

    assert {answer.status_code for answer in answers} == {200}
    assert len({pushes.unsealed(answer.content) for answer in [*answers, later]}) == 1
    assert await _rows(database) == 1


async def test_the_same_number_from_another_visitor_is_another_message(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        await chat.say("草案", openid="o" + "a" * 27, message_id=7)
        await chat.say("草案", openid="o" + "b" * 27, message_id=7)

    assert await _rows(database) == 2


async def test_two_events_of_one_second_are_two(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        for key in ("one", "two", "two"):
            await chat.push(pushes.event_xml("CLICK", {"EventKey": key}))

    assert await _rows(database) == 2


async def test_what_is_refused_looks_the_same_whatever_was_wrong(
    database: Database, clock: SetClock
) -> None:
    query, body = pushes.post(pushes.text_xml("草案"))
    foreign_query, foreign = pushes.post(pushes.text_xml("草案"), appid="wx0000000000000000")
    async with chatting(database, clock) as chat:
        answers = [
            await chat.post("", body),
            await chat.post(query + "0", body),
            await chat.post(query, b"<xml/>"),
            await chat.post(foreign_query, foreign),
            await chat.client.get("/?echostr=%3Cscript%3E"),
        ]

    assert {answer.status_code for answer in answers} == {403}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "signature_refused"
    assert chat.callback.statistics.outcomes["refused"] == 5
    assert await _rows(database) == 0


async def test_an_old_push_is_refused_unless_it_repeats_one_that_is_stored(
    database: Database, clock: SetClock
) -> None:
    query, body = pushes.post(pushes.text_xml("草案"))
    other_query, other = pushes.post(pushes.text_xml("草案", message_id=2))
    async with chatting(database, clock) as chat:
        first = await chat.post(query, body)
        chat.machine_time[0] += 301
        again = await chat.post(query, body)
        fresh = await chat.post(other_query, other)

    assert reply(again) == reply(first)
    assert fresh.status_code == 403
    assert await _rows(database) == 1


async def test_what_cannot_be_understood_is_kept(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        answer = await chat.push("neither XML nor JSON \x00\ud7ff")
        await chat.derive()

    assert answer.content == b"success"
    async with database.snapshot() as db:
        row = await db.scalar(select(Push))
    assert row is not None
    assert (row.name, row.openid) == ("unintelligible", None)
    assert "neither XML" in (row.body or "")


@pytest.mark.parametrize("created_at", ["9223372036854775807", "-1", "soon"])
async def test_an_absurd_time_is_no_reason_to_lose_a_message(
    database: Database, clock: SetClock, created_at: str
) -> None:
    xml = pushes.text_xml("草案").replace(
        f"<CreateTime>{pushes.AT}</CreateTime>", f"<CreateTime>{created_at}</CreateTime>"
    )
    async with chatting(database, clock) as chat:
        answer = await chat.push(xml)

    assert reply(answer) is not None


async def test_a_large_body_is_refused_unread(database: Database, clock: SetClock) -> None:
    query, _ = pushes.post(pushes.text_xml("草案"))
    async with chatting(database, clock) as chat:
        announced = await chat.post(query, b"x" * 65_537)
        streamed = await chat.client.post(f"/?{query}", content=_stream(70))
        nonsense = await chat.client.post(f"/?{query}", headers={"content-length": "ten"})

    assert [answer.status_code for answer in (announced, streamed, nonsense)] == [413] * 3
    assert announced.headers["connection"] == "close"


async def test_other_methods_are_not_taken(database: Database, clock: SetClock) -> None:
    async with chatting(database, clock) as chat:
        answer = await chat.client.put("/")

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")


async def test_a_mini_program_that_pushes_json_is_answered_success(
    database: Database, clock: SetClock
) -> None:
    push = pushes.push_json({"MsgType": "text", "Content": "草案", "MsgId": 2**63 - 1})
    query, body = pushes.post(push, notation="json")
    async with chatting(database, clock, account=Account.MINI_PROGRAM) as chat:
        answer = await chat.post(query, body)

    assert answer.content == b"success"
    assert await _rows(database) == 1


async def test_a_push_that_cannot_be_stored_is_asked_for_again(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock, deadline=0.5) as chat, _writer_held(database):
        late = await chat.push(pushes.text_xml("草案"))
    async with chatting(database, clock) as chat:
        again = await chat.push(pushes.text_xml("草案"))

    assert (late.status_code, late.json()["code"]) == (503, "push_not_stored")
    assert late.headers["retry-after"] == "5"
    assert reply(again) is not None
    assert await _rows(database) == 1


async def test_what_its_second_delivery_was_answered_with_is_not_sent_again(
    database: Database, clock: SetClock
) -> None:
    """The first delivery gave up, the second one waits, and both are stored in one go."""
    before, first, second = (
        Arrival.of(Account.OFFICIAL_ACCOUNT, body=xml, push=read_push(xml.encode()))
        for xml in (pushes.text_xml("报名", message_id=1), *[pushes.text_xml("草案")] * 2)
    )
    now = asyncio.get_running_loop().time
    async with chatting(database, clock) as chat:
        take = chat.reception.take
        async with _writer_held(database):
            held = asyncio.create_task(take(before, deadline=now() + 60))
            await _turns(20)
            await asyncio.gather(take(first, deadline=now()), return_exceptions=True)
            waiting = asyncio.create_task(take(second, deadline=now() + 60))
            await _turns(20)
        await held
        answered = await waiting
        # Its one writer has marked what is late by the time it stores another.
        await chat.say("截止", message_id=3)

    assert first.late
    assert answered.reply is not None
    async with database.snapshot() as db:
        assert set(await db.scalars(select(Push.late))) == {False}


async def test_an_old_push_is_asked_for_again_while_the_database_is_away(
    database: Database, clock: SetClock
) -> None:
    query, body = pushes.post(pushes.text_xml("草案"))
    async with chatting(database, clock) as chat:
        chat.machine_time[0] += 301
        async with database.transaction() as db:
            await db.execute(text("ALTER TABLE pushes RENAME TO elsewhere"))
        answer = await chat.post(query, body)

    assert (answer.status_code, answer.json()["code"]) == (503, "push_not_stored")


async def test_one_bad_push_does_not_take_others_with_it(
    database: Database, clock: SetClock
) -> None:
    async with chatting(database, clock) as chat:
        bad = Arrival.of(Account.OFFICIAL_ACCOUNT, body="", push=None)
        # The envelope lets no such text through: it stands for whatever nobody thought of.
        bad.body = "\ud800"
        good = Arrival.of(Account.OFFICIAL_ACCOUNT, body="good", push=None)

        deadline = asyncio.get_running_loop().time() + 60
        refused, taken = await asyncio.gather(
            chat.reception.take(bad, deadline=deadline),
            chat.reception.take(good, deadline=deadline),
            return_exceptions=True,
        )

    assert isinstance(refused, NotStored)
    assert isinstance(taken, Stored)
    assert await _rows(database) == 1


async def _turns(number: int) -> None:
    """Let the event loop go round so many times."""
    for _ in range(number):
        await asyncio.sleep(0)


@asynccontextmanager
async def _writer_held(database: Database) -> AsyncIterator[None]:
    """Keep everybody else from writing."""
    async with database.writer.begin() as db:
        if not database.is_sqlite:
            await db.execute(text("LOCK TABLE pushes IN EXCLUSIVE MODE"))
        yield


async def _stream(kilobytes: int) -> AsyncIterator[bytes]:
    for _ in range(kilobytes):
        yield b"x" * 1024

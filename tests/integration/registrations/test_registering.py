"""Registering: one's own seat, seen, changed and given up; nobody else's."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx2
import pytest
from sqlalchemy import func, select

from models import Registration
from services.registrations.booking import CODE_LETTERS
from services.runtime.database import Database
from tests.integration.registrations.people import Person, body
from tests.support.clocks import SetClock

Crowd = Callable[[int], Awaitable[list[Person]]]

BEGINS = "2026-03-09T16:00:00+08:00"
LAST_SECOND = "2026-03-09T15:59:59+08:00"


async def test_a_visitor_gets_a_seat_and_a_code_for_the_door(person: Person) -> None:
    answer = await person.register(
        body(name=" 王  芳 ", phone="138 0013 8000", stakeholder="industrial_users")
    )

    assert answer.status_code == 201
    made = answer.json()
    assert len(made["code"]) == 8
    assert set(made["code"]) <= set(CODE_LETTERS)
    expected = {
        "webinar": "china",
        "state": "confirmed",
        "position": None,
        "name": "王 芳",
        "organisation": "某某铝业有限公司",
        "contact_kind": "phone",
        "contact": "138****8000",
        "stakeholder": "industrial_users",
        "registered_at": "2026-03-02T01:00:00Z",
        "cancelled_at": None,
        "starts_at": "2026-03-09T08:00:00Z",
        "changeable": True,
        "cancellable": True,
        "calendar_url": "http://127.0.0.1:8000/webinars/china.ics",
    }
    assert {name: made[name] for name in expected} == expected
    assert made["phone_calendar"]["start_time"] == 1773043200
    assert (await person.show(made["id"])).json() == made
    assert await person.registrations() == [made]


async def test_an_address_instead_of_a_phone(person: Person) -> None:
    made = (await person.register(body(email="Fang.Wang@Example.CN"), lang="en")).json()

    assert (made["contact_kind"], made["contact"]) == ("email", "f***@example.cn")
    assert made["phone_calendar"]["title"] == "Consultation webinar: China, in Chinese"


async def test_the_codes_differ(crowd: Crowd) -> None:
    answers = [await person.register() for person in await crowd(5)]

    assert len({answer.json()["code"] for answer in answers}) == 5


async def test_registering_twice_gives_ones_own_record(person: Person, database: Database) -> None:
    first = await person.register(body(name="王芳"))
    second = await person.register(body(name="王芳芳"))

    assert (second.status_code, second.json()) == (201, first.json())
    assert await _rows(database) == 1


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({"phone": "13900000000"}, {"phone": "+86 139-0000-0000"}),
        ({"phone": "13900000000"}, {"phone": "0086 1\uff13900000000"}),
        ({"email": "fang@example.cn"}, {"email": " FANG@EXAMPLE.CN "}),
    ],
)
async def test_somebody_elses_contact_is_taken_and_tells_nothing(
    crowd: Crowd, first: dict[str, str], second: dict[str, str]
) -> None:
    owner, other = await crowd(2)
    await owner.register(body(name="机密人", **first))

    answer = await other.register(body(**second))

    assert (answer.status_code, answer.json()["code"]) == (409, "contact_taken")
    assert "机密人" not in answer.text
    assert await other.registrations() == []


async def test_a_contact_is_free_again_after_its_owner_cancelled(crowd: Crowd) -> None:
    owner, other = await crowd(2)
    made = (await owner.register(body(phone="13900000000"))).json()
    await owner.cancel(made["id"])

    assert (await other.register(body(phone="13900000000"))).status_code == 201


async def test_a_foreign_registration_is_not_there(crowd: Crowd) -> None:
    owner, other = await crowd(2)
    made = (await owner.register()).json()

    for registration_id in (made["id"], str(uuid4())):
        answers = [
            await other.show(registration_id),
            await other.change(registration_id, name="别人"),
            await other.cancel(registration_id),
        ]
        assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
            (404, "registration_not_found")
        ] * 3
    assert (await owner.show(made["id"])).json() == made


async def test_what_was_said_can_be_changed(crowd: Crowd) -> None:
    person, other = await crowd(2)
    made = (await person.register(body(stakeholder="associations"))).json()
    await other.register(body(email="taken@example.cn"))

    changed = await person.change(
        made["id"], name="李娜", organisation="新公司", email="li@example.cn", stakeholder=""
    )
    taken = await person.change(made["id"], email="Taken@example.cn")

    assert changed.status_code == 200
    assert changed.json() == made | {
        "name": "李娜",
        "organisation": "新公司",
        "contact_kind": "email",
        "contact": "l***@example.cn",
        "stakeholder": None,
    }
    assert (taken.status_code, taken.json()["code"]) == (409, "contact_taken")
    assert (await person.change(made["id"])).json() == changed.json()
    assert (await person.show(made["id"])).json() == changed.json()


async def test_cancelling_keeps_the_history_and_registering_again_is_a_new_record(
    person: Person,
) -> None:
    first = (await person.register(body(phone="13900000000"))).json()

    cancelled = await person.cancel(first["id"])
    again = await person.cancel(first["id"])
    changed = await person.change(first["id"], name="李娜")
    second = (await person.register(body(phone="13900000000"))).json()

    assert cancelled.status_code == 200
    assert cancelled.json() == first | {
        "state": "cancelled",
        "code": None,
        "check_in_path": None,
        "cancelled_at": "2026-03-02T01:00:00Z",
        "changeable": False,
        "cancellable": False,
    }
    assert again.json() == cancelled.json()
    assert (changed.status_code, changed.json()["code"]) == (409, "registration_cancelled")
    assert second["id"] != first["id"]
    assert await person.registrations() == [second, cancelled.json()]


async def test_until_the_last_second_and_no_longer(crowd: Crowd, clock: SetClock) -> None:
    early, late = await crowd(2)
    clock.set(LAST_SECOND)
    made = (await early.register()).json()
    assert (await early.change(made["id"], name="李娜")).status_code == 200

    clock.set(BEGINS)
    answers = [
        await late.register(),
        await early.change(made["id"], name="王芳"),
        await early.cancel(made["id"]),
    ]

    assert [(answer.status_code, answer.json()["code"]) for answer in answers] == [
        (409, "registration_closed")
    ] * 3
    assert "其他场次" in answers[0].json()["detail"]
    assert "回放" in answers[0].json()["detail"]
    shown = (await early.register()).json()
    assert (shown["id"], shown["name"], shown["changeable"]) == (made["id"], "李娜", False)


async def test_a_webinar_of_the_hub_is_registered_for_there(
    person: Person, clock: SetClock
) -> None:
    answer = await person.register(slug="europe-asia", lang="en")
    clock.set("2026-03-05T16:00:00+08:00")
    begun = await person.register(slug="europe-asia")

    assert (answer.status_code, answer.json()["code"]) == (409, "registered_elsewhere")
    assert "https://aluminium-stewardship.org/" in answer.json()["detail"]
    assert begun.json()["code"] == "registration_closed"


async def test_the_contract_says_where_to_register(client: httpx2.AsyncClient) -> None:
    items = (await client.get("/v1/webinars")).json()["items"]

    assert {item["slug"]: item["registered_here"] for item in items} == {
        "americas-europe": False,
        "europe-asia": False,
        "china": True,
    }
    assert all(item["registration_url"] for item in items)


async def test_a_webinar_must_be_there(person: Person) -> None:
    answer = await person.register(slug="mars")

    assert (answer.status_code, answer.json()["code"]) == (404, "webinar_not_found")


async def test_without_a_login_there_is_no_registration(client: httpx2.AsyncClient) -> None:
    somebody = Person(client=client, token="made-up", openid="")

    answers = [
        await somebody.register(),
        await somebody.show(str(uuid4())),
        await somebody.change(str(uuid4())),
        await somebody.cancel(str(uuid4())),
    ]

    assert [answer.status_code for answer in answers] == [401] * 4


async def test_the_same_key_gets_the_same_bytes_even_after_a_change(person: Person) -> None:
    sent = body()
    first = await person.register(sent, key="a-key-of-mine")
    await person.change(first.json()["id"], name="李娜")

    again = await person.register(sent, key="a-key-of-mine")
    other = await person.register(body(), key="a-key-of-mine")

    assert (again.status_code, again.content) == (201, first.content)
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")


async def test_a_refused_wish_keeps_no_key(crowd: Crowd) -> None:
    owner, other = await crowd(2)
    made = (await owner.register(body(phone="13900000000"))).json()
    sent = body(phone="13900000000")
    refused = await other.register(sent, key="a-key-of-mine")
    await owner.cancel(made["id"])

    answer = await other.register(sent, key="a-key-of-mine")

    assert (refused.status_code, answer.status_code) == (409, 201)


async def test_twenty_taps_at_once_are_one_registration(person: Person, database: Database) -> None:
    sent = body()

    answers = await asyncio.gather(*(person.register(sent, key="a-key-of-mine") for _ in range(20)))

    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert await _rows(database) == 1


async def test_twenty_taps_with_different_keys_are_one_registration(
    person: Person, database: Database
) -> None:
    answers = await asyncio.gather(*(person.register() for _ in range(20)))

    found: list[dict[str, Any]] = [answer.json() for answer in answers]
    assert {answer.status_code for answer in answers} == {201}
    assert len({made["id"] for made in found}) == 1
    assert await _rows(database) == 1


async def _rows(database: Database) -> int:
    async with database.snapshot() as db:
        return await db.scalar(select(func.count()).select_from(Registration)) or 0

"""What people may type, what they may not, and how they are told."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.integration.registrations.people import Person, body

pytestmark = pytest.mark.any_database

Crowd = Callable[[int], Awaitable[list[Person]]]

SPOKEN = [
    ("👩‍🔬 王芳 🙂", "👩‍🔬 王芳 🙂"),
    ("محمد علي", "محمد علي"),
    ("王\u200b芳\ufeff", "王芳"),
    ("\u202eabc\u202c", "abc"),
    ("王\r\n芳\t", "王 芳"),
    ("e\u0301tienne", "\u00e9tienne"),
    ("Robert'); DROP TABLE registrations;--", "Robert'); DROP TABLE registrations;--"),
    ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    ("王\x00芳", "王 芳"),
    ("一" * 80, "一" * 80),
]


async def test_names_are_kept_as_people_write_them(crowd: Crowd) -> None:
    people = await crowd(len(SPOKEN))
    pairs = zip(people, SPOKEN, strict=True)
    answers = [await person.register(body(name=typed)) for person, (typed, _) in pairs]

    assert [answer.json().get("name") for answer in answers] == [kept for _, kept in SPOKEN]


WRONG: list[tuple[dict[str, Any], str, str, str]] = [
    ({"name": ""}, "body.name", "string_too_short", "至少 1 个字符"),
    ({"name": " \u200b\u2060\ufeff\n"}, "body.name", "string_too_short", "至少 1 个字符"),
    ({"name": "\u200d\u0301"}, "body.name", "string_too_short", "至少 1 个字符"),
    ({"name": "一" * 81}, "body.name", "string_too_long", "最多 80 个字符"),
    ({"name": "一" * 10_000}, "body.name", "string_too_long", "最多 80 个字符"),
    ({"name": None}, "body.name", "string_type", "文字"),
    ({"name": 7}, "body.name", "string_type", "文字"),
    ({"name": ["王芳"]}, "body.name", "string_type", "文字"),
    ({"organisation": "x" * 201}, "body.organisation", "string_too_long", "最多 200 个字符"),
    ({"phone": "123"}, "body.phone", "phone_invalid", "13800138000"),
    ({"phone": ""}, "body.phone", "phone_invalid", "13800138000"),
    ({"phone": "12345678901"}, "body.phone", "phone_invalid", "13800138000"),
    ({"phone": "138001380001"}, "body.phone", "phone_invalid", "13800138000"),
    ({"phone": "1-800-FLOWERS"}, "body.phone", "phone_invalid", "13800138000"),
    ({"phone": "+8613800138000;ext=5"}, "body.phone", "phone_invalid", "13800138000"),
    ({"phone": "+999 1234567"}, "body.phone", "phone_invalid", "13800138000"),
    ({"phone": "1" * 10_000}, "body.phone", "phone_invalid", "13800138000"),
    ({"phone": 13800138000}, "body.phone", "string_type", "文字"),
    ({"email": "nobody"}, "body.email", "email_invalid", "name@example.cn"),
    ({"email": "a@b"}, "body.email", "email_invalid", "name@example.cn"),
    ({"email": "a..b@example.cn"}, "body.email", "email_invalid", "name@example.cn"),
    ({"email": "a@-example.cn"}, "body.email", "email_invalid", "name@example.cn"),
    ({"email": "a@example.cn\nBcc: b@example.cn"}, "body.email", "email_invalid", "name@"),
    ({"email": '"a b"@example.cn'}, "body.email", "email_invalid", "name@example.cn"),
    ({"email": f"{'a' * 65}@example.cn"}, "body.email", "email_invalid", "name@example.cn"),
    ({"email": "a" * 10_000 + "@example.cn"}, "body.email", "email_invalid", "name@"),
    ({"email": "王芳@example.cn"}, "body.email", "email_invalid", "name@example.cn"),
    ({"phone": "13800138000", "email": "a@example.cn"}, "body", "one_contact", "只填一项"),
    ({"phone": None}, "body", "one_contact", "只填一项"),
    ({"stakeholder": "Industrial Users"}, "body.stakeholder", "string_pattern_mismatch", "格式"),
    ({"age": 30}, "body.age", "extra_forbidden", "请删去"),
    ({"openid": "o1"}, "body.openid", "extra_forbidden", "请删去"),
    ({"unionid": "u1"}, "body.unionid", "extra_forbidden", "请删去"),
    ({"visitor_id": "1"}, "body.visitor_id", "extra_forbidden", "请删去"),
    ({"state": "confirmed"}, "body.state", "extra_forbidden", "请删去"),
]


async def test_each_field_says_what_to_do(person: Person) -> None:
    # One test for all: nothing is written, and a service for each would take a minute.
    for sent, field, code, says in WRONG:
        refused = (await person.register(body(**sent))).json()

        assert refused["code"] == "malformed", sent
        named = [(error["field"], error["code"]) for error in refused["errors"]]
        assert named == [(field, code)], sent
        assert says in refused["errors"][0]["message"], sent
    assert await person.registrations() == []


@pytest.mark.parametrize("missing", ["name", "organisation"])
async def test_what_is_missing_is_named(person: Person, missing: str) -> None:
    sent = body()
    del sent[missing]

    errors = (await person.register(sent)).json()["errors"]

    assert [(error["field"], error["code"]) for error in errors] == [(f"body.{missing}", "missing")]


@pytest.mark.parametrize("sent", [[], "text", 7, {}])
async def test_only_a_form_is_a_form(person: Person, sent: object) -> None:
    answer = await person.register(sent)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_half_a_character_is_refused(person: Person) -> None:
    answer = await person.client.post(
        "/v1/webinars/china/registrations",
        content=rb'{"name": "\ud800", "organisation": "x", "phone": "13800138000"}',
        headers={
            "Authorization": f"Bearer {person.token}",
            "Idempotency-Key": "a-key-of-mine",
            "Content-Type": "application/json",
        },
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


async def test_a_category_must_be_one_of_the_round(person: Person) -> None:
    answer = await person.register(body(stakeholder="dragons"))
    made = (await person.register(body(stakeholder=""))).json()
    changed = await person.change(made["id"], stakeholder="dragons")

    assert (answer.status_code, answer.json()["code"]) == (422, "stakeholder_unknown")
    assert made["stakeholder"] is None
    assert (changed.status_code, changed.json()["code"]) == (422, "stakeholder_unknown")


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"name": "\u200b"}, "string_too_short"),
        ({"phone": "13800138000", "email": "a@example.cn"}, "one_contact"),
        ({"code": "AAAAAAAA"}, "extra_forbidden"),
        ({"webinar": "europe-asia"}, "extra_forbidden"),
    ],
)
async def test_changes_are_held_to_the_same_rules(
    person: Person, sent: dict[str, Any], code: str
) -> None:
    made = (await person.register()).json()

    answer = await person.change(made["id"], **sent)

    assert answer.status_code == 422
    assert [error["code"] for error in answer.json()["errors"]] == [code]
    assert (await person.show(made["id"])).json() == made


@pytest.mark.parametrize("registration_id", ["1", "china", "-", "0" * 31])
async def test_an_id_that_cannot_be_one(person: Person, registration_id: str) -> None:
    answer = await person.show(registration_id)

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "with blanks in it"])
async def test_a_key_is_needed(person: Person, key: str) -> None:
    answer = await person.client.post(
        "/v1/webinars/china/registrations",
        json=body(),
        headers={"Authorization": f"Bearer {person.token}", "Idempotency-Key": key},
    )

    assert (answer.status_code, answer.json()["code"]) == (422, "malformed")

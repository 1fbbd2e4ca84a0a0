"""Proofs: anybody can compute them, and who has none learns nothing."""

import hashlib
import json
from typing import Any

import httpx2
import pytest

from tests.conftest import ROOT
from tests.integration.feedback.senders import Person

RECEIPTS = ROOT / "miniprogram_contract" / "receipts.md"


async def _proofs(person: Person, receipt: str) -> list[dict[str, Any]]:
    answer = await person.get(f"/v1/me/feedback/{receipt}/proofs")
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


async def _verify(person: Person, receipt: str, salt: str, content: str) -> httpx2.Response:
    return await person.client.post(
        f"/v1/feedback/{receipt}/verification", json={"salt": salt, "content": content}
    )


def _documented(proof: dict[str, Any]) -> bool:
    """Run what the contract says a third party can run."""
    page = RECEIPTS.read_text(encoding="utf-8")
    code = page.split("```python\n")[1].split("```")[0]
    names: dict[str, Any] = {}
    exec(code, names)  # noqa: S102 - our own page
    return bool(names["is_true"](proof))


async def test_each_version_can_be_computed_by_anybody(person: Person) -> None:
    first = (await person.send(comment='第一行\n"第二行"\\')).json()
    other = (await person.send()).json()
    changed = (await person.change(first["receipt"], comment="改了")).json()

    one, two = await _proofs(person, first["receipt"])
    [three] = await _proofs(person, other["receipt"])
    assert all(_documented(proof) for proof in (one, two, three))
    assert not _documented(one | {"content": one["content"].replace("行", "列")})
    assert not _documented(one | {"written_at": "2026-03-02T01:00:01+00:00"})
    assert [one["receipt_sha256"], two["receipt_sha256"]] == [
        first["receipt_sha256"],
        changed["receipt_sha256"],
    ]
    assert one["previous_sha256"] == "0" * 64
    assert three["previous_sha256"] == one["receipt_sha256"]
    assert two["previous_sha256"] == three["receipt_sha256"]
    assert json.loads(one["content"])["comment"] == '第一行\n"第二行"\\'


@pytest.mark.any_database
async def test_a_text_is_confirmed_to_whoever_has_its_proof(person: Person) -> None:
    receipt = (await person.send()).json()["receipt"]
    await person.change(receipt, comment="第二版")
    kept = (await _proofs(person, receipt))[0]
    await person.withdraw(receipt)

    told = (await _verify(person, receipt, kept["salt"], kept["content"])).json()
    assert told["matches"] is True
    assert told["link"] == {name: kept[name] for name in told["link"]}
    assert await _proofs(person, receipt) == []


@pytest.mark.any_database
async def test_nobody_learns_anything_by_trying(person: Person) -> None:
    one, other = [(await person.send(comment=text)).json()["receipt"] for text in "甲乙"]
    [proof] = await _proofs(person, one)
    salt, content = proof["salt"], proof["content"]

    answers = [
        await _verify(person, one, "0" * 32, content),
        await _verify(person, one, salt, content.replace("甲", "丙")),
        await _verify(person, other, salt, content),
        await _verify(person, "ASI-CN-2026-99999", salt, content),
        await _verify(person, "nonsense", salt, content),
    ]
    assert {answer.content for answer in answers} == {b'{"matches":false,"link":null}'}
    assert {answer.status_code for answer in answers} == {200}
    assert (await _verify(person, one, salt[:-1], content)).status_code == 422


@pytest.mark.any_database
async def test_an_attachment_is_proven_with_the_text(person: Person) -> None:
    pdf = b"%PDF-1.4\n%%EOF\n"
    token = (await person.upload(pdf)).json()["token"]
    sent = (await person.send(anonymous=True, attachments=[token])).json()
    answer = await person.client.get(
        f"/v1/feedback/{sent['receipt']}/proofs", headers={"X-Receipt-Code": sent["secret_code"]}
    )

    [proof] = answer.json()["items"]
    assert json.loads(proof["content"])["attachments"] == [hashlib.sha256(pdf).hexdigest()]
    assert _documented(proof)

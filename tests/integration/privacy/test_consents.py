"""Consents: each by itself, off unless given, with the words that were agreed to."""

import hashlib

from sqlalchemy import select

from models import Consent, NoticeVersion, Page
from models.bilingual import Bilingual
from services import revisions
from services.runtime.database import Database
from tests.integration.privacy.people import Person


async def test_a_consent_holds_the_sentence_that_was_shown(
    person: Person, database: Database
) -> None:
    notice = (await person.client.get("/v1/privacy-notice", params={"lang": "en"})).json()
    asked = {question["kind"]: question["wording"] for question in notice["questions"]}
    sent = {"may_contact": True, "may_transfer_abroad": True}
    await person.client.post(
        "/v1/feedback",
        params={"lang": "en"},
        json={"standard": "PS", "version": "V4", "section": "10", "comment": "Longer."} | sent,
        headers={"Authorization": f"Bearer {person.token}", "Idempotency-Key": "one-key-of-mine"},
    )

    async with database.snapshot() as db:
        kept = {consent.kind.value: consent for consent in await db.scalars(select(Consent))}
        version = (await db.scalars(select(NoticeVersion))).one()
    assert set(kept) == {"notice", "contact", "transfer_abroad"}
    assert "Australia" in asked["transfer_abroad"]
    assert version.sha256 == notice["sha256"]
    assert kept["transfer_abroad"].notice_version_id == version.id
    for kind, consent in kept.items():
        assert version.wordings[kind]["en"] == asked[kind]
        assert consent.wording_sha256 == hashlib.sha256(asked[kind].encode()).hexdigest()


async def test_other_words_are_another_version(person: Person, database: Database) -> None:
    await person.comment()
    async with database.transaction() as db:
        page = (await db.scalars(select(Page).where(Page.slug == "privacy"))).one()
        page.body = Bilingual(zh=f"{page.body.zh}\n新的一段。", en=page.body.en)
        await revisions.bump(db)
    await person.comment()
    await person.comment()

    async with database.snapshot() as db:
        versions = list(await db.scalars(select(Consent.notice_version_id)))
    assert len(versions) == 3
    assert len(set(versions)) == 2

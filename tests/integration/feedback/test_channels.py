"""Where somebody came from: remembered with what they send, and with nothing anonymous."""

from uuid import uuid4

import pytest
from sqlalchemy import select

from models import FeedbackItem, Registration
from services.runtime.database import Database
from tests.integration.feedback.conftest import Crowd

pytestmark = pytest.mark.any_database


async def test_the_channel_comes_along_and_goes_with_its_sender(
    crowd: Crowd, database: Database
) -> None:
    (person,) = await crowd(1)
    headers = {"Authorization": f"Bearer {person.token}", "Idempotency-Key": uuid4().hex}
    form = {"name": "王芳", "organisation": "某厂", "phone": "13800138000", "channel": "poster"}

    booked = await person.client.post(
        "/v1/webinars/china/registrations", json=form, headers=headers
    )
    for sent in ({"channel": "made-up"}, {"channel": ""}, {"channel": "poster", "anonymous": True}):
        assert (await person.send(**sent)).status_code == 201
    refused = await person.send(channel="海报")
    exported = (await person.get("/v1/me/export")).json()

    assert booked.status_code == 201
    assert refused.status_code == 422
    assert exported["registrations"][0]["channel"] == "poster"
    assert [item["channel"] for item in exported["feedback"]] == ["other", None]
    async with database.snapshot() as db:
        assert await db.scalar(select(Registration.channel)) == "poster"
        kept = select(FeedbackItem.visitor_id.is_(None), FeedbackItem.channel)
        assert [tuple(row) for row in await db.execute(kept.order_by(FeedbackItem.receipt))] == [
            (False, "other"),
            (False, None),
            (True, None),
        ]

    await person.client.delete("/v1/me", headers={"Authorization": f"Bearer {person.token}"})

    async with database.snapshot() as db:
        assert set(await db.scalars(select(FeedbackItem.channel))) == {None}
        assert await db.scalar(select(Registration.channel)) is None

"""Attachments: told by their content, sent along once, and given to nobody but their sender."""

import hashlib
from datetime import timedelta
from io import BytesIO

import pytest
from PIL import Image
from sqlalchemy import func, select, text, update

from models import AttemptCount, FeedbackAttachment, FeedbackVersion, MediaCheck
from models.vocabulary import AttachmentCheck
from services.feedback import attachments, chain
from services.runtime.clock import utc_now
from services.runtime.database import Database
from tests.integration.feedback.conftest import Crowd
from tests.integration.feedback.senders import Person, told

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


def _picture(kind: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (8, 8), "#00608f").save(file, kind)
    return file.getvalue()


async def _token(person: Person, content: bytes) -> str:
    answer = await person.upload(content)
    assert answer.status_code == 201, answer.text
    token: str = answer.json()["token"]
    return token


async def test_files_go_along_and_come_back_as_they_were(
    person: Person, database: Database
) -> None:
    files = [_picture("JPEG"), PDF, _picture("PNG")]
    sent = await person.send(attachments=[await _token(person, file) for file in files])

    body = sent.json()
    assert sent.status_code == 201
    assert [shown["sha256"] for shown in body["attachments"]] == [
        hashlib.sha256(file).hexdigest() for file in files
    ]
    assert [shown["name"] for shown in body["attachments"]] == [
        f"{body['receipt']}-{place}" for place in ("1.jpg", "2.pdf", "3.png")
    ]
    assert (await person.sent())[0]["attachments"] == body["attachments"]
    for file, shown in zip(files, body["attachments"], strict=True):
        answer = await person.get(f"/v1/me/feedback/{body['receipt']}/attachments/{shown['id']}")
        assert (answer.status_code, answer.content) == (200, file)
        assert answer.headers["content-type"] == shown["content_type"]
        assert answer.headers["content-disposition"].startswith("attachment; ")
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "sandbox" in answer.headers["content-security-policy"]
        assert answer.headers["cache-control"] == "private, no-store"
    async with database.snapshot() as db:
        assert await chain.first_fault(db, of="2026") is None


@pytest.mark.any_database
async def test_what_a_file_is_called_does_not_matter(person: Person) -> None:
    full = 5 * 1024 * 1024
    seen = [
        await person.upload(b"<html><script>alert(1)</script>", name="photo.png"),
        await person.upload(PDF + b" " * (full - len(PDF) + 1)),
        await person.upload(PDF + b" " * (full + 1024 * 1024)),
    ]

    assert [told(answer) for answer in seen] == [
        (422, "attachment_type_refused"),
        (413, "attachment_too_large"),
        (413, "body_too_large"),
    ]
    assert (await person.upload(PDF, name="王芳.png")).json()["content_type"] == "application/pdf"


@pytest.mark.any_database
async def test_nobody_uploads_without_a_login_or_a_file(person: Person) -> None:
    headers = {"Authorization": f"Bearer {person.token}"}
    ask = person.client.post
    path = "/v1/feedback-attachments"

    for answer in (
        await ask(path, headers=headers),
        await ask(path, headers=headers, json={"file": "x"}),
        await ask(path, headers=headers, data={"file": "x"}),
        await ask(
            path, headers=headers | {"Content-Type": "multipart/form-data; boundary=x"}, content="x"
        ),
    ):
        assert told(answer) == (422, "attachment_missing")
    assert told(await ask(path, files={"file": ("a", PDF)})) == (401, "login_required")


async def test_an_upload_is_sent_along_once(person: Person, database: Database) -> None:
    token, second = await _token(person, PDF), await _token(person, PDF)
    assert (await person.send(attachments=[token])).status_code == 201
    for tokens in ([token], [second, second], [second, "x" * 32]):
        assert told(await person.send(attachments=tokens)) == (422, "attachment_unknown")
    assert told(await person.send(attachments=[second, *["y" * 32] * 3])) == (422, "malformed")

    async with database.transaction() as db:
        await attachments.forget_unsent(db, now=utc_now() + attachments.KEPT - timedelta(minutes=1))
        before = await db.scalar(select(func.count()).select_from(FeedbackAttachment))
        await attachments.forget_unsent(db, now=utc_now() + attachments.KEPT)
        after = await db.scalar(select(func.count()).select_from(FeedbackAttachment))
    assert (before, after) == (2, 1)
    assert told(await person.send(attachments=[second])) == (422, "attachment_unknown")


@pytest.mark.any_database
async def test_only_its_sender_may_fetch_a_file(crowd: Crowd, database: Database) -> None:
    one, other = await crowd(2)
    named = (await one.send(attachments=[await _token(one, PDF)])).json()
    hidden = (await one.send(attachments=[await _token(one, PDF)], anonymous=True)).json()
    path = f"/v1/me/feedback/{named['receipt']}/attachments/{named['attachments'][0]['id']}"
    swapped = f"/v1/me/feedback/{named['receipt']}/attachments/{hidden['attachments'][0]['id']}"
    secret = f"/v1/feedback/{hidden['receipt']}/attachments/{hidden['attachments'][0]['id']}"

    assert told(await other.get(path)) == (404, "feedback_not_found")
    assert told(await one.get(swapped)) == (404, "attachment_not_found")
    assert told(await one.get(secret)) == (422, "malformed")
    by_code = await one.client.get(secret, headers={"X-Receipt-Code": hidden["secret_code"]})
    assert by_code.content == PDF
    async with database.transaction() as db:
        await db.execute(update(FeedbackAttachment).values(check_state=AttachmentCheck.HELD))
    assert told(await one.get(path)) == (409, "attachment_held")
    [shown] = (await one.show(named["receipt"])).json()["attachments"]
    assert shown["available"] is False


@pytest.mark.any_database
async def test_an_upload_leads_to_nobody(person: Person, database: Database) -> None:
    await person.send(attachments=[await _token(person, PDF)], anonymous=True)

    async with database.snapshot() as db:
        kept = [
            str(dict(row))
            for table in (FeedbackAttachment.__tablename__, AttemptCount.__tablename__)
            for row in (await db.execute(text(f"SELECT * FROM {table}"))).mappings()  # noqa: S608
        ]
    assert len(kept) == 2
    for clue in (person.visitor_id, person.openid):
        assert clue not in "".join(kept).replace("-", "")


async def test_files_come_and_go_until_the_close(person: Person, database: Database) -> None:
    first, second, third, fourth = [await _token(person, PDF + b" " * n) for n in range(4)]
    sent = (await person.send(attachments=[first, second])).json()
    receipt, (one, two) = sent["receipt"], sent["attachments"]

    changed = await person.change(receipt, add_attachments=[third], remove_attachments=[one["id"]])
    body = changed.json()
    assert body["versions"] == 2
    assert [shown["name"] for shown in body["attachments"]] == [
        f"{receipt}-{place}.pdf" for place in (2, 3)
    ]
    assert body["attachments"][0] == two
    gone = await person.get(f"/v1/me/feedback/{receipt}/attachments/{one['id']}")
    assert told(gone) == (404, "attachment_not_found")
    assert told(await person.change(receipt, remove_attachments=[one["id"]])) == (
        404,
        "attachment_not_found",
    )
    too_many = [fourth, await _token(person, PDF)]
    assert told(await person.change(receipt, add_attachments=too_many)) == (
        409,
        "too_many_attachments",
    )
    assert (await person.show(receipt)).json() == body
    async with database.snapshot() as db:
        assert await chain.first_fault(db, of="2026") is None


async def test_the_same_file_put_in_anew_is_checked_anew(
    person: Person, database: Database
) -> None:
    picture = _picture("PNG")
    sent = (await person.send(attachments=[await _token(person, picture)])).json()
    [held] = sent["attachments"]
    async with database.transaction() as db:
        await db.execute(update(FeedbackAttachment).values(check_state=AttachmentCheck.HELD))
    token = await _token(person, picture)
    changed = await person.change(
        sent["receipt"], add_attachments=[token], remove_attachments=[held["id"]]
    )

    assert changed.json()["versions"] == 2
    async with database.snapshot() as db:
        [attachment] = await db.scalars(select(FeedbackAttachment))
        checks = list(await db.scalars(select(MediaCheck.attachment_id)))
    assert checks == [attachment.id]


async def test_withdrawing_takes_files_away(person: Person, database: Database) -> None:
    sent = (await person.send(attachments=[await _token(person, PDF)])).json()
    changed = (await person.change(sent["receipt"], comment="第二版")).json()
    withdrawn = (await person.withdraw(sent["receipt"])).json()

    assert changed["attachments"] == sent["attachments"]
    assert withdrawn["attachments"] == []
    async with database.snapshot() as db:
        assert await db.scalar(select(func.count()).select_from(FeedbackAttachment)) == 0
        assert list(await db.scalars(select(FeedbackVersion.attachments))) == [[], [], []]
        assert await chain.first_fault(db, of="2026") is None


@pytest.mark.any_database
async def test_there_is_an_end_to_uploads(person: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attachments, "UPLOADS", 2)
    for _ in range(2):
        await _token(person, PDF)

    assert told(await person.upload(PDF)) == (429, "too_many_uploads")

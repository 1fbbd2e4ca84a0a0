"""Pictures that WeChat is to look at: fetched from us, judged by a push, or held for a person."""

import hashlib
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import httpx2
import pytest
import stamina
from sqlalchemy import func, select

from api.app import Application
from api.checked_pictures import PictureLinks
from models import FeedbackAttachment, MediaCheck, Push
from models.vocabulary import (
    Account,
    AttachmentCheck,
    CheckReason,
    CheckVerdict,
    FeedbackSource,
    Language,
)
from services import feedback, jobs
from services.conversations import incoming
from services.conversations.rulebooks import RulebookInForce
from services.feedback import (
    Content,
    Manner,
    Sender,
    checking,
    media_checking,
    media_checks,
    reviewing,
)
from services.feedback.checks import Writer
from services.runtime.database import Database
from services.wechat.mini_program import MiniProgramClient
from tests.support import callbacks, wechat_accounts
from tests.support.callbacks import Callback
from tests.support.chats import link
from tests.support.clocks import SetClock
from tests.support.simulator import Simulator, User, in_thread
from tests.support.templates import Template
from tests.support.wechat_accounts import SEALER

PATH = "/wxa/media_check_async"


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


@pytest.fixture(scope="module")
def listening() -> Iterator[tuple[Simulator, Callback]]:
    with ExitStack() as stack:
        callback = stack.enter_context(callbacks.listening())
        simulator = stack.enter_context(in_thread(ASI_PUBLIC_URL=callback.url))
        yield simulator, callback


@pytest.fixture
def simulator(listening: tuple[Simulator, Callback]) -> Simulator:
    simulator, callback = listening
    simulator.reset()
    simulator.account("mini-program", mode="plain", push_spacing=0)
    callback.says()
    return simulator


@pytest.fixture
def user(simulator: Simulator) -> User:
    """Somebody who is in the mini-program now."""
    made = simulator.user()
    simulator.act(made.openid_mp, "visit")
    return made


@pytest.fixture
async def own_database(sqlite_template: Template, tmp_path: Path) -> AsyncIterator[Database]:
    with sqlite_template.copy(tmp_path) as url:
        opened = Database(url)
        yield opened
        await opened.close()


@dataclass
class Gallery:
    """Takes pictures, and has them checked when a test asks for it."""

    database: Database
    clock: SetClock
    door: MiniProgramClient | None
    host: str
    name: str = "fine.png"

    def address(self, _check_id: UUID, _now: datetime) -> str:
        return f"{self.host}/{self.name}"

    async def take(self, *, openid: str | None, content_type: str = "image/png") -> Sender:
        """Take an anonymous comment with one file, and give who may withdraw it."""
        token = uuid4().hex
        async with self.database.transaction() as db:
            db.add(_attachment(token, content_type, self.clock.now))
            await db.flush()
            content = Content(
                language=Language.ZH, standard="PS", version="V4", section="10", comment="见图。"
            )
            done = await feedback.submit(
                db,
                content=content,
                manner=Manner(source=FeedbackSource.MINI_PROGRAM, attachments=(token,)),
                visitor_id=None,
                writer=Writer(openid, SEALER) if openid else None,
                now=self.clock.now,
            )
        self.receipt = done.item.receipt
        return Sender(secret=done.secret)

    async def run_jobs(self) -> int:
        kinds = [
            *checking.kinds(self.door, SEALER),
            *media_checking.kinds(self.door, SEALER, self.address),
        ]
        return await jobs.runner(self.database, jobs.Registry(kinds), clock=self.clock).run_due()

    async def sweep(self) -> None:
        async with self.database.transaction() as db:
            await jobs.enqueue(db, checking.SWEEP)
        await self.run_jobs()

    async def push(self, body: bytes) -> None:
        """Deliver what WeChat tells, and derive it."""
        told = json.loads(body)
        row = Push(
            account=Account.MINI_PROGRAM,
            digest=hashlib.sha256(body).hexdigest(),
            name=told["Event"],
            pushed_at=self.clock.now,
            received_at=self.clock.now,
            openid=told["FromUserName"],
            body=body.decode(),
        )
        async with self.database.transaction() as db:
            db.add(row)
        async with self.database.transaction() as db:
            books = RulebookInForce(link)
            assert await incoming.derive(db, now=self.clock.now, books=books) == 1
        await self.run_jobs()

    async def standing(self) -> tuple[CheckVerdict, CheckReason | None, AttachmentCheck]:
        async with self.database.snapshot() as db:
            check = (await db.scalars(select(MediaCheck))).one()
            attachment = (await db.scalars(select(FeedbackAttachment))).one()
            assert check.sealed_openid is None or check.verdict is CheckVerdict.PENDING
            return check.verdict, check.reason, attachment.check_state

    async def waits(self) -> bool:
        """Tell whether the file waits for a person, and let one pass it."""
        async with self.database.transaction() as db:
            waiting = [one for one in await reviewing.held(db) if one.files]
            for one in waiting:
                now = self.clock.now
                await reviewing.decide(db, receipt=one.item.receipt, passed=True, now=now)
        assert (await self.standing())[2] is AttachmentCheck.PASSED
        return bool(waiting)


def _attachment(token: str, content_type: str, now: datetime) -> FeedbackAttachment:
    return FeedbackAttachment(
        token_sha256=hashlib.sha256(token.encode()).hexdigest(),
        sha256="0" * 64,
        size_bytes=3,
        content_type=content_type,
        uploaded_at=now,
        content=b"png",
    )


def _event(trace_id: str, suggest: str) -> bytes:
    told = {
        "ToUserName": "gh_1",
        "FromUserName": "o" * 28,
        "CreateTime": 1772413200,
        "MsgType": "event",
        "Event": "wxa_media_check",
        "trace_id": trace_id,
        "version": 2,
        "errcode": 0,
        "result": {"suggest": suggest, "label": 100},
    }
    return json.dumps(told).encode()


@pytest.fixture
async def gallery(
    own_database: Database,
    clock: SetClock,
    simulator: Simulator,
    listening: tuple[Simulator, Callback],
) -> AsyncIterator[Gallery]:
    async with wechat_accounts.mini(simulator.url, own_database) as door:
        yield Gallery(own_database, clock, door, listening[1].url)


@pytest.mark.parametrize(
    ("name", "status", "standing"),
    [
        ("fine.png", 200, (CheckVerdict.PASSED, CheckReason.JUDGED, AttachmentCheck.PASSED)),
        ("risky.png", 200, (CheckVerdict.RISKY, CheckReason.JUDGED, AttachmentCheck.HELD)),
        (
            "gone.png",
            404,
            (CheckVerdict.NEEDS_REVIEW, CheckReason.REFUSED, AttachmentCheck.UNCHECKED),
        ),
    ],
)
async def test_a_picture_is_fetched_and_its_outcome_pushed(
    gallery: Gallery,
    listening: tuple[Simulator, Callback],
    user: User,
    *,
    name: str,
    status: int,
    standing: tuple[CheckVerdict, CheckReason, AttachmentCheck],
) -> None:
    callback = listening[1]
    callback.says(lambda request: (status if request.method == "GET" else 200, b"png"))
    gallery.name = name

    await gallery.take(openid=user.openid_mp)
    await gallery.run_jobs()
    waiting = await gallery.standing()
    pushed = callback.wait(2)[1].body
    await gallery.push(pushed)

    assert waiting == (CheckVerdict.PENDING, None, AttachmentCheck.UNCHECKED)
    assert await gallery.standing() == standing
    assert await gallery.waits() == (standing[0] is not CheckVerdict.PASSED)
    async with gallery.database.snapshot() as db:
        row = (await db.scalars(select(Push))).one()
        check = (await db.scalars(select(MediaCheck))).one()
    assert (row.openid, row.body, check.trace_id) == (None, None, None), (
        "nothing leads from the comment to the person whom the push named"
    )


async def test_an_outcome_may_come_before_we_know_its_number(
    gallery: Gallery, simulator: Simulator, user: User
) -> None:
    await gallery.take(openid=user.openid_mp)
    await gallery.push(_event("early", "risky"))
    async with gallery.database.transaction() as db:
        check = (
            await db.scalars(select(MediaCheck).where(MediaCheck.attachment_id.is_not(None)))
        ).one()
        now = gallery.clock.now
        await media_checks.asked(db, check_id=check.id, trace_id="early", now=now)

    assert await gallery.standing() == (
        CheckVerdict.RISKY,
        CheckReason.JUDGED,
        AttachmentCheck.HELD,
    )
    assert simulator.calls(PATH)


@pytest.mark.parametrize(
    ("content_type", "is_known"), [("application/pdf", True), ("image/png", False)]
)
async def test_what_cannot_be_checked_waits_for_a_person(
    gallery: Gallery, user: User, *, content_type: str, is_known: bool
) -> None:
    await gallery.take(openid=user.openid_mp if is_known else None, content_type=content_type)

    assert await gallery.standing() == (
        CheckVerdict.NEEDS_REVIEW,
        CheckReason.IMPOSSIBLE,
        AttachmentCheck.UNCHECKED,
    )


async def test_an_outcome_that_does_not_come_leaves_it_to_a_person(
    gallery: Gallery, user: User
) -> None:
    await gallery.take(openid=user.openid_mp)
    await gallery.run_jobs()

    gallery.clock.now += media_checks.ANSWERED_WITHIN
    await gallery.sweep()

    assert await gallery.standing() == (
        CheckVerdict.NEEDS_REVIEW,
        CheckReason.LATE,
        AttachmentCheck.UNCHECKED,
    )


async def test_withdrawing_takes_the_check_along_and_strays_go(
    gallery: Gallery, user: User
) -> None:
    sender = await gallery.take(openid=user.openid_mp)
    await gallery.run_jobs()
    async with gallery.database.transaction() as db:
        now = gallery.clock.now
        await feedback.withdraw(db, receipt=gallery.receipt, sender=sender, now=now)
    await gallery.push(_event("nobody", "pass"))

    gallery.clock.now += media_checks.STRAY_KEPT
    await gallery.sweep()

    async with gallery.database.snapshot() as db:
        assert await db.scalar(select(func.count()).select_from(MediaCheck)) == 0


async def test_a_picture_has_an_address_for_an_hour_until_it_is_judged(
    application: Application, client: httpx2.AsyncClient, database: Database, clock: SetClock
) -> None:
    due_at = clock.now + timedelta(hours=2)
    async with database.transaction() as db:
        picture = _attachment(uuid4().hex, "image/png", clock.now)
        db.add(picture)
        await db.flush()
        check = MediaCheck(attachment_id=picture.id, asked_at=clock.now, due_at=due_at)
        db.add(check)
    check_id = check.id
    links = PictureLinks(application.parts.urls, application.parts.signer)
    address = links(check_id, clock.now)

    given = await client.get(address)
    forged = await client.get(address + "x")
    other = await client.get(address.replace(str(check_id), str(uuid4())))
    clock.now += timedelta(hours=1)
    late = await client.get(address)
    fresh = links(check_id, clock.now)
    async with database.transaction() as db:
        now, reason = clock.now, CheckReason.LATE
        await media_checks.give_up(db, check_id=check_id, reason=reason, now=now)
    judged = await client.get(fresh)

    assert (given.status_code, given.content) == (200, b"png")
    assert given.headers["content-disposition"] == "attachment"
    assert given.headers["x-content-type-options"] == "nosniff"
    assert {answer.status_code for answer in (forged, other, late, judged)} == {404}
    assert "picture_not_found" in late.text

"""What becomes of texts that WeChat is to look at: judged once, or held for a person."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx2
import pytest
import stamina
from anyio import to_thread
from sqlalchemy import select

from api.app import create_app
from models import FeedbackCheck, FeedbackItem
from models.vocabulary import CheckReason, CheckVerdict, FeedbackSource, Language
from services import feedback, jobs, visitors
from services.feedback import Changes, Content, Sender, checking, checks, reviewing
from services.feedback.checks import Writer
from services.feedback.handling import Manner
from services.runtime import settings as runtime_settings
from services.runtime.clock import utc_now
from services.runtime.database import Database
from services.wechat.gateway import Login
from services.wechat.mini_program import MiniProgramClient
from tests.conftest import PUBLIC_URL, SECRET_KEY
from tests.integration.feedback.senders import Person
from tests.support import wechat_accounts
from tests.support.clocks import SetClock
from tests.support.commands import Shell
from tests.support.simulator import Simulator, User, in_thread
from tests.support.templates import Template
from tests.support.wechat_accounts import SEALER

RISKY = "特3456书yuuo莞6543李zxcz蒜7782法fgnv级"
PATH = "/wxa/msg_sec_check"


@pytest.fixture(autouse=True)
def _no_waits() -> Iterator[None]:
    with stamina.set_testing(True, attempts=1, cap=True):
        yield


@pytest.fixture(scope="module")
def _shared_simulator() -> Iterator[Simulator]:
    with in_thread(ASI_PUBLIC_URL="http://127.0.0.1:9") as simulator:
        yield simulator


@pytest.fixture
def simulator(_shared_simulator: Simulator) -> Simulator:
    _shared_simulator.reset()
    return _shared_simulator


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
class Desk:
    """Takes feedback, and has it checked when a test asks for it."""

    database: Database
    clock: SetClock
    door: MiniProgramClient | None

    async def take(self, comment: str, *, openid: str | None, **said: Any) -> str:
        """Take an anonymous comment and give its receipt."""
        content = Content(
            language=Language.ZH,
            standard="PS",
            version="V4",
            section="10",
            comment=comment,
            **said,
        )
        async with self.database.transaction() as db:
            done = await feedback.submit(
                db,
                content=content,
                visitor_id=None,
                manner=Manner(source=FeedbackSource.MINI_PROGRAM),
                writer=Writer(openid, SEALER) if openid else None,
                now=self.clock.now,
            )
        self.secret = done.secret
        return done.item.receipt

    async def run_jobs(self) -> int:
        registry = jobs.Registry(checking.kinds(self.door, SEALER))
        return await jobs.runner(self.database, registry, clock=self.clock).run_due()

    async def sweep(self) -> None:
        async with self.database.transaction() as db:
            await jobs.enqueue(db, checking.SWEEP)
        await self.run_jobs()

    async def checks(self) -> list[FeedbackCheck]:
        async with self.database.snapshot() as db:
            return list(await db.scalars(select(FeedbackCheck).order_by(FeedbackCheck.ordinal)))

    async def verdict(self) -> tuple[CheckVerdict, CheckReason | None]:
        found = await self.checks()
        assert found[-1].verdict is CheckVerdict.PENDING or found[-1].sealed_openid is None
        return found[-1].verdict, found[-1].reason

    async def held(self) -> list[str]:
        async with self.database.snapshot() as db:
            return [each.item.receipt for each in await reviewing.held(db)]


@pytest.fixture
async def desk(
    own_database: Database, clock: SetClock, simulator: Simulator
) -> AsyncIterator[Desk]:
    async with wechat_accounts.mini(simulator.url, own_database) as door:
        yield Desk(own_database, clock, door)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("建议延长过渡期。", CheckVerdict.PASSED),
        ("复核测试", CheckVerdict.NEEDS_REVIEW),
        (RISKY, CheckVerdict.RISKY),
    ],
)
async def test_a_text_is_judged_once_and_its_writer_forgotten(
    database: Database,
    clock: SetClock,
    simulator: Simulator,
    user: User,
    *,
    text: str,
    verdict: CheckVerdict,
) -> None:
    async with wechat_accounts.mini(simulator.url, database) as door:
        desk = Desk(database, clock, door)
        receipt = await desk.take(text, openid=user.openid_mp)
        before = (await desk.checks())[0]
        await desk.run_jobs()
        await desk.run_jobs()
        await desk.sweep()

    assert before.sealed_openid is not None
    assert user.openid_mp.encode() not in before.sealed_openid
    assert await desk.verdict() == (verdict, CheckReason.JUDGED)
    assert len(simulator.calls(PATH)) == 1
    assert await desk.held() == ([] if verdict is CheckVerdict.PASSED else [receipt])


async def test_all_of_a_long_text_is_looked_at(
    desk: Desk, simulator: Simulator, user: User
) -> None:
    await desk.take("长" * 2000, openid=user.openid_mp, rationale="文" * 1990 + RISKY)

    await desk.run_jobs()

    assert len(simulator.calls(PATH)) == 2
    assert await desk.verdict() == (CheckVerdict.RISKY, CheckReason.JUDGED)


def test_pieces_overlap_and_leave_nothing_out() -> None:
    text = "".join(chr(0x4E00 + at) for at in range(6000)) + "😀" * 1500

    found = list(checks.pieces(text))

    assert all(len(piece.encode("utf-16-le")) <= 2 * 2500 for piece in found)
    assert all(one[-checks.OVERLAP :] == other[: checks.OVERLAP] for one, other in pairwise(found))
    assert found[0] + "".join(piece[checks.OVERLAP :] for piece in found[1:]) == text
    assert list(checks.pieces("")) == []


async def test_each_version_is_checked_and_withdrawal_ends_it(
    desk: Desk, simulator: Simulator, user: User
) -> None:
    receipt = await desk.take("好。", openid=user.openid_mp)
    sender = Sender(secret=desk.secret, writer=Writer(user.openid_mp, SEALER))
    async with desk.database.transaction() as db:
        await feedback.change(
            db,
            receipt=receipt,
            changes=Changes(comment=RISKY),
            sender=sender,
            now=desk.clock.now,
        )
    await desk.run_jobs()
    judged = [check.verdict for check in await desk.checks()]

    async with desk.database.transaction() as db:
        await feedback.withdraw(db, receipt=receipt, sender=sender, now=desk.clock.now)

    assert judged == [CheckVerdict.PASSED, CheckVerdict.RISKY]
    assert await desk.checks() == []
    assert await desk.held() == []
    assert len(simulator.calls(PATH)) == 2


async def test_what_nobody_in_the_mini_program_wrote_waits_for_a_person(desk: Desk) -> None:
    receipt = await desk.take("从网页来的意见。", openid=None)

    assert await desk.run_jobs() == 0
    assert await desk.verdict() == (CheckVerdict.NEEDS_REVIEW, CheckReason.IMPOSSIBLE)
    assert await desk.held() == [receipt]


@pytest.mark.parametrize("passed", [True, False])
async def test_what_a_person_has_decided_waits_no_more(desk: Desk, *, passed: bool) -> None:
    receipt = await desk.take("从网页来的意见。", openid=None)
    async with desk.database.transaction() as db:
        await reviewing.decide(db, receipt=receipt, passed=passed, now=desk.clock.now)
    verdict = CheckVerdict.PASSED if passed else CheckVerdict.RISKY

    assert await desk.verdict() == (verdict, CheckReason.PERSON)
    assert await desk.held() == []
    with pytest.raises(feedback.FeedbackNotFound):
        async with desk.database.transaction() as db:
            await reviewing.decide(db, receipt=receipt, passed=passed, now=desk.clock.now)


async def test_a_command_shows_what_waits_and_takes_the_decision(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", desk.database.url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    asi = Shell(capsys)
    receipt = await desk.take("从网页来的意见。", openid=None)

    listed = (await to_thread.run_sync(asi, "feedback", "held", "--json")).json
    shown = await to_thread.run_sync(asi, "feedback", "held")
    decided = await to_thread.run_sync(asi, "feedback", "decide", receipt, "pass")
    again = await to_thread.run_sync(asi, "feedback", "decide", receipt, "pass")

    assert [(row["receipt"], row["waits"]) for row in listed] == [
        (receipt, ["text:needs_review:impossible"])
    ]
    assert "从网页来的意见。" in shown.out
    assert (decided.code, again.code) == (0, 1)
    assert await desk.verdict() == (CheckVerdict.PASSED, CheckReason.PERSON)


async def test_without_a_mini_program_it_waits_for_a_person(desk: Desk, user: User) -> None:
    receipt = await desk.take("好。", openid=user.openid_mp)
    desk.door = None

    await desk.run_jobs()

    assert await desk.verdict() == (CheckVerdict.NEEDS_REVIEW, CheckReason.IMPOSSIBLE)
    assert await desk.held() == [receipt]


async def test_whoever_left_the_mini_program_too_long_ago_waits_for_a_person(
    desk: Desk, simulator: Simulator
) -> None:
    await desk.take("好。", openid=simulator.user().openid_mp)

    await desk.run_jobs()

    assert await desk.verdict() == (CheckVerdict.NEEDS_REVIEW, CheckReason.REFUSED)


async def test_a_busy_platform_is_asked_again_until_the_time_is_over(
    desk: Desk, simulator: Simulator, user: User
) -> None:
    simulator.fault(path=PATH, errcode=44991, count=None)
    receipt = await desk.take("好。", openid=user.openid_mp)

    await desk.run_jobs()
    still = (await desk.checks())[0]
    desk.clock.now += checks.PATIENCE - timedelta(seconds=1)
    await desk.sweep()
    nearly = await desk.verdict()
    desk.clock.now += timedelta(seconds=1)
    await desk.sweep()

    assert (still.verdict, still.sealed_openid is None) == (CheckVerdict.PENDING, False)
    assert nearly == (CheckVerdict.PENDING, None)
    assert await desk.verdict() == (CheckVerdict.NEEDS_REVIEW, CheckReason.LATE)
    assert await desk.held() == [receipt]
    simulator.no_faults()
    calls = len(simulator.calls(PATH))
    desk.clock.now += timedelta(hours=1)
    await desk.run_jobs()
    assert len(simulator.calls(PATH)) == calls, "what is decided is not asked again"


async def test_a_platform_that_recovers_judges_after_all(
    desk: Desk, simulator: Simulator, user: User
) -> None:
    simulator.fault(path=PATH, errcode=-1, count=None)
    await desk.take("好。", openid=user.openid_mp)
    await desk.run_jobs()
    simulator.no_faults()

    desk.clock.now += timedelta(minutes=3)
    await desk.run_jobs()

    assert await desk.verdict() == (CheckVerdict.PASSED, CheckReason.JUDGED)


async def test_a_check_that_lost_its_job_is_queued_again(desk: Desk, user: User) -> None:
    await desk.take("好。", openid=user.openid_mp)
    async with desk.database.transaction() as db:
        for job in await jobs.listed(db):
            await jobs.cancel(db, job_id=job.id)

    desk.clock.now += checks.FORGOTTEN
    await desk.sweep()

    assert await desk.verdict() == (CheckVerdict.PASSED, CheckReason.JUDGED)


async def test_what_comes_over_the_mini_program_is_checked_for_who_is_logged_in(
    own_database: Database, clock: SetClock, tmp_path: Path
) -> None:
    settings = runtime_settings.load(
        database_url=own_database.url,
        data_dir=tmp_path,
        public_url=PUBLIC_URL,
        secret_key=SECRET_KEY,
    )
    # Not started: its own runner, which has no mini-program, would be faster than the test.
    application = create_app(settings, database=own_database, clock=clock)
    parts, login = application.parts, Login(openid="o" + "m" * 27, session_key="key")
    async with own_database.transaction() as db:
        done = await visitors.log_in(
            db, login=login, appid=settings.mp_appid, sealer=parts.sealer, now=utc_now()
        )
    transport = httpx2.ASGITransport(application.asgi)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        person = Person(client, done.token, login.openid, done.visitor.id.hex)
        receipt = (await person.send()).json()["receipt"]
        await person.change(receipt, comment="改过的意见。")
        await person.send(anonymous=True)

    async with own_database.snapshot() as db:
        found = list(await db.scalars(select(FeedbackCheck)))
        errands = [
            await checks.errand(db, check_id=one.id, sealer=parts.sealer, now=clock.now)
            for one in found
        ]
    assert [errand and errand.openid for errand in errands] == [login.openid] * 3


async def test_a_job_holds_nothing_that_names_anybody(desk: Desk, user: User) -> None:
    await desk.take("好。", openid=user.openid_mp)

    async with desk.database.snapshot() as db:
        check = (await db.scalars(select(FeedbackCheck))).one()
        item = (await db.scalars(select(FeedbackItem))).one()
        told = repr((await jobs.listed(db), check.sealed_openid, item, Writer("o1", SEALER)))

    assert user.openid_mp not in told
    assert "o1" not in repr(Writer("o1", SEALER))

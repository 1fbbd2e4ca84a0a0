"""The house, with a simulated WeChat for all tests of this folder."""

from collections.abc import AsyncIterator, Iterator

import pytest

from models.vocabulary import NoticeKind
from services.conversations.work import Doors
from services.notices import Means
from services.notices.templates import Template, Word
from services.registrations import ContactSafe
from services.runtime import mail
from services.runtime.blind_index import BlindIndex
from services.runtime.database import Database
from services.runtime.mail import Mailer
from tests.conftest import SECRET_KEY
from tests.integration.notices.house import House
from tests.support import simulator as simulated
from tests.support import wechat_accounts
from tests.support.clocks import SetClock
from tests.support.mail_host import MailHost, mail_host
from tests.support.simulator import Simulator, User

CONTENT = "会议主题:{{thing1.DATA}}\n会议时间:{{time2.DATA}}\n温馨提示:{{thing3.DATA}}"
VALUES = {"thing1": Word.TITLE, "time2": Word.STARTS_AT, "thing3": Word.HINT}
PAGE = "pages/webinar/index?slug={slug}"
TEMPLATES = {
    NoticeKind.SEAT_PROMOTED: Template(template_id="SEAT", values=VALUES),
    NoticeKind.REMINDER_DAY: Template(template_id="DAY", values=VALUES, page=PAGE),
    NoticeKind.REMINDER_SOON: Template(template_id="SOON", values=VALUES, page=PAGE),
}


@pytest.fixture(scope="module")
def _running() -> Iterator[Simulator]:
    with simulated.in_thread() as running:
        yield running


@pytest.fixture
def simulator(_running: Simulator) -> Simulator:
    _running.reset()
    known = [
        {"template_id": one.template_id, "title": "会议提醒", "content": CONTENT}
        for one in TEMPLATES.values()
    ]
    _running.account("mini-program", templates=known, push_attempts=1)
    _running.account("official-account", push_attempts=1)
    return _running


@pytest.fixture
def user(simulator: Simulator) -> User:
    return simulator.user()


@pytest.fixture
async def mails() -> AsyncIterator[MailHost]:
    async with mail_host() as host:
        yield host


@pytest.fixture
async def house(
    database: Database, clock: SetClock, simulator: Simulator, mails: MailHost
) -> AsyncIterator[House]:
    server = mail.server(f"smtp://127.0.0.1:{mails.port}", plain=True)
    async with (
        wechat_accounts.mini(simulator.url, database) as mini_program,
        wechat_accounts.official(simulator.url, database) as official_account,
    ):
        means = Means(
            doors=Doors(official_account=official_account, mini_program=mini_program),
            templates=TEMPLATES,
            mailer=Mailer(server, sender="ASI 公开意见征询 <asi@example.org>"),
            safe=ContactSafe(wechat_accounts.SEALER, BlindIndex(SECRET_KEY)),
            link=lambda slug: f"https://asi.example.cn/r/{slug}",
        )
        yield House(database, clock, means)

"""An installation with both accounts at a simulated WeChat."""

from dataclasses import dataclass
from datetime import timedelta

from models import ChannelCode, WeChatCode
from models.vocabulary import WeChatCodeKind
from services import jobs
from services.conversations.work import Doors
from services.runtime.database import Database
from services.wechat_codes import issuing, keeping, work
from tests.support.clocks import SetClock
from tests.support.simulator import Simulator

QR = "/cgi-bin/qrcode/create"
CODE = "/wxa/getwxacodeunlimit"
LINK = "/wxa/generate_urllink"

OFFICIAL_ACCOUNT, TEMPORARY, MINI_PROGRAM, URL_LINK = WeChatCodeKind
DAY = timedelta(days=1)
PRINTED = "k7wm4q9"
"""The slug of a channel code of china's on a poster."""


@dataclass(frozen=True)
class House:
    """An installation with both accounts."""

    database: Database
    clock: SetClock
    doors: Doors
    simulator: Simulator

    async def issue(
        self, kind: WeChatCodeKind, slug: str = "ps-v4-draft", *, again: bool = False
    ) -> WeChatCode:
        return await issuing.issue(
            self.database, self.doors, kind=kind, slug=slug, now=self.clock.now, again=again
        )

    async def kept(self) -> list[WeChatCode]:
        async with self.database.snapshot() as db:
            return await keeping.every(db)

    async def wait(self, time: timedelta) -> None:
        """Let time pass, and have the jobs do what is due."""
        self.clock.now += time
        kinds = work.kinds(self.doors)
        runner = jobs.runner(self.database, jobs.Registry(kinds), clock=self.clock)
        async with self.database.transaction() as db:
            await jobs.enqueue(db, work.SWEEP)
        while await runner.run_due():
            pass

    async def print_code(self) -> None:
        """Put up a poster about the webinar."""
        code = ChannelCode(
            slug=PRINTED,
            link_slug="china",
            channel="poster",
            label="郑州展台",
            created_at=self.clock.now,
        )
        async with self.database.transaction() as db:
            db.add(code)

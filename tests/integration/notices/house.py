"""A house with registered people, a simulated WeChat and a mail server that keeps what it gets."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import select, update

from models import Notice, Registration, Visitor, Webinar
from models.vocabulary import NoticeKind, PersonalContactKind
from services import jobs, registrations
from services.conversations import work as conversations
from services.notices import Means, permits, planning, work
from services.registrations import PersonalContact, Registrant, Wish
from services.runtime.database import Database
from tests.support.clocks import SetClock

START = datetime.fromisoformat("2026-03-09T16:00+08:00")
DAY_BEFORE = START - timedelta(hours=24)
HALF_AN_HOUR_BEFORE = START - timedelta(minutes=30)
MINUTE = timedelta(minutes=1)

Told = tuple[str, str, str | None, str | None]
"""Kind, state, channel and reason of a notice."""


@dataclass
class House:
    """What tests do and look at."""

    database: Database
    clock: SetClock
    means: Means

    async def visitor(self, openid: str, *, follower: bool = False) -> Visitor:
        """Let somebody come in, by the mini-program or as one of the account's followers."""
        async with self.database.transaction() as db:
            visitor = Visitor(
                first_seen_at=self.clock.now,
                last_seen_at=self.clock.now,
                mp_openid=None if follower else openid,
                oa_openid=openid if follower else None,
            )
            db.add(visitor)
        return visitor

    async def register(self, visitor: Visitor, *, email: str | None = None) -> Registration:
        """Book a seat in the Chinese webinar, with a phone number unless an address is given."""
        kind = PersonalContactKind.EMAIL if email else PersonalContactKind.PHONE
        phone = f"+8613{visitor.id.int % 10**9:09}"
        wish = Wish(
            name="王芳", organisation="某某铝业", contact=PersonalContact(kind, email or phone)
        )
        who = Registrant(visitor=visitor, safe=self.means.safe, now=self.clock.now)
        async with self.database.transaction() as db:
            done = await registrations.book(db, slug="china", wish=wish, who=who)
        return done.registration

    async def cancel(self, visitor: Visitor, registration: Registration) -> None:
        who = Registrant(visitor=visitor, safe=self.means.safe, now=self.clock.now)
        async with self.database.transaction() as db:
            await registrations.cancel(db, registration_id=registration.id, who=who)

    async def move(self, start: datetime) -> None:
        """Move the beginning of the webinar."""
        async with self.database.transaction() as db:
            await db.execute(update(Webinar).filter_by(slug="china").values(starts_at=start))

    async def permit(self, visitor: Visitor, template_id: str, *, by_wechat: bool = False) -> None:
        """Let somebody allow one message."""
        async with self.database.transaction() as db:
            await permits.tell(
                db,
                visitor_id=visitor.id,
                template_id=template_id,
                by_wechat=by_wechat,
                now=self.clock.now,
            )

    async def sweep(self) -> int:
        """Plan what is due, as the job does, and tell how much is new."""
        async with self.database.snapshot() as db:
            found = await planning.due(db, now=self.clock.now)
            stranded = await planning.stranded(db, now=self.clock.now)
        async with self.database.transaction() as db:
            for notice_id in stranded:
                await planning.enqueue(db, notice_id)
            return await planning.plan(db, found, now=self.clock.now)

    async def run(self) -> None:
        """Let one worker do what waits."""
        kinds = [*work.kinds(self.means), *conversations.kinds(self.means.doors)]
        runner = jobs.runner(self.database, jobs.Registry(kinds), clock=self.clock)
        await runner.run_due()

    async def tell_at(self, instant: datetime) -> None:
        """Let time pass until an instant, sweep and do what that queues."""
        self.clock.now = instant
        await self.sweep()
        await self.run()

    async def notices(self, *kinds: NoticeKind) -> list[Notice]:
        async with self.database.snapshot() as db:
            asked = select(Notice).order_by(Notice.planned_at, Notice.kind)
            return list(await db.scalars(asked.where(Notice.kind.in_(kinds or tuple(NoticeKind)))))

    async def told(self, *kinds: NoticeKind) -> list[Told]:
        """Give how the notices stand."""
        return [
            (row.kind.value, row.state.value, row.channel and row.channel.value, row.reason)
            for row in await self.notices(*kinds)
        ]

    async def permits(self, visitor_id: UUID) -> dict[str, int]:
        async with self.database.snapshot() as db:
            return dict(await permits.counts(db, visitor_id=visitor_id))

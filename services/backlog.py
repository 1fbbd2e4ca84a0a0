"""What waits to be done, and how old our tokens are: for whoever watches the service.

Counted from the database, so that a process without workers tells of what no worker does.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from models import AccessToken, Delivery, Notice
from models.vocabulary import DeliveryState, NoticeState, TokenKind
from services import jobs
from services.jobs import Figures
from services.runtime.clock import Clock, utc_now
from services.runtime.database import Database
from services.runtime.recounts import Recount

SECONDS = 15.0
"""Between two counts, which take a few milliseconds: as often as Prometheus asks."""

NO_JOBS = Figures(waiting=0, due=0, running=0, dead=0, expired=0, retried=0, oldest_due_seconds=0)


@dataclass(frozen=True)
class Count:
    """How things stand."""

    jobs: Figures = NO_JOBS
    deliveries: int = 0
    notices: int = 0
    fetched_at: datetime | None = None
    """Of the oldest of our access tokens."""

    failures: int = 0
    """Fetches in a row that brought no token which WeChat accepts."""


class Backlog(Recount):
    """Counts what waits."""

    def __init__(
        self,
        database: Database,
        *,
        clock: Clock,
        appids: Collection[str],
        machine: Clock = utc_now,
    ) -> None:
        """Begin with nothing; tokens of accounts that are no longer ours do not count."""
        super().__init__(database, seconds=SECONDS)
        self._clock = clock
        self._appids = appids
        self._machine = machine
        self._count = Count()

    @property
    def gauges(self) -> Mapping[str, Callable[[], float]]:
        """The figures by the names under which they are shown."""
        return {
            "asi_jobs_waiting": lambda: self._count.jobs.waiting,
            "asi_jobs_due": lambda: self._count.jobs.due,
            "asi_jobs_running": lambda: self._count.jobs.running,
            "asi_jobs_dead": lambda: self._count.jobs.dead,
            "asi_jobs_oldest_due_seconds": lambda: self._count.jobs.oldest_due_seconds,
            "asi_deliveries_waiting": lambda: self._count.deliveries,
            "asi_notices_waiting": lambda: self._count.notices,
            "asi_wechat_token_age_seconds": self._token_age,
            "asi_wechat_token_failures": lambda: self._count.failures,
        }

    async def _count_in(self, db: AsyncSession) -> None:
        self._count = await self._counted(db)

    async def _counted(self, db: AsyncSession) -> Count:
        deliveries = select(func.count()).where(
            Delivery.state.in_([DeliveryState.QUEUED, DeliveryState.SENDING])
        )
        notices = select(func.count()).where(
            Notice.state.in_([NoticeState.PLANNED, NoticeState.SENDING])
        )
        tokens = select(func.min(AccessToken.fetched_at), func.max(AccessToken.failures)).where(
            AccessToken.appid.in_(self._appids), AccessToken.kind == TokenKind.ACCESS_TOKEN
        )
        fetched_at, failures = (await db.execute(tokens)).one()
        return Count(
            jobs=await jobs.figures(db, now=self._clock()),
            deliveries=await db.scalar(deliveries) or 0,
            notices=await db.scalar(notices) or 0,
            fetched_at=fetched_at,
            failures=failures or 0,
        )

    def _token_age(self) -> float:
        fetched_at = self._count.fetched_at
        return (self._machine() - fetched_at).total_seconds() if fetched_at else 0.0

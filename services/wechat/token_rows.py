"""The row that all processes share: one token of one account, and who may fetch the next."""

from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy import or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from models import AccessToken
from models.vocabulary import TokenKind
from services.runtime.database import Database

LEASE = timedelta(seconds=45)
"""Longer than a fetch with all its tries can take."""


class TokenRow:
    """Reads and writes the row, each time in a short transaction of its own."""

    def __init__(self, database: Database, *, appid: str, kind: TokenKind) -> None:
        """Name the row; `holder` is who this process is to the others."""
        self.appid = appid
        self.kind = kind
        self._database = database
        self._holder = uuid4().hex
        self._is_ours = (AccessToken.appid == appid, AccessToken.kind == kind)

    async def read(self) -> AccessToken:
        """Give the row as it is; the first one to ask makes it."""
        async with self._database.snapshot() as db:
            found = await db.scalar(select(AccessToken).where(*self._is_ours))
        return found or await self._made()

    async def lease(self, row: AccessToken, *, now: datetime) -> bool:
        """Take the right to fetch, unless somebody has it or has fetched since the row was read.

        A lease that ends later than one can is that of a clock that was set back.
        """
        free = or_(
            AccessToken.lease_until.is_(None),
            AccessToken.lease_until <= now,
            AccessToken.lease_until > now + LEASE,
        )
        same = AccessToken.generation == row.generation
        return await self._write(same, free, lease_holder=self._holder, lease_until=now + LEASE)

    async def put(self, **values: object) -> bool:
        """Store what was fetched and give the lease back; False when it was lost meanwhile."""
        return await self._write(
            AccessToken.lease_holder == self._holder,
            generation=AccessToken.generation + 1,
            lease_holder=None,
            lease_until=None,
            **values,
        )

    async def give_back(self) -> None:
        """Give the lease back, with nothing fetched."""
        await self._write(
            AccessToken.lease_holder == self._holder, lease_holder=None, lease_until=None
        )

    async def confirm(self, generation: int) -> None:
        """Write down that WeChat has accepted this token."""
        same = AccessToken.generation == generation
        await self._write(same, failures=0, retry_at=None)

    async def _write(self, *where: object, **values: object) -> bool:
        statement = (
            update(AccessToken)
            .where(*self._is_ours, *where)  # type: ignore[arg-type]  # conditions, all of them
            .values(**values)
            .returning(AccessToken.generation)
            .execution_options(synchronize_session=False)
        )
        async with self._database.transaction() as db:
            return await db.scalar(statement) is not None

    async def _made(self) -> AccessToken:
        dialect = sqlite if self._database.is_sqlite else postgresql
        statement = dialect.insert(AccessToken).values(
            appid=self.appid, kind=self.kind, generation=0, failures=0
        )
        async with self._database.transaction() as db:
            await db.execute(statement.on_conflict_do_nothing())
            return await db.get_one(AccessToken, (self.appid, self.kind))

"""Access tokens."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import TokenKind


class AccessToken(Base):
    """What lets us call WeChat's API for one account, shared by all processes.

    Instants are the machine's time. Only the holder of the lease fetches; the lease ends by itself,
    so a process that dies blocks nobody for long.
    """

    __tablename__ = "access_tokens"

    appid: Mapped[str] = mapped_column(String(64), primary_key=True)
    kind: Mapped[TokenKind] = mapped_column(primary_key=True)
    generation: Mapped[int] = mapped_column(default=0)
    """How often it was fetched. A process tells by it whether another one was there first."""

    failures: Mapped[int] = mapped_column(default=0)
    """How often in a row a fetch brought nothing that WeChat accepted."""

    sealed: Mapped[bytes | None] = mapped_column(default=None)
    """The token, encrypted; what it is about is the row's key."""

    fetched_at: Mapped[datetime | None] = mapped_column(default=None)
    expires_at: Mapped[datetime | None] = mapped_column(default=None)
    forced_at: Mapped[datetime | None] = mapped_column(default=None)
    """When WeChat was last told to make a new one, which kills the one before at once."""

    retry_at: Mapped[datetime | None] = mapped_column(default=None)
    """Until then a token that WeChat refuses is not replaced: it would not help."""

    lease_holder: Mapped[str | None] = mapped_column(String(32), default=None)
    lease_until: Mapped[datetime | None] = mapped_column(default=None)

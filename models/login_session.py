"""Login sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import SessionKind


class LoginSession(Base):
    """That a visitor is logged in, for whoever shows the token. The token itself is nowhere."""

    __tablename__ = "login_sessions"

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    visitor_id: Mapped[UUID] = mapped_column(ForeignKey("visitors.id"), index=True)
    appid: Mapped[str] = mapped_column(String(64))
    """The account that the login was for; a token is of no use for another one.

    Empty for a browser of whose reader WeChat told us nothing.
    """

    begun_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    """By the machine's time; moves on as the session is used."""

    kind: Mapped[SessionKind] = mapped_column(default=SessionKind.MINI_PROGRAM)

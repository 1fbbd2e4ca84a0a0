"""Visitors."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row


class Visitor(Row):
    """Somebody who takes part. Known by WeChat's ids alone, until they say who they are."""

    __tablename__ = "visitors"

    first_seen_at: Mapped[datetime]
    last_seen_at: Mapped[datetime]
    mp_openid: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    """Who they are to the mini-program."""

    oa_openid: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    """Who they are to the official account."""

    unionid: Mapped[str | None] = mapped_column(String(64), unique=True, default=None)
    """What joins the two, where WeChat gives one."""

    sealed_session_key: Mapped[bytes | None] = mapped_column(default=None)
    """The mini-program's newest session key; never leaves the server."""

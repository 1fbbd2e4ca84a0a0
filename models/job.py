"""Jobs."""

from datetime import datetime
from typing import Any

from sqlalchemy import Index, Integer, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import JobState

LONGEST_KEY = 200


class Job(Base):
    """A job that is not done. SQLite only: on PostgreSQL they are Procrastinate's rows."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_waiting", "id", sqlite_where=text("state = 'waiting'")),
        Index("ix_jobs_running", "id", sqlite_where=text("state = 'running'")),
        Index("uq_jobs_waiting_key", "key", unique=True, sqlite_where=text("state = 'waiting'")),
        # A number that is never used again, so that who lost a job cannot take another's for it.
        {"sqlite_autoincrement": True, "info": {"only_on": "sqlite"}},
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, init=False)
    kind: Mapped[str] = mapped_column(String(64))
    payload: Mapped[dict[str, Any]]
    """Ids of what it is about: never text, never persons."""

    queued_at: Mapped[datetime]
    """By the machine's time; all other instants are by the service's clock."""

    state: Mapped[JobState] = mapped_column(default=JobState.WAITING)
    key: Mapped[str | None] = mapped_column(String(LONGEST_KEY), default=None)
    """At most one job with it waits."""

    run_at: Mapped[datetime | None] = mapped_column(default=None)
    """Not before this; None means at once."""

    deadline: Mapped[datetime | None] = mapped_column(default=None)
    attempts: Mapped[int] = mapped_column(default=0)
    """How often it was started. Whoever runs it holds it only while this is still their number."""

    failures: Mapped[int] = mapped_column(default=0)
    interruptions: Mapped[int] = mapped_column(default=0)
    """How often the process that ran it ended."""

    error: Mapped[str | None] = mapped_column(String(64), default=None)
    """A word for what went wrong last."""

    ended_at: Mapped[datetime | None] = mapped_column(default=None)
    """When it died or expired."""

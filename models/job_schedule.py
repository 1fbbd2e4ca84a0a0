"""When repeated jobs were queued last."""

from sqlalchemy import BigInteger, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class JobSchedule(Base):
    """The last turn of a job that is repeated: who moves it on queues the job, and nobody else."""

    __tablename__ = "job_schedules"

    kind: Mapped[str] = mapped_column(String(64), primary_key=True)
    turn: Mapped[int] = mapped_column(BigInteger)
    """The number of whole periods since 1970, by the machine's time."""

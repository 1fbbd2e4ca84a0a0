"""Page visits."""

from datetime import date

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base
from models.vocabulary import ClientKind


class PageVisit(Base):
    """How often a page was opened on one Beijing day. A count and nothing about anybody."""

    __tablename__ = "page_visits"

    path: Mapped[str] = mapped_column(String(200), primary_key=True)
    """Of a page that is there: what was never found is counted nowhere."""

    day_on: Mapped[date] = mapped_column(primary_key=True, index=True)
    channel: Mapped[str] = mapped_column(String(32), primary_key=True)
    """As in `link_visits`."""

    client: Mapped[ClientKind] = mapped_column(primary_key=True)
    visits: Mapped[int]

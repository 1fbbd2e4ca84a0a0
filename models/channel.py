"""Channels."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import ContentRow
from models.bilingual import Bilingual


class Channel(ContentRow):
    """Where people meet a link: the article, the menu, a poster. `?ch=` names it."""

    __tablename__ = "channels"

    code: Mapped[str] = mapped_column(String(32), unique=True)
    label: Mapped[Bilingual]
    position: Mapped[int]

"""Heads of the chains of receipts."""

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class ReceiptHead(Base):
    """How far a series of receipts has come: the last number given, the last link of the chain.

    Locked last of all rows, so that whoever holds it waits for nobody.
    """

    __tablename__ = "receipt_heads"

    series: Mapped[str] = mapped_column(String(20), primary_key=True)
    number: Mapped[int]
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))

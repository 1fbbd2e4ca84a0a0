"""The head of the audit log."""

from sqlalchemy import CheckConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Base


class AuditHead(Base):
    """How far the chain of audit entries has come. Locked last of all rows."""

    __tablename__ = "audit_heads"
    __table_args__ = (CheckConstraint("id = 1", name="single_row"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    position: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))

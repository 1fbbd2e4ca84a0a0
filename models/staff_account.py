"""Staff accounts."""

from datetime import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import StaffRole


class StaffAccount(Row):
    """Somebody who works at the desk. Never deleted: the audit log names them."""

    __tablename__ = "staff_accounts"

    login: Mapped[str] = mapped_column(String(80), unique=True)
    """What they type, in lower case: an e-mail address or a short name."""

    name: Mapped[str] = mapped_column(String(80))
    role: Mapped[StaffRole]
    password_hash: Mapped[str] = mapped_column(String(200))
    """argon2id, with its salt and parameters."""

    created_at: Mapped[datetime]
    sealed_totp_secret: Mapped[bytes | None] = mapped_column(default=None)
    """None until the second factor has been set up."""

    totp_step: Mapped[int] = mapped_column(default=0)
    """The newest step of 30 s whose code was used: no code works twice."""

    disabled: Mapped[bool] = mapped_column(default=False)

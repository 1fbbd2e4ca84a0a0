"""Staff accounts: who works at the desk, how they prove it, and what they may do."""

from services.staff_accounts.permissions import ALLOWED, NEEDS_SECOND_FACTOR, Permission, allows
from services.staff_accounts.refusals import (
    LastAdmin,
    LoginTaken,
    NotPermitted,
    PasswordUnfit,
    SecondFactorRefused,
    SecondFactorSet,
    StaffAccountNotFound,
    StaffLoginRefused,
    StaffLoginRequired,
    StaffSessionNotFound,
    TooManyLogins,
)

__all__ = [
    "ALLOWED",
    "NEEDS_SECOND_FACTOR",
    "LastAdmin",
    "LoginTaken",
    "NotPermitted",
    "PasswordUnfit",
    "Permission",
    "SecondFactorRefused",
    "SecondFactorSet",
    "StaffAccountNotFound",
    "StaffLoginRefused",
    "StaffLoginRequired",
    "StaffSessionNotFound",
    "TooManyLogins",
    "allows",
]

"""Visitors: who takes part, and how they are known again.

Identity comes from here alone. What a request's body says of it is an unknown field.
"""

from services.visitors.identities import is_unnamed, merge
from services.visitors.logins import LoggedIn, identify, identify_reader, log_in
from services.visitors.readers import (
    is_due,
    log_in_reader,
    make_token,
    prolong,
    reader,
    settled,
)
from services.visitors.refusals import (
    HostingIdentityMissing,
    HostingIdentityRefused,
    LoginBlocked,
    LoginCodeInvalid,
    LoginCodeUsed,
    LoginRequired,
    LoginTooOften,
    ReaderUnknown,
)
from services.visitors.sessions import (
    SLIDE,
    TTL,
    digest,
    forget_expired,
    log_out,
    log_out_everywhere,
    of_token,
)

__all__ = [
    "SLIDE",
    "TTL",
    "HostingIdentityMissing",
    "HostingIdentityRefused",
    "LoggedIn",
    "LoginBlocked",
    "LoginCodeInvalid",
    "LoginCodeUsed",
    "LoginRequired",
    "LoginTooOften",
    "ReaderUnknown",
    "digest",
    "forget_expired",
    "identify",
    "identify_reader",
    "is_due",
    "is_unnamed",
    "log_in",
    "log_in_reader",
    "log_out",
    "log_out_everywhere",
    "make_token",
    "merge",
    "of_token",
    "prolong",
    "reader",
    "settled",
]

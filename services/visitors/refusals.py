"""What is refused about logging in."""

from services.errors import Conflict, Forbidden, Malformed, NotFound, TooMany, Unauthorised


class LoginRequired(Unauthorised):
    """Nobody is logged in, or the login is over."""

    code = "login_required"


class LoginCodeInvalid(Malformed):
    """The login code is wrong or older than five minutes."""

    code = "login_code_invalid"


class LoginCodeUsed(Conflict):
    """The login code was used before."""

    code = "login_code_used"


class LoginBlocked(Forbidden):
    """WeChat does not let this person log in."""

    code = "login_blocked"


class LoginTooOften(TooMany):
    """This person logs in more often than WeChat allows."""

    code = "login_too_often"
    retry_after = 60


class HostingIdentityRefused(Forbidden):
    """The request says who asks as 微信云托管 does, and this installation is not behind it."""

    code = "hosting_identity_refused"


class HostingIdentityMissing(Unauthorised):
    """微信云托管 has not said who asks, or it was asked for another mini-program."""

    code = "hosting_identity_missing"


class ReaderUnknown(NotFound):
    """This browser has not registered or sent anything, or has not been used for a week."""

    code = "reader_unknown"

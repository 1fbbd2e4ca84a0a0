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


class ReaderUnknown(NotFound):
    """This browser has not registered or sent anything, or has not been used for a week."""

    code = "reader_unknown"

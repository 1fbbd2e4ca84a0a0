"""What staff are refused."""

from services.errors import Conflict, Forbidden, Malformed, NotFound, TooMany, Unauthorised


class StaffLoginRequired(Unauthorised):
    """Whoever asks is not logged in at the desk, or not with all factors."""

    code = "staff_login_required"


class StaffLoginRefused(Malformed):
    """Login and password do not belong together, or the account is closed."""

    code = "staff_login_refused"


class SecondFactorRefused(Malformed):
    """The code is not the right one, or was used already."""

    code = "second_factor_refused"


class SecondFactorSet(Conflict):
    """The account has a second factor already; whoever lost it has it reset."""

    code = "second_factor_set"


class TooManyLogins(TooMany):
    """Too many wrong passwords or codes for one account; the right ones do not help for a while."""

    code = "too_many_logins"
    retry_after = 900


class NotPermitted(Forbidden):
    """The role does not allow it."""

    code = "not_permitted"


class PasswordUnfit(Malformed):
    """The password is too short or too easy to guess."""

    code = "password_unfit"


class StaffAccountNotFound(NotFound):
    """There is no such account."""

    code = "staff_account_not_found"


class LoginTaken(Conflict):
    """There is an account with this login already."""

    code = "login_taken"


class LastAdmin(Conflict):
    """Nobody would be left who may decide about accounts."""

    code = "last_admin"


class StaffSessionNotFound(NotFound):
    """There is no such session of this account."""

    code = "staff_session_not_found"

"""States of a registration, and what may be done in which."""

from models import Registration
from models.vocabulary import RegistrationState
from services.registrations.refusals import RegistrationCancelled, RegistrationDeclined

OVER = frozenset({RegistrationState.CANCELLED, RegistrationState.DECLINED})
"""It counts no more. Whoever was declined cannot simply ask again: the row stays theirs."""


def require_standing(registration: Registration) -> None:
    """Make sure that a registration still counts.

    Raises:
        RegistrationCancelled, RegistrationDeclined
    """
    if registration.state is RegistrationState.CANCELLED:
        raise RegistrationCancelled
    if registration.state is RegistrationState.DECLINED:
        raise RegistrationDeclined

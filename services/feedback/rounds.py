"""When a round takes feedback."""

from datetime import datetime
from zoneinfo import ZoneInfo

from models import Consultation
from models.vocabulary import RoundState
from services import consultations
from services.feedback.refusals import RoundClosed, RoundNotOpen

_OPEN = (RoundState.OPEN, RoundState.CLOSING_SOON)


def is_open(consultation: Consultation, now: datetime) -> bool:
    """Tell whether a round takes feedback, and lets it be changed."""
    return consultations.state(consultation, now) in _OPEN


def require_open(consultation: Consultation, now: datetime) -> None:
    """Make sure that a round takes feedback.

    Raises:
        RoundNotOpen, RoundClosed
    """
    state = consultations.state(consultation, now)
    if state is RoundState.FORTHCOMING:
        opens = consultation.opens_at.astimezone(ZoneInfo(consultation.time_zone))
        raise RoundNotOpen(opens=f"{opens:%Y-%m-%d %H:%M}", zone=consultation.time_zone)
    if state not in _OPEN:
        raise RoundClosed(address=consultation.hub_url)

"""What is refused about registrations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from models import Bilingual
from models.vocabulary import Language
from services import texts, webinars
from services.errors import Conflict, Malformed, NotFound, TooMany
from services.texts import dates


@dataclass(frozen=True)
class Announced:
    """A webinar that one may still register for."""

    title: Bilingual
    starts_at: datetime

    def words(self, language: Language) -> str:
        """Say which one and when."""
        when = dates.moment(webinars.in_beijing(self.starts_at), language)
        title = self.title.text(language)
        return texts.say("registrations.other", language, title=title, moment=when)


class RegistrationNotFound(NotFound):
    """This visitor has no such registration."""

    code = "registration_not_found"


class RegistrationNotOpen(Conflict):
    """Registration for the webinar has not begun."""

    code = "registration_not_open"

    def __init__(self, opens_at: datetime) -> None:
        """Keep when it begins."""
        self.opens_at = opens_at
        super().__init__()

    def sentence(self, language: Language) -> str:
        """Say when to come back."""
        opens = dates.moment(webinars.in_beijing(self.opens_at), language)
        return texts.say(f"refusals.{self.code}", language, opens=opens)


class RegistrationClosed(Conflict):
    """Registration is over, or the webinar has begun: nothing changes any more."""

    code = "registration_closed"

    def __init__(self, *, others: Sequence[Announced] = (), replay_url: str | None = None) -> None:
        """Keep what can be offered instead: webinars still to come, the recording.

        Plain values, since rows are of no use any more once the transaction was rolled back.
        """
        self.others = others
        self.replay_url = replay_url
        super().__init__()

    def sentence(self, language: Language) -> str:
        """Say that it is over, and what there is instead."""
        said = texts.say(f"refusals.{self.code}", language)
        if self.others:
            listed = "; ".join(other.words(language) for other in self.others)
            said += texts.say("registrations.others", language, webinars=listed)
        if self.replay_url:
            said += texts.say("registrations.replay", language, address=self.replay_url)
        return said


class RegistrationCancelled(Conflict):
    """The registration was cancelled; whoever wants a seat again registers again."""

    code = "registration_cancelled"


class RegistrationDeclined(Conflict):
    """We said no to this registration: its visitor can neither change nor cancel it."""

    code = "registration_declined"


class RegistrationDecided(Conflict):
    """The registration waits for no decision, or no longer."""

    code = "registration_decided"


class DeclineWordsMissing(Malformed):
    """A no for another reason needs words that say which."""

    code = "decline_words_missing"


class RegisteredElsewhere(Conflict):
    """Seats of this webinar are given by a form outside this service."""

    code = "registered_elsewhere"


class ContactTaken(Conflict):
    """Somebody else is registered with this phone number or e-mail address."""

    code = "contact_taken"


class AlreadyRegistered(Conflict):
    """The visitor has a registration of their own, so they cannot take over another one."""

    code = "already_registered"


class RegisteredThere(Conflict):
    """The person has a registration for the other webinar already."""

    code = "registered_there"


class StakeholderUnknown(Malformed):
    """The round has no such category of stakeholders."""

    code = "stakeholder_unknown"


class SeatMissing(Conflict):
    """The registration has no seat, and this is for those who have one."""

    code = "seat_missing"


class JoinLinkMissing(NotFound):
    """The meeting has no address yet, or none any more."""

    code = "join_link_missing"


class JoinLinkTooEarly(Conflict):
    """The meeting's address is not shown yet."""

    code = "join_link_too_early"


class CheckInUnknown(NotFound):
    """What was shown at the door is no code of ours."""

    code = "check_in_unknown"


class CheckInElsewhere(Conflict):
    """The code is for another webinar than the one at whose door it was shown."""

    code = "check_in_elsewhere"


class PhoneCodeInvalid(Malformed):
    """The code for a phone number is wrong, used or older than five minutes."""

    code = "phone_code_invalid"


class PhoneCodeTooOften(TooMany):
    """Phone numbers are asked for more often than WeChat allows."""

    code = "phone_code_too_often"
    retry_after = 60


class RecoveryCodeWrong(Malformed):
    """The code does not recover anything: it is wrong, too old, or was tried too often."""

    code = "recovery_code_wrong"


class RecoveryTooOften(TooMany):
    """The visitor has asked for too many codes."""

    code = "recovery_too_often"

"""What is refused about registrations."""

from services.errors import Conflict, Malformed, NotFound


class RegistrationNotFound(NotFound):
    """This visitor has no such registration."""

    code = "registration_not_found"


class RegistrationClosed(Conflict):
    """The webinar has begun: nothing about its registrations changes any more."""

    code = "registration_closed"


class RegistrationCancelled(Conflict):
    """The registration was cancelled; whoever wants a seat again registers again."""

    code = "registration_cancelled"


class RegisteredElsewhere(Conflict):
    """Seats of this webinar are given by a form outside this service."""

    code = "registered_elsewhere"


class ContactTaken(Conflict):
    """Somebody else is registered with this phone number or e-mail address."""

    code = "contact_taken"


class StakeholderUnknown(Malformed):
    """The round has no such category of stakeholders."""

    code = "stakeholder_unknown"

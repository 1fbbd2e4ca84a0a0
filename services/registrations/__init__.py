"""Registrations: a visitor's seat in a webinar, or their place in the line for one.

Every change holds the webinar's row (`seats.locked`), so seats are given away one after another.
"""

from services.registrations.booking import (
    Changes,
    Registrant,
    Standing,
    Wish,
    book,
    cancel,
    change,
    latest,
    of_visitor,
    own,
    standing,
)
from services.registrations.contacts import ContactSafe, PersonalContact
from services.registrations.refusals import (
    AlreadyRegistered,
    CheckInUnknown,
    ContactTaken,
    JoinLinkMissing,
    JoinLinkTooEarly,
    PhoneCodeInvalid,
    PhoneCodeTooOften,
    RecoveryCodeWrong,
    RecoveryTooOften,
    RegisteredElsewhere,
    RegistrationCancelled,
    RegistrationClosed,
    RegistrationNotFound,
    RegistrationNotOpen,
    SeatMissing,
    StakeholderUnknown,
)
from services.registrations.seats import counts, set_seats

__all__ = [
    "AlreadyRegistered",
    "Changes",
    "CheckInUnknown",
    "ContactSafe",
    "ContactTaken",
    "JoinLinkMissing",
    "JoinLinkTooEarly",
    "PersonalContact",
    "PhoneCodeInvalid",
    "PhoneCodeTooOften",
    "RecoveryCodeWrong",
    "RecoveryTooOften",
    "RegisteredElsewhere",
    "Registrant",
    "RegistrationCancelled",
    "RegistrationClosed",
    "RegistrationNotFound",
    "RegistrationNotOpen",
    "SeatMissing",
    "StakeholderUnknown",
    "Standing",
    "Wish",
    "book",
    "cancel",
    "change",
    "counts",
    "latest",
    "of_visitor",
    "own",
    "set_seats",
    "standing",
]

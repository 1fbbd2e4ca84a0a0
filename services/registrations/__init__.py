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
    of_visitor,
    own,
)
from services.registrations.contacts import ContactSafe, PersonalContact
from services.registrations.refusals import (
    ContactTaken,
    RegisteredElsewhere,
    RegistrationCancelled,
    RegistrationClosed,
    RegistrationNotFound,
    StakeholderUnknown,
)
from services.registrations.seats import counts, set_seats

__all__ = [
    "Changes",
    "ContactSafe",
    "ContactTaken",
    "PersonalContact",
    "RegisteredElsewhere",
    "Registrant",
    "RegistrationCancelled",
    "RegistrationClosed",
    "RegistrationNotFound",
    "StakeholderUnknown",
    "Standing",
    "Wish",
    "book",
    "cancel",
    "change",
    "counts",
    "of_visitor",
    "own",
    "set_seats",
]

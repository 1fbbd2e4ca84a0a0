"""How a registered person can be reached: sealed in the row, found by its blind index."""

from dataclasses import dataclass, field

from models import Registration
from models.vocabulary import PersonalContactKind
from services.runtime.blind_index import BlindIndex
from services.runtime.sealing import Sealer

_SEALED = "registrations.sealed_contact"
_INDEXED = "registrations.contact_index"
_SHOWN_AT_END = 4
_SHOWN_AT_START = 3


@dataclass(frozen=True)
class PersonalContact:
    """A phone number as +8613800138000, or an e-mail address in lower case: equal when the same."""

    kind: PersonalContactKind
    value: str = field(repr=False)

    @property
    def masked(self) -> str:
        """Give enough of it to be recognised by its owner, and by nobody else."""
        if self.kind is PersonalContactKind.EMAIL:
            name, _, host = self.value.partition("@")
            return f"{name[0]}***@{host}" if host else ""
        number = self.value.removeprefix("+86")
        hidden = max(len(number) - _SHOWN_AT_START - _SHOWN_AT_END, 0)
        return number[:_SHOWN_AT_START] + "*" * hidden + number[-_SHOWN_AT_END:]


@dataclass(frozen=True)
class ContactSafe:
    """Writes contacts into registrations and reads them there, with the installation's keys."""

    sealer: Sealer = field(repr=False)
    index: BlindIndex = field(repr=False)

    def write(self, registration: Registration, contact: PersonalContact) -> None:
        """Put a contact into a row."""
        registration.contact_kind = contact.kind
        place = f"{_SEALED}:{registration.id}"
        registration.sealed_contact = self.sealer.seal(contact.value.encode(), about=place)
        registration.contact_index = self.index_of(contact)

    def index_of(self, contact: PersonalContact) -> bytes:
        """Give what a row with this contact is found by."""
        return self.index.of(contact.value, about=_INDEXED)

    def former_indexes_of(self, contact: PersonalContact) -> list[bytes]:
        """Give what rows with this contact are found by that no rotation of keys has reached."""
        return self.index.former(contact.value, about=_INDEXED)

    def read(self, registration: Registration) -> PersonalContact:
        """Give the contact of a row; it is empty when its time was over.

        Raises:
            SealUnreadable
        """
        if not registration.sealed_contact:
            return PersonalContact(kind=registration.contact_kind, value="")
        place = f"{_SEALED}:{registration.id}"
        value = self.sealer.open(registration.sealed_contact, about=place).decode()
        return PersonalContact(kind=registration.contact_kind, value=value)

"""What a content pack says of the people to talk to: contacts.toml."""

import phonenumbers
from pydantic import Field

from models.vocabulary import ContactKind, Language
from services.content.entries import Entry, Key, Slug, Words

PICTURES = frozenset({ContactKind.WECHAT_PICTURE, ContactKind.WECHAT_GROUP})
"""Kinds that staff put in as a picture; the pack only says that there is to be one."""


class ContactChannel(Entry):
    """`[[card.channel]]` in contacts.toml."""

    key: Key
    kind: ContactKind
    value: str | None = Field(default=None, min_length=1, max_length=200)

    def reachable_value(self) -> str | None:
        """Give the value as it is stored: phones in E.164.

        Raises:
            ValueError: the value does not fit its kind.
        """
        if self.kind in PICTURES:
            self._require_no_value()
            return None
        if self.value is None:
            message = f"a value is expected for {self.kind.value}"
            raise ValueError(message)
        if self.kind is ContactKind.PHONE:
            return e164(self.value)
        return self.value

    def _require_no_value(self) -> None:
        if self.value is not None:
            message = "a picture has no value: staff put it in by `asi contacts picture`"
            raise ValueError(message)


def e164(phone: str) -> str:
    """Give a phone number as +86139…; a number without a country is Chinese.

    Raises:
        ValueError: it is no number that can be dialled.
    """
    try:
        number = phonenumbers.parse(phone, "CN")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        message = "a phone number such as 13800000000 or +61 3 9000 0000 is expected"
        raise ValueError(message)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class ContactCard(Entry):
    """`[[card]]` in contacts.toml."""

    slug: Slug
    name: Words
    role: Words
    organisation: Words
    languages: tuple[Language, ...] = Field(min_length=1)
    hours: Words | None = None
    channel: tuple[ContactChannel, ...] = ()


class ContactsFile(Entry):
    """contacts.toml."""

    card: tuple[ContactCard, ...] = ()

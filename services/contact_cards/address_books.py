"""A contact for an address book: as vCard, as MECARD, and its phones told apart."""

import phonenumbers
import vobject
from phonenumbers import PhoneNumberType

from models.vocabulary import ContactKind, Language
from services.contact_cards.cards import Contact

_MECARD_SIGNS = str.maketrans({sign: f"\\{sign}" for sign in '\\;:,"'})


def vcard(contact: Contact, *, url: str, language: Language) -> bytes:
    """Give the card as vCard 3.0 (RFC 2426): UTF-8, escaped, folded at 75 characters."""
    card = vobject.vCard()
    name = contact.card.name.text(language)
    card.add("fn").value = name
    # A Chinese name has no parts that phones would order: it stands whole as the family name.
    card.add("n").value = vobject.vcard.Name(family=name)
    card.add("org").value = [contact.card.organisation.text(language)]
    card.add("title").value = contact.card.role.text(language)
    for value in _values(contact, ContactKind.PHONE):
        phone = card.add("tel")
        phone.value = value
        phone.type_param = ["WORK" if is_landline(value) else "CELL", "VOICE"]
    for value in _values(contact, ContactKind.EMAIL):
        card.add("email").value = value
    for value in _values(contact, ContactKind.WECHAT_ID):
        card.add("x-wechat").value = value
    card.add("url").value = url
    serialized: str = card.serialize()
    return serialized.encode()


def mecard(contact: Contact, *, url: str, language: Language) -> str:
    """Give the card as MECARD, the one line that cameras of phones read from a code.

    What such a code holds cannot be withdrawn any more: it is for screens, not for print.
    """
    card = contact.card
    fields = [
        ("N", card.name.text(language)),
        ("ORG", card.organisation.text(language)),
        *(("TEL", value) for value in _values(contact, ContactKind.PHONE)),
        *(("EMAIL", value) for value in _values(contact, ContactKind.EMAIL)),
        ("URL", url),
        ("NOTE", card.role.text(language)),
    ]
    written = (f"{name}:{value.translate(_MECARD_SIGNS)};" for name, value in fields)
    return "MECARD:" + "".join(written) + ";"


def first_phone(contact: Contact, *, landline: bool) -> str:
    """Give the first phone of a sort, empty where there is none."""
    phones = _values(contact, ContactKind.PHONE)
    return next((value for value in phones if is_landline(value) is landline), "")


def is_landline(phone: str) -> bool:
    """Tell whether an E.164 number is certainly no mobile one."""
    return phonenumbers.number_type(phonenumbers.parse(phone)) == PhoneNumberType.FIXED_LINE


def _values(contact: Contact, kind: ContactKind) -> list[str]:
    return [channel.value for channel in contact.of_kind(kind) if channel.value]

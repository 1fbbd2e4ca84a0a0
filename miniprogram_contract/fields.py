"""What people type, made uniform before it is looked at: one line of text, a phone, an address."""

import re
import unicodedata
from typing import Annotated

import phonenumbers
from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

_UNSEEN = re.compile(
    "[\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]"
)
"""Nobody sees them, and they hide or turn round others. Joiners stay: emoji are made with them."""

_DIALLED = re.compile(r"\+?[0-9 ().\-]{5,30}")
_LOCAL = r"[a-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_EMAIL = re.compile(rf"{_LOCAL}(?:\.{_LOCAL})*@(?:{_LABEL}\.)+[a-z]{{2,63}}")
_LONGEST_LOCAL = 64
_LONGEST_EMAIL = 254
_LONGEST_TYPED = 500


def invalid(*, code: str) -> PydanticCustomError:
    """Give the error of a value that is not what `code` wants; the sentence is in the texts."""
    return PydanticCustomError(code, "invalid")


def _line(value: object) -> object:
    """Make one line of it: composed, single blanks, nothing unseen; empty if nothing shows."""
    if not isinstance(value, str):
        return value
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", value))
    blanked = "".join(" " if unicodedata.category(mark) == "Cc" else mark for mark in seen)
    text = " ".join(blanked.split())
    shows = any(unicodedata.category(mark)[0] not in "CZM" for mark in text)
    return text if shows else ""


def _lines(value: object) -> object:
    """Make text of several lines of it: composed, nothing unseen; empty if nothing shows."""
    if not isinstance(value, str):
        return value
    broken = re.sub("\r\n?|[\u2028\u2029\x85]", "\n", value)
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", broken)).replace("\t", " ")
    kept = "".join(mark for mark in seen if mark == "\n" or unicodedata.category(mark) != "Cc")
    shows = any(unicodedata.category(mark)[0] not in "CZM" for mark in kept)
    return kept.strip() if shows else ""


def _phone(value: object) -> object:
    """Give a phone number as E.164; one without a country is Chinese."""
    if not isinstance(value, str):
        return value
    typed = unicodedata.normalize("NFKC", value[:_LONGEST_TYPED]).strip()
    if not _DIALLED.fullmatch(typed):
        raise invalid(code="phone_invalid")
    try:
        number = phonenumbers.parse(typed, "CN")
    except phonenumbers.NumberParseException:
        raise invalid(code="phone_invalid") from None
    if not phonenumbers.is_valid_number(number):
        raise invalid(code="phone_invalid")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _email(value: object) -> object:
    """Give an e-mail address in lower case, since no provider tells the cases apart."""
    if not isinstance(value, str):
        return value
    typed = unicodedata.normalize("NFKC", value[:_LONGEST_TYPED]).strip().lower()
    local = typed.partition("@")[0]
    fits = len(typed) <= _LONGEST_EMAIL and len(local) <= _LONGEST_LOCAL
    if not fits or not _EMAIL.fullmatch(typed):
        raise invalid(code="email_invalid")
    return typed


Channel = Annotated[
    str,
    Field(
        max_length=32,
        pattern="^[a-z0-9-]*$",
        description="The channel the sender came by, as `ch` of a scene or address; empty: none.",
    ),
]

ONE_LINE = BeforeValidator(_line)
"""For text on one line; stands behind the field's lengths, which then count what is kept."""

MANY_LINES = BeforeValidator(_lines)
"""For text of several lines; stands behind the field's lengths as well."""

Phone = Annotated[
    str,
    BeforeValidator(_phone),
    Field(description="As people write it; without +country it is a number of mainland China."),
]
Email = Annotated[str, BeforeValidator(_email), Field(description="An ASCII e-mail address.")]

"""A phone number that WeChat vouches for, instead of one that is typed."""

import phonenumbers

from models.vocabulary import PersonalContactKind
from services.registrations.contacts import PersonalContact
from services.registrations.refusals import PhoneCodeInvalid, PhoneCodeTooOften
from services.wechat import refusals
from services.wechat.gateway import MiniProgram, PhoneNumber


async def of_code(door: MiniProgram, *, code: str) -> PersonalContact:
    """Ask WeChat for the number a code stands for; no transaction may be open meanwhile.

    Raises:
        PhoneCodeInvalid, PhoneCodeTooOften, WeChatError
    """
    try:
        return contact_of(await door.phone_number(code))
    except refusals.CodeInvalid as error:
        raise PhoneCodeInvalid from error
    except refusals.RateLimited as error:
        raise PhoneCodeTooOften from error


def contact_of(found: PhoneNumber) -> PersonalContact:
    """Give WeChat's number the way typed ones are kept, so that the same is the same.

    Raises:
        PhoneCodeInvalid: it is no phone number.
    """
    try:
        number = phonenumbers.parse(f"+{found.country_code}{found.number}")
    except phonenumbers.NumberParseException as error:
        raise PhoneCodeInvalid from error
    written = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return PersonalContact(PersonalContactKind.PHONE, written)

"""Contact cards as they travel."""

from pydantic import Field

from miniprogram_contract.messages import Reply
from models.vocabulary import ContactKind, Language


class ContactChannel(Reply):
    """One way to reach a contact."""

    key: str
    kind: ContactKind
    value: str | None = Field(description="null for a picture that is not there yet.")


class PhoneContact(Reply):
    """What wx.addPhoneContact takes, under our spelling: first_name is its firstName."""

    first_name: str
    mobile_phone_number: str
    we_chat_number: str
    email: str
    organization: str
    title: str
    url: str


class ContactCard(Reply):
    """Somebody to talk to."""

    slug: str
    name: str
    role: str
    organisation: str
    languages: list[Language]
    hours: str | None
    channels: list[ContactChannel]
    page_url: str
    vcard_url: str
    phone_contact: PhoneContact

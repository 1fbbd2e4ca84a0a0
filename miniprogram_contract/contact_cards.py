"""Contact cards as they travel."""

from datetime import date, datetime

from pydantic import Field

from miniprogram_contract.messages import Reply
from models.vocabulary import ContactKind, Language


class ContactChannel(Reply):
    """One way to reach a contact."""

    key: str
    kind: ContactKind
    value: str | None = Field(description="null for wechat_picture and wechat_group.")
    picture_url: str | None = Field(
        description="A PNG, 600 pixels wide, that `<image show-menu-by-longpress>` can show; null "
        "for other kinds, and while there is none: ask to use another channel then."
    )
    valid_until: datetime | None = Field(
        description="When WeChat stops taking the picture's code; null where it stays good."
    )


class WorkingHours(Reply):
    """When a person answers, with China's holidays and the days worked for them."""

    text: str = Field(description="To be shown as it is.")
    is_open: bool
    changes_at: datetime | None = Field(description="When people come or go next.")
    time_zone: str
    weekdays: list[int] = Field(description="1 is Monday.")
    begins: str = Field(description="Such as 09:00.")
    ends: str
    holidays: list[date]
    make_up_days: list[date] = Field(description="Weekend days worked for a holiday.")


class PhoneContact(Reply):
    """What wx.addPhoneContact takes, under our spelling: first_name is its firstName."""

    first_name: str
    mobile_phone_number: str
    work_phone_number: str = Field(description="A number that is certainly no mobile one.")
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
    hours: str | None = Field(
        description="Words of this card's own; without them working_hours are to be shown."
    )
    working_hours: WorkingHours | None = Field(
        description="Those of the current round; null while nobody has told them."
    )
    channels: list[ContactChannel]
    page_url: str
    vcard_url: str
    code_url: str = Field(
        description="The printed code as a PNG: it leads to this card, whatever becomes of it."
    )
    mecard: str = Field(
        description="For a code on a screen that cameras read. Not for print: nobody can withdraw "
        "what is in it."
    )
    phone_contact: PhoneContact

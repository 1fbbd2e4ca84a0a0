"""Registrations as they travel."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from miniprogram_contract.fields import ONE_LINE, Channel, Email, Phone, invalid
from miniprogram_contract.messages import Page, Reply, Request
from miniprogram_contract.webinars import PhoneCalendar
from models.vocabulary import DeclineReason, PersonalContactKind, RegistrationState

Name = Annotated[str, Field(min_length=1, max_length=80), ONE_LINE]
Organisation = Annotated[str, Field(min_length=1, max_length=200), ONE_LINE]
Stakeholder = Annotated[
    str,
    Field(
        max_length=60,
        pattern="^[a-z0-9_]*$",
        description="A term of the round's set `stakeholder`; empty: none.",
    ),
]


PhoneCode = Annotated[
    str,
    Field(
        min_length=1,
        max_length=128,
        description="What a button with open-type getPhoneNumber gives: once, for five minutes.",
    ),
]


class Register(Request):
    """Ask for a seat for whoever is logged in. One contact: `phone`, `phone_code` or `email`."""

    name: Name
    organisation: Organisation
    phone: Phone | None = None
    phone_code: PhoneCode | None = None
    email: Email | None = None
    stakeholder: Stakeholder | None = None
    may_transfer_abroad: bool = Field(
        default=False, strict=True, description="The consent `transfer_abroad`, asked by itself."
    )
    channel: Channel | None = None

    @model_validator(mode="after")
    def _one_contact(self) -> Self:
        if _given(self.phone, self.phone_code, self.email) != 1:
            raise invalid(code="one_contact")
        return self


class ChangeRegistration(Request):
    """Change what was said. What is absent or null stays as it is; one contact replaces another."""

    name: Name | None = None
    organisation: Organisation | None = None
    phone: Phone | None = None
    phone_code: PhoneCode | None = None
    email: Email | None = None
    stakeholder: Stakeholder | None = None
    may_transfer_abroad: bool | None = Field(default=None, strict=True)

    @model_validator(mode="after")
    def _at_most_one_contact(self) -> Self:
        if _given(self.phone, self.phone_code, self.email) > 1:
            raise invalid(code="one_contact")
        return self


class AskForRecovery(Request):
    """Have a code sent to an e-mail address, to get back what was registered with it elsewhere."""

    email: Email


class RecoverRegistration(Request):
    """Prove that a contact is one's own: `email` with the `code` sent to it, or a `phone_code`."""

    email: Email | None = None
    code: Annotated[str, Field(pattern="^[0-9]{6}$")] | None = None
    phone_code: PhoneCode | None = None

    @model_validator(mode="after")
    def _one_proof(self) -> Self:
        by_mail = _given(self.email, self.code)
        if by_mail + 2 * _given(self.phone_code) != 2:  # noqa: PLR2004 - both halves, or the code
            raise invalid(code="one_contact")
        return self


class Recovery(Reply):
    """That a code was sent, if there is anything to recover; nothing tells whether there is."""

    expires_at: datetime


class JoinLink(Reply):
    """The meeting's address. Not to be shown in lists, nor passed on."""

    url: str


class Profile(Reply):
    """What a visitor said of themselves last, for the next form; null what they never said."""

    name: str | None
    organisation: str | None
    stakeholder: str | None


class Declined(Reply):
    """Why the organisers said no."""

    reason: DeclineReason
    text: str = Field(description="For the visitor to read: the reason, and the organisers' words.")


class Registration(Reply):
    """A visitor's own registration."""

    id: UUID
    webinar: str = Field(description="The webinar's slug.")
    state: RegistrationState = Field(
        description="`pending` waits for the organisers' decision; `declined` is their no."
    )
    position: int | None = Field(description="The place in the line, 1 is next; null outside it.")
    code: str | None = Field(description="To show at the door; null without a seat.")
    name: str
    organisation: str
    contact_kind: PersonalContactKind
    contact: str = Field(description="Masked: enough to be recognised by its owner.")
    stakeholder: str | None
    may_transfer_abroad: bool
    registered_at: datetime
    cancelled_at: datetime | None
    declined: Declined | None = Field(description="null unless it was declined.")
    starts_at: datetime
    changeable: bool = Field(
        description="Whether it can be changed at the moment: while one may register."
    )
    cancellable: bool = Field(
        description="Whether it can be cancelled at the moment: until the webinar begins."
    )
    calendar_url: str = Field(description="The webinar for any calendar; needs no login.")
    invitation_path: str = Field(
        description="This registration for a calendar, which follows its changes; needs the login."
    )
    check_in_path: str | None = Field(
        description="The QR code for the door, .svg or .png; needs the login; null without a seat."
    )
    join_from: datetime | None = Field(
        description="From when `show_join_link` gives the meeting; null without a seat, after the "
        "end, or unknown."
    )
    phone_calendar: PhoneCalendar


EXAMPLE = Registration(
    id=UUID("5f0c3a52-8f1e-4d0f-9a44-3a1f7c0e6b21"),
    webinar="china",
    state=RegistrationState.CONFIRMED,
    position=None,
    code="7KWM4QHX",
    name="王芳",
    organisation="某某铝业有限公司",
    contact_kind=PersonalContactKind.PHONE,
    contact="138****8000",
    stakeholder="industrial_users",
    may_transfer_abroad=False,
    registered_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
    cancelled_at=None,
    declined=None,
    starts_at=datetime(2026, 3, 9, 8, tzinfo=UTC),
    changeable=True,
    cancellable=True,
    calendar_url="https://asi.example.cn/webinars/china.ics",
    invitation_path="/v1/me/registrations/5f0c3a52-8f1e-4d0f-9a44-3a1f7c0e6b21/calendar.ics",
    check_in_path="/v1/me/registrations/5f0c3a52-8f1e-4d0f-9a44-3a1f7c0e6b21/check-in.svg",
    join_from=datetime(2026, 3, 9, 7, 30, tzinfo=UTC),
    phone_calendar=PhoneCalendar(
        title="公开征询研讨会：中文专场",
        start_time=1773043200,
        end_time=None,
        description="https://asi.example.cn/webinars/china",
        alarm_offset=1800,
    ),
)
"""What all operations on one registration give."""

EXAMPLES = {
    "register": EXAMPLE,
    "list_registrations": Page[Registration](items=[EXAMPLE], next=None),
    "show_registration": EXAMPLE,
    "change_registration": EXAMPLE,
    "cancel_registration": EXAMPLE.model_copy(
        update={
            "state": RegistrationState.CANCELLED,
            "code": None,
            "check_in_path": None,
            "join_from": None,
            "cancelled_at": datetime(2026, 3, 3, 1, tzinfo=UTC),
            "changeable": False,
            "cancellable": False,
        }
    ),
    "show_join_link": JoinLink(url="https://meeting.example.cn/j/123456789"),
    "show_profile": Profile(
        name=EXAMPLE.name, organisation=EXAMPLE.organisation, stakeholder=EXAMPLE.stakeholder
    ),
    "ask_for_recovery": Recovery(expires_at=datetime(2026, 3, 2, 1, 15, tzinfo=UTC)),
    "recover_registration": EXAMPLE,
}


def _given(*values: str | None) -> int:
    return sum(value is not None for value in values)

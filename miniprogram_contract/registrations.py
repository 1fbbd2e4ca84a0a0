"""Registrations as they travel."""

from datetime import UTC, datetime
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, model_validator

from miniprogram_contract.fields import ONE_LINE, Email, Phone, invalid
from miniprogram_contract.messages import Page, Reply, Request
from miniprogram_contract.webinars import PhoneCalendar
from models.vocabulary import PersonalContactKind, RegistrationState

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


class Register(Request):
    """Ask for a seat for whoever is logged in. One contact: either `phone` or `email`."""

    name: Name
    organisation: Organisation
    phone: Phone | None = None
    email: Email | None = None
    stakeholder: Stakeholder | None = None

    @model_validator(mode="after")
    def _one_contact(self) -> Self:
        if (self.phone is None) == (self.email is None):
            raise invalid(code="one_contact")
        return self


class ChangeRegistration(Request):
    """Change what was said. What is absent or null stays as it is; one contact replaces another."""

    name: Name | None = None
    organisation: Organisation | None = None
    phone: Phone | None = None
    email: Email | None = None
    stakeholder: Stakeholder | None = None

    @model_validator(mode="after")
    def _at_most_one_contact(self) -> Self:
        if self.phone is not None and self.email is not None:
            raise invalid(code="one_contact")
        return self


class Registration(Reply):
    """A visitor's own registration."""

    id: UUID
    webinar: str = Field(description="The webinar's slug.")
    state: RegistrationState
    position: int | None = Field(description="The place in the line, 1 is next; null outside it.")
    code: str | None = Field(description="To show at the door; null without a seat.")
    name: str
    organisation: str
    contact_kind: PersonalContactKind
    contact: str = Field(description="Masked: enough to be recognised by its owner.")
    stakeholder: str | None
    registered_at: datetime
    cancelled_at: datetime | None
    starts_at: datetime
    changeable: bool = Field(description="Whether it can be changed or cancelled at the moment.")
    calendar_url: str
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
    registered_at=datetime(2026, 3, 2, 1, tzinfo=UTC),
    cancelled_at=None,
    starts_at=datetime(2026, 3, 9, 8, tzinfo=UTC),
    changeable=True,
    calendar_url="https://asi.example.cn/webinars/china.ics",
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
            "cancelled_at": datetime(2026, 3, 3, 1, tzinfo=UTC),
            "changeable": False,
        }
    ),
}

"""Registrations."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, text
from sqlalchemy.orm import Mapped, mapped_column

from models.base import Row
from models.vocabulary import DeclineReason, PersonalContactKind, RegistrationState

LONGEST_NAME = 80
LONGEST_ORGANISATION = 200
CODE_LENGTH = 8
LONGEST_DECLINE = 300

_ACTIVE = text("state <> 'cancelled'")

ACTIVE_CONTACT = Index(
    "uq_registrations_active_contact",
    "webinar_id",
    "contact_index",
    unique=True,
    sqlite_where=_ACTIVE,
    postgresql_where=_ACTIVE,
)
"""One active registration for each contact and webinar."""


class Registration(Row):
    """That a visitor wants a seat in a webinar. Registering again is another row."""

    __tablename__ = "registrations"
    __table_args__ = (
        Index(
            "uq_registrations_active_visitor",
            "webinar_id",
            "visitor_id",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        ACTIVE_CONTACT,
        Index("ix_registrations_line", "webinar_id", "state", "number"),
        Index("ix_registrations_number", "webinar_id", "number"),
    )

    webinar_id: Mapped[UUID] = mapped_column(ForeignKey("webinars.id"))
    visitor_id: Mapped[UUID] = mapped_column(ForeignKey("visitors.id"), index=True)
    name: Mapped[str] = mapped_column(String(LONGEST_NAME))
    organisation: Mapped[str] = mapped_column(String(LONGEST_ORGANISATION))
    contact_kind: Mapped[PersonalContactKind] = mapped_column(init=False)
    sealed_contact: Mapped[bytes] = mapped_column(init=False)
    """The phone number or e-mail address; `contact_index` finds it without opening it."""

    contact_index: Mapped[bytes] = mapped_column(init=False)
    number: Mapped[int]
    """The place in the order of arrival at this webinar, which is the order of the line."""

    code: Mapped[str] = mapped_column(String(CODE_LENGTH), unique=True)
    """What is shown at the door."""

    state: Mapped[RegistrationState]
    registered_at: Mapped[datetime]
    stakeholder: Mapped[str | None] = mapped_column(String(60), default=None)
    """A term of the round's set `stakeholder`."""

    may_transfer_abroad: Mapped[bool] = mapped_column(default=False)
    """Whether ASI in Australia may have it; the consent itself is a row of its own."""

    channel: Mapped[str | None] = mapped_column(String(32), default=None)
    """Where they came from, as in `link_visits`; None where nothing said so."""

    confirmed_at: Mapped[datetime | None] = mapped_column(default=None)
    """When the seat was given; None for who never had one."""

    cancelled_at: Mapped[datetime | None] = mapped_column(default=None)
    sequence: Mapped[int] = mapped_column(default=0)
    """Counts its changes: its part of the SEQUENCE of its visitor's calendar entry."""

    checked_in_at: Mapped[datetime | None] = mapped_column(default=None)
    """When its visitor came to the door; None while they have not."""

    decided_at: Mapped[datetime | None] = mapped_column(default=None)
    """When somebody of ours said yes or no; None where nobody had to, or has not yet."""

    decline_reason: Mapped[DeclineReason | None] = mapped_column(default=None)
    decline_words: Mapped[str | None] = mapped_column(String(LONGEST_DECLINE), default=None)
    """What we wrote about it; its visitor reads it."""

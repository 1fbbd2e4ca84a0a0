"""Webinars as they travel."""

from datetime import datetime

from pydantic import Field

from miniprogram_contract.messages import Reply
from models.vocabulary import Language, RegistrationPhase, WebinarState


class LocalTime(Reply):
    """A webinar's start on one clock."""

    time_zone: str
    starts_at: datetime = Field(description="With the zone's offset on that day.")
    text: str


class PhoneCalendar(Reply):
    """What wx.addPhoneCalendar takes, under our spelling: start_time is its startTime."""

    title: str
    start_time: int = Field(description="Unix seconds.")
    end_time: int | None = Field(description="Unix seconds; null where no length was announced.")
    description: str
    alarm_offset: int = Field(description="Seconds before the start.")


class Webinar(Reply):
    """A webinar."""

    slug: str
    title: str
    audience: str
    description: str | None
    language: Language
    state: WebinarState
    starts_at: datetime
    minutes: int | None
    seats: int | None = Field(description="null: no limit.")
    local_times: list[LocalTime] = Field(description="Beijing first.")
    registration_url: str | None = Field(description="A form outside this service.")
    registered_here: bool = Field(description="Whether `register` gives seats for it.")
    needs_approval: bool = Field(description="Whether each registration is decided upon first.")
    registration: RegistrationPhase = Field(description="Whether one may register at the moment.")
    registration_opens_at: datetime | None = Field(description="null: at once.")
    registration_closes_at: datetime = Field(description="The first instant without.")
    replay_url: str | None = Field(description="The recording; null before the end, or none.")
    slides_url: str | None = Field(description="As the recording.")
    notes_url: str | None = Field(description="Questions and answers; as the recording.")
    page_url: str
    calendar_url: str
    phone_calendar: PhoneCalendar

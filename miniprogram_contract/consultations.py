"""Consultations as they travel."""

from datetime import datetime

from pydantic import Field

from miniprogram_contract.messages import Reply, Request
from models.vocabulary import FeedbackRoute, Language, RoundState, TermSet


class AskInLanguage(Request):
    """Ask for something in a language."""

    lang: Language = Language.ZH


class Consultation(Reply):
    """One round of consultation."""

    slug: str
    title: str
    summary: str
    state: RoundState
    opens_at: datetime
    closes_at: datetime = Field(description="The first instant at which the round is closed.")
    time_zone: str = Field(description="The IANA zone in which the instants are announced.")
    days_left: int = Field(
        description="Midnights in that zone before the close; 0 on the last day."
    )
    hub_url: str
    read_original_url: str = Field(description="阅读原文: leads to the hub, and is counted.")


class Section(Reply):
    """A section to comment on. Only the three keys together say which one it is."""

    standard: str
    version: str
    code: str
    title: str


class Term(Reply):
    """An entry of a list to choose from; the code is what is sent."""

    set: TermSet
    code: str
    label: str


class FeedbackChannel(Reply):
    """A way to comment beside the service's own form."""

    key: str
    route: FeedbackRoute
    title: str
    purpose: str
    url: str | None
    email: str | None
    document: str | None = Field(description="The slug of the form to fill in.")


class ConsultationDetail(Consultation):
    """One round with what people choose from when they comment."""

    sections: list[Section]
    terms: list[Term]
    feedback_channels: list[FeedbackChannel]

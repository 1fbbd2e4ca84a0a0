"""Which round a page of the desk shows: the current one, unless its address names another."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Query

from api.dependencies import CurrentParts, Now
from models import Consultation
from services import consultations
from services.consultations import ConsultationNotFound


@dataclass(frozen=True)
class ChosenRound:
    """The round that a page shows, among those that it could show."""

    consultation: Consultation
    announced: list[Consultation]
    """The current one first."""

    @property
    def query(self) -> dict[str, str]:
        """What a link says so that it stays with this round."""
        return self.query_of(self.consultation)

    def query_of(self, consultation: Consultation) -> dict[str, str]:
        """What a link says so that it leads to a round: nothing for the current one."""
        is_current = consultation.id == self.announced[0].id
        return {} if is_current else {"round": consultation.slug}

    @property
    def is_current(self) -> bool:
        """Whether it is the round that pages show unasked."""
        return not self.query


async def asked_round(
    parts: CurrentParts, now: Now, slug: Annotated[str, Query(alias="round", max_length=64)] = ""
) -> ChosenRound:
    """Give the round that an address names, the current one if it names none.

    Raises:
        ConsultationNotFound
    """
    # Not in the request's session: whoever writes needs the one connection that a request has.
    async with parts.database.snapshot() as db:
        announced = await consultations.rounds(db, now=now)
    for consultation in announced:
        if slug in {"", consultation.slug}:
            return ChosenRound(consultation, announced)
    raise ConsultationNotFound


AskedRound = Annotated[ChosenRound, Depends(asked_round, scope="function")]

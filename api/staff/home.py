"""The desk's first page: what waits for somebody, and where everything is."""

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Now, ReadDb
from api.pages import forms
from api.staff.callers import AtDesk, Staff
from api.staff.rounds import ChosenRound
from models.bilingual import Bilingual
from models.vocabulary import FeedbackKind, RoundState
from services import consultations, jobs, webinars
from services.feedback_desk import log
from services.feedback_desk.log import Filter
from services.inbox import listing
from services.staff_accounts import Permission
from services.webinar_desk import Show, lists

router = APIRouter(prefix="/staff", include_in_schema=False)


@dataclass(frozen=True)
class Waiting:
    """Something to do, where it is done, and how much of it there is."""

    path: str
    count: int
    name: str | Bilingual
    """A sentence's key, or the words themselves."""

    sentence: str = "desk.waiting.answers"
    query: Mapping[str, str] = field(default_factory=dict)
    round: Bilingual | None = None
    """The title of the round it is of, where that is not the current one."""


@router.get("")
async def show_desk(staff: AtDesk, db: ReadDb, now: Now) -> Response:
    """Show what there is to do."""
    return staff.page(
        "desk.html",
        form=forms.shown(staff.caller),
        waiting=[one async for one in _waiting(db, staff, now=now) if one.count],
    )


async def _waiting(db: AsyncSession, staff: Staff, *, now: datetime) -> AsyncIterator[Waiting]:
    if staff.may(Permission.READ_MESSAGES):
        number = await listing.waiting(db)
        yield Waiting("/staff/inbox", number, "desk.inbox.title", "desk.inbox.count")
    # There is none at a desk that is being set up.
    announced = await consultations.rounds(db, now=now)
    for consultation in announced:
        chosen = ChosenRound(consultation, announced)
        if chosen.is_current or consultations.state(consultation, now) != RoundState.PUBLISHED:
            async for one in _of_round(db, staff, chosen=chosen):
                yield one
    if staff.may(Permission.READ_JOBS):
        number = (await jobs.figures(db, now=now)).dead
        yield Waiting("/staff/jobs", number, "desk.jobs.title", "desk.waiting.jobs")


async def _of_round(
    db: AsyncSession, staff: Staff, *, chosen: ChosenRound
) -> AsyncIterator[Waiting]:
    consultation = chosen.consultation
    title = None if chosen.is_current else consultation.title
    if staff.may(Permission.ANSWER_FEEDBACK):
        for name, query, which in (
            (
                "desk.waiting.mine",
                {"assignee": str(staff.account.id)},
                Filter(assignee=str(staff.account.id), unanswered=True),
            ),
            ("desk.feedback.title", {}, Filter(unanswered=True)),
            (
                "desk.feedback.kinds.question",
                {"kind": FeedbackKind.QUESTION.value},
                Filter(kind=FeedbackKind.QUESTION, unanswered=True),
            ),
        ):
            number = await log.count(db, consultation_id=consultation.id, which=which)
            asked = {**query, "unanswered": "on", **chosen.query}
            yield Waiting("/staff/feedback", number, name, query=asked, round=title)
    if staff.may(Permission.RUN_WEBINARS):
        counted = await lists.numbers(db)
        for webinar in await webinars.of_round(db, consultation=consultation):
            if webinar.id in counted:
                yield Waiting(
                    f"/staff/webinars/{webinar.slug}",
                    counted[webinar.id].pending,
                    webinar.title,
                    "desk.waiting.registrations",
                    {"show": Show.PENDING.value},
                    title,
                )

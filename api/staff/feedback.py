"""The feedback desk: the numbered log, one comment with its answer, and many at once."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api.dependencies import Db, ReadDb
from api.pages import forms
from api.pages.forms import Form, Told
from api.staff.callers import DeskForm, Permitted, Staff
from api.staff.rounds import AskedRound, ChosenRound
from miniprogram_contract.feedback import Receipt, Word
from miniprogram_contract.messages import Request as Message
from models import Consultation
from models.vocabulary import FeedbackKind, FeedbackSource, TermSet
from services import consultations
from services.feedback import synopses, tags
from services.feedback_desk import answering, likeness, log
from services.feedback_desk.answering import Bulk, Deed
from services.feedback_desk.log import Filter
from services.staff_accounts import Permission, accounts

router = APIRouter(prefix="/staff/feedback", include_in_schema=False)

LOG = "/staff/feedback"
CHOSEN = "item-"
"""What the names of the boxes in the log begin with."""

Reader = Annotated[Staff, Depends(Permitted(Permission.READ_FEEDBACK), scope="function")]
Answerer = Annotated[Staff, Depends(Permitted(Permission.ANSWER_FEEDBACK), scope="function")]


class AnswerComments(Message):
    """What many comments get at once."""

    disposition: Word = ""
    assignee: UUID | None = None
    with_template: bool = False


@dataclass(frozen=True)
class Asked:
    """A filter, as the address says it."""

    which: Filter
    query: dict[str, str]
    round: ChosenRound

    @property
    def is_narrowed(self) -> bool:
        """Whether it asks for more than one of the two kinds."""
        return self.which != Filter(kind=self.which.kind)

    def is_for(self, query: Mapping[str, str]) -> bool:
        """Whether it asks for what a query of this round does."""
        return self.query == {"kind": FeedbackKind.COMMENT.value, **query, **self.round.query}


def filtered(
    *,
    kind: FeedbackKind = FeedbackKind.COMMENT,
    section: Annotated[str, Query(max_length=70)] = "",
    stakeholder: Annotated[str, Query(max_length=60)] = "",
    disposition: Annotated[str, Query(max_length=60)] = "",
    assignee: Annotated[str, Query(max_length=36)] = "",
    source: Annotated[str, Query(max_length=40)] = "",
    unanswered: bool = False,
    words: Annotated[str, Query(max_length=100)] = "",
    tag: Annotated[str, Query(max_length=60)] = "",
) -> Filter:
    """Read a filter; a source that is none of ours asks for all."""
    known = {one.value: one for one in FeedbackSource}
    return Filter(
        kind=kind,
        section=section,
        stakeholder=stakeholder,
        disposition=disposition,
        assignee=assignee,
        source=known.get(source),
        unanswered=unanswered,
        words=words.strip(),
        tag=tag,
    )


def asked(which: Annotated[Filter, Depends(filtered)], chosen_round: AskedRound) -> Asked:
    """Give what an address asks for: a round's log, filtered."""
    said = {name: value for name, value in asdict(which).items() if value}
    query = {name: "on" if value is True else str(value) for name, value in said.items()}
    return Asked(which, query | chosen_round.query, chosen_round)


CurrentAsked = Annotated[Asked, Depends(asked)]


@router.get("")
async def show_log(
    staff: Reader, asked: CurrentAsked, db: ReadDb, after: Receipt | None = None
) -> Response:
    """Show the log of a round, the newest first."""
    return await log_page(db, staff, asked=asked, form=_shown(staff), after=after)


@router.post("/together")
async def answer_many(staff: Answerer, form: DeskForm, asked: CurrentAsked, db: Db) -> Response:
    """Give the chosen comments a disposition or an assignee."""

    async def answer() -> Told:
        wish = _beside_boxes(form).given().read(AnswerComments, checks=("with_template",))
        await answering.answer_many(
            db,
            receipts=chosen(form),
            wish=Bulk(
                disposition=wish.disposition or None,
                with_template=wish.with_template,
                assignee_id=wish.assignee,
            ),
            by=deed(staff),
        )
        return Told(LOG)

    async def again(form: Form) -> Response:
        return await log_page(db, staff, asked=asked, form=form)

    return await form.handled(
        db, deed=answer, again=again, leave=lambda told: staff.caller.go(told.to, **asked.query)
    )


@router.get("/alike")
async def show_alike(staff: Reader, db: ReadDb, chosen_round: AskedRound) -> Response:
    """Show the comments that say nearly the same, to be answered together."""
    consultation = chosen_round.consultation
    return staff.page(
        "feedback_alike.html",
        form=_shown(staff),
        chosen_round=chosen_round,
        groups=await likeness.groups(db, consultation_id=consultation.id),
        **await around(db, consultation),
    )


def deed(staff: Staff) -> Deed:
    """Say who does something."""
    may_publish = staff.may(Permission.PUBLISH_ANSWERS)
    return Deed(account=staff.account, may_publish=may_publish, now=staff.caller.now)


async def around(db: AsyncSession, consultation: Consultation) -> dict[str, Any]:
    """Give what the pages of this desk need beside themselves."""
    vocabulary = await consultations.vocabulary(db, consultation_id=consultation.id)
    terms: dict[str, list[Any]] = {one.value: [] for one in TermSet}
    for term in vocabulary.terms:
        terms[term.term_set.value].append(term)
    return {
        "consultation": consultation,
        "sections": vocabulary.sections,
        "terms": terms,
        "accounts": await accounts.every(db),
        "published_at": await synopses.published_at(db, consultation_id=consultation.id),
    }


def chosen(form: forms.SentForm) -> list[str]:
    """Give the receipts of the comments whose boxes are ticked."""
    return [name for name in map(_chosen, form.values) if name]


async def log_page(
    db: AsyncSession,
    staff: Staff,
    *,
    asked: Asked,
    form: Form,
    after: str | None = None,
) -> Response:
    """Show a part of the log as it is filtered."""
    consultation = asked.round.consultation
    part = await log.part(db, consultation_id=consultation.id, which=asked.which, after=after)
    return staff.page(
        "feedback.html",
        status=form.faults.status,
        form=form,
        part=part,
        asked=asked,
        chosen_round=asked.round,
        total=await log.count(db, consultation_id=consultation.id, which=asked.which),
        sources=list(FeedbackSource),
        tagged=await tags.of_items(db, item_ids=[entry.item.id for entry in part.entries]),
        tags=await tags.offered(db, consultation_id=consultation.id),
        **await around(db, consultation),
    )


def _shown(staff: Staff) -> Form:
    return forms.shown(staff.caller)


def _chosen(name: str) -> str:
    return name.removeprefix(CHOSEN) if name.startswith(CHOSEN) else ""


def _beside_boxes(form: forms.SentForm) -> forms.SentForm:
    kept = {
        name: value for name, value in form.values.items() if not _chosen(name) and name != "tag"
    }
    return replace(form, values=kept)

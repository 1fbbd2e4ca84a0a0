"""The jobs' page: what runs in the background, what was given up, and what is repeated."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query
from sqlalchemy.ext.asyncio import AsyncSession
from starlette.responses import Response

from api import background
from api.dependencies import Db, MachineNow, Now, ReadDb
from api.pages import forms
from api.pages.forms import Form, SentForm, Told
from api.staff.callers import DeskForm, Permitted, Staff
from models.vocabulary import JobState, Language
from services import job_desk, jobs, texts
from services.jobs import Show
from services.staff_accounts import Permission

router = APIRouter(prefix="/staff/jobs", include_in_schema=False)

JOBS = "/staff/jobs"
PAGE = 50
LARGEST = 2**63 - 1
DONE = frozenset({"retried", "cancelled"})

Reader = Annotated[Staff, Depends(Permitted(Permission.READ_JOBS), scope="function")]
Runner = Annotated[Staff, Depends(Permitted(Permission.RUN_JOBS), scope="function")]
Number = Annotated[int, Path(ge=1, le=LARGEST)]


@dataclass(frozen=True)
class Words:
    """What jobs are called."""

    language: Language

    def kind(self, name: str) -> str:
        """Say what a kind of job does; a kind without a sentence stands for itself."""
        return self._known(f"pages.desk.jobs.kinds.{name}") or name

    def error(self, word: str) -> str:
        """Say what went wrong, if there is a sentence for it."""
        return self._known(f"pages.desk.jobs.errors.{word}")

    def _known(self, key: str) -> str:
        return texts.say(key, self.language) if texts.known(key) else ""


@router.get("")
async def list_jobs(
    staff: Reader,
    db: ReadDb,
    now: Now,
    machine_now: MachineNow,
    *,
    show: Show = Show.DEAD,
    after: Annotated[int, Query(ge=0, le=LARGEST)] = 0,
    done: Annotated[str, Query(max_length=20)] = "",
) -> Response:
    """Show the jobs of one sort, oldest first, and when the repeated ones had their turn."""
    found = await jobs.page(db, show=show, now=now, after=after, limit=PAGE + 1)
    counted = await jobs.figures(db, now=now)
    schedules = background.schedules(staff.caller.parts.settings)
    return staff.page(
        "jobs.html",
        jobs=found[:PAGE],
        more=found[PAGE - 1].id if len(found) > PAGE else None,
        show=show,
        counts={
            Show.DUE: counted.due,
            Show.RUNNING: counted.running,
            Show.WAITING: counted.waiting,
            Show.FAILED: counted.retried,
            Show.DEAD: counted.dead,
            Show.EXPIRED: counted.expired,
        },
        behind_minutes=int(counted.oldest_due_seconds // 60),
        turns=await jobs.turns(db, schedules=schedules, machine_now=machine_now),
        done=done if done in DONE else "",
        words=Words(staff.caller.language),
    )


@router.get("/{job_id}")
async def show_job(job_id: Number, staff: Reader, db: ReadDb) -> Response:
    """Show one job, and what may be done about it."""
    return await _page(job_id, staff, db, forms.shown(staff.caller))


@router.post("/{job_id}/retry")
async def retry(job_id: Number, staff: Runner, form: DeskForm, db: Db) -> Response:
    """Let a job wait again that was given up."""
    return await _done(_Deed(job_id, staff, job_desk.retry, "retried"), form, db)


@router.post("/{job_id}/cancel")
async def cancel(job_id: Number, staff: Runner, form: DeskForm, db: Db) -> Response:
    """Take a job away."""
    return await _done(_Deed(job_id, staff, job_desk.cancel, "cancelled"), form, db)


@dataclass(frozen=True)
class _Deed:
    job_id: int
    staff: Staff
    do: Callable[..., Awaitable[None]]
    word: str


async def _done(deed: _Deed, form: SentForm, db: AsyncSession) -> Response:
    """Do one thing about a job, and go back to the list; it may be there no more."""
    actor, now = deed.staff.account.login, deed.staff.caller.now

    async def told() -> Told:
        await deed.do(db, job_id=deed.job_id, actor=actor, now=now)
        return Told(JOBS)

    async def again(shown: Form) -> Response:
        return await _page(deed.job_id, deed.staff, db, shown)

    return await form.handled(
        db, deed=told, again=again, leave=lambda told: form.caller.go(told.to, done=deed.word)
    )


async def _page(job_id: int, staff: Staff, db: AsyncSession, form: Form) -> Response:
    job = await jobs.by_id(db, job_id=job_id)
    return staff.page(
        "jobs_one.html",
        status=form.faults.status,
        form=form,
        job=job,
        may_retry=job.state is JobState.DEAD,
        may_cancel=job.state is not JobState.RUNNING,
        words=Words(staff.caller.language),
    )

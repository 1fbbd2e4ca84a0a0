"""The doctor's look at the machine and at what waits on it: disk, font, clocks, queue."""

import shutil
from collections.abc import AsyncIterator
from datetime import timedelta

from sqlalchemy import func, select

from api import background
from api.cli.doctor_wechat import MOST_APART
from api.cli.findings import Finding
from models.vocabulary import Language
from services import jobs, texts, typesetting
from services.errors import Refusal
from services.jobs import Figures, Turns
from services.runtime.clock import installation_clock, utc_now
from services.runtime.database import Database
from services.runtime.settings import Settings

MEGABYTE = 2**20
LEAST_FREE = 512
"""Megabytes. SQLite's log may grow to some of them while somebody reads for long."""

LONGEST_DUE = timedelta(minutes=5)
"""What is due is begun within seconds while anything runs jobs."""


async def findings(
    chosen: Settings, database: Database, language: Language
) -> AsyncIterator[Finding]:
    """Look at disk, font, the database's clock and the queue."""
    yield _disk(chosen, language)
    yield _fonts(language)
    if not database.is_sqlite:
        yield await _database_clock(database, language)
    async with database.snapshot() as db:
        figures = await jobs.figures(db, now=installation_clock(chosen)())
        turns = await jobs.turns(db, schedules=background.schedules(chosen), machine_now=utc_now())
    # On SQLite the service queues and runs them itself; it need not run while the doctor looks.
    idle = not database.is_sqlite and _is_idle(turns)
    yield _queue(figures, language, idle=idle)


def _disk(chosen: Settings, language: Language) -> Finding:
    free = shutil.disk_usage(chosen.data_dir).free // MEGABYTE
    key = "doctor.disk_free" if free >= LEAST_FREE else "doctor.disk_nearly_full"
    detail = texts.say(key, language, free=free, folder=str(chosen.data_dir))
    return Finding("disk", ok=free >= LEAST_FREE, detail=detail)


def _fonts(language: Language) -> Finding:
    try:
        typesetting.fonts()
    except Refusal as refusal:
        return Finding("fonts", ok=False, detail=refusal.sentence(language))
    return Finding("fonts", ok=True, detail=typesetting.FONT_PACKAGE)


async def _database_clock(database: Database, language: Language) -> Finding:
    async with database.snapshot() as db:
        there = (await db.execute(select(func.clock_timestamp()))).scalar_one()
    apart = abs(utc_now() - there)
    fine = apart <= MOST_APART
    key = "doctor.database_clock_right" if fine else "doctor.database_clock_wrong"
    detail = texts.say(key, language, seconds=round(apart.total_seconds()))
    return Finding("database clock", ok=fine, detail=detail)


def _is_idle(turns: list[Turns]) -> bool:
    """Tell whether nobody queues repeated jobs: the most frequent one is long overdue."""
    last_at = turns[0].last_at
    return last_at is None or utc_now() - last_at > LONGEST_DUE


def _queue(figures: Figures, language: Language, *, idle: bool) -> Finding:
    late = figures.oldest_due_seconds > LONGEST_DUE.total_seconds()
    key = "doctor.queue_fine"
    if late:
        key = "doctor.queue_late"
    elif idle:
        key = "doctor.queue_idle"
    elif figures.dead:
        key = "doctor.queue_dead"
    detail = texts.say(
        key,
        language,
        waiting=figures.waiting,
        dead=figures.dead,
        minutes=int(figures.oldest_due_seconds // 60),
        most=LONGEST_DUE // timedelta(minutes=1),
    )
    return Finding("queue", ok=not (late or idle or figures.dead), detail=detail)

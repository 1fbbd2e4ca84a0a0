"""Durable background work: put in with the change that asks for it, done at least once.

`enqueue` belongs to the caller's transaction. A kind's effect in our database, made in
`run.closing()`, comes about exactly once; what it does elsewhere may be done more than once, so
that has to be written down before (see the deliveries).
"""

from services.jobs.kinds import GiveUp, Kind, Registry, Retry, Schedule
from services.jobs.moving import JobsLost, bring_over
from services.jobs.queueing import (
    LISTED,
    JobNotFound,
    by_id,
    cancel,
    enqueue,
    figures,
    listed,
    page,
    retry,
    waiting_keys,
)
from services.jobs.rows import Figures, Listed, Show
from services.jobs.running import Runner, runner
from services.jobs.runs import LeaseLost, Run
from services.jobs.schedules import Turns, turns
from services.jobs.shared import EMPTY_LOG

__all__ = [
    "EMPTY_LOG",
    "LISTED",
    "Figures",
    "GiveUp",
    "JobNotFound",
    "JobsLost",
    "Kind",
    "LeaseLost",
    "Listed",
    "Registry",
    "Retry",
    "Run",
    "Runner",
    "Schedule",
    "Show",
    "Turns",
    "bring_over",
    "by_id",
    "cancel",
    "enqueue",
    "figures",
    "listed",
    "page",
    "retry",
    "runner",
    "turns",
    "waiting_keys",
]

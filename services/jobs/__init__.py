"""Durable background work: put in with the change that asks for it, done at least once.

`enqueue` belongs to the caller's transaction. A kind's effect in our database, made in
`run.closing()`, comes about exactly once; what it does elsewhere may be done more than once, so
that has to be written down before (see the deliveries).
"""

from services.jobs.kinds import GiveUp, Kind, Registry, Retry, Schedule
from services.jobs.queueing import LISTED, JobNotFound, cancel, enqueue, figures, listed, retry
from services.jobs.rows import Figures, Listed
from services.jobs.running import Runner, runner
from services.jobs.runs import LeaseLost, Run

__all__ = [
    "LISTED",
    "Figures",
    "GiveUp",
    "JobNotFound",
    "Kind",
    "LeaseLost",
    "Listed",
    "Registry",
    "Retry",
    "Run",
    "Runner",
    "Schedule",
    "cancel",
    "enqueue",
    "figures",
    "listed",
    "retry",
    "runner",
]

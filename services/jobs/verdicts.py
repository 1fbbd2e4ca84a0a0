"""How an attempt at a job ended, and what becomes of the job: rules without a database."""

import random
from dataclasses import dataclass
from datetime import datetime, timedelta

from models.vocabulary import JobState
from services.jobs.kinds import GiveUp, Kind, Retry, word
from services.jobs.rows import Claimed, Ending, PutBack

LONGEST_WAIT = timedelta(hours=1)

MOST_INTERRUPTIONS = 25
"""A job that was running so often when its process ended may be what ends it."""

Verdict = PutBack | Ending


@dataclass(frozen=True)
class Standing:
    """A job at one instant."""

    job: Claimed
    now: datetime

    def unfit(self) -> Verdict | None:
        """Tell why a job that was just taken must not run: too late, or too early.

        Too early happens on PostgreSQL, which goes by its own clock, and ours may be a little slow.
        """
        deadline, run_at = self.job.deadline, self.job.run_at
        if deadline is not None and deadline <= self.now:
            return self.ending(JobState.EXPIRED, "deadline")
        if run_at is not None and run_at > self.now:
            return self.waiting(run_at)
        return None

    def released(self) -> Verdict:
        """Give back what we must stop running: nothing went wrong."""
        return self.waiting(None)

    def orphaned(self) -> Verdict:
        """Give back what a process that ended was running."""
        interruptions = self.job.interruptions + 1
        if interruptions > MOST_INTERRUPTIONS:
            return self.ending(JobState.DEAD, "interrupted")
        return self.waiting(None, interruptions=interruptions)

    def failed(self, error: Exception, kind: Kind) -> Verdict:
        """Try again after a while, unless it was tried often enough or is beyond help."""
        failures = self.job.failures + 1
        if isinstance(error, GiveUp) or failures >= kind.attempts:
            return self.ending(JobState.DEAD, word(error), failures=failures)
        asked = error.after if isinstance(error, Retry) else None
        wait = backoff(failures) if asked is None else asked
        until = self.now + wait
        if self.job.deadline is not None:
            until = min(until, self.job.deadline)
        return self.waiting(until, failures=failures, error=word(error))

    def waiting(
        self,
        until: datetime | None,
        *,
        failures: int | None = None,
        interruptions: int | None = None,
        error: str | None = None,
    ) -> PutBack:
        """Let the job wait until an instant, or for its turn alone, by no clock.

        What is due at once names no instant: a clock that is set back would come to it hours later.
        """
        return PutBack(
            run_at=until,
            wait=max(until - self.now, timedelta(0)) if until else timedelta(0),
            failures=self.job.failures if failures is None else failures,
            interruptions=self.job.interruptions if interruptions is None else interruptions,
            error=error,
        )

    def ending(self, state: JobState, error: str, *, failures: int | None = None) -> Ending:
        """End the job."""
        return Ending(
            state=state,
            error=error,
            at=self.now,
            failures=self.job.failures if failures is None else failures,
        )


def backoff(failures: int) -> timedelta:
    """Give a wait that doubles with each failure, times a random factor up to one.

    The whole of it is random, so that jobs which failed together do not come back together.
    """
    longest = min(timedelta(seconds=2 ** min(failures, 12)), LONGEST_WAIT)
    return longest * random.random()  # noqa: S311 - it hides nothing

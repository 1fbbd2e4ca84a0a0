"""The load: wrk on its own core."""

import resource
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.failures import AnswerWrong

CONNECTIONS = 64
"""Open at once, each with one request on its way; so many may be unanswered when wrk stops."""

SUMMARY = Path(__file__).with_name("summary.lua")


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    cpu_seconds: float
    """What wrk itself used."""

    @property
    def rate(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


def put(url: str, *, headers: Mapping[str, str], seconds: int, core: int) -> Load:
    """Ask for one address as fast as it is answered.

    Raises:
        AnswerWrong: a connection failed, or an answer had a status above 399.
    """
    command = ["taskset", "-c", str(core), "wrk", "--threads", "1", "--latency"]
    command += ["--connections", str(CONNECTIONS), "--duration", f"{seconds}s"]
    for name, value in headers.items():
        command += ["--header", f"{name}: {value}"]
    used = _used()
    done = subprocess.run(
        [*command, "--script", str(SUMMARY), url], stdout=subprocess.PIPE, text=True, check=True
    )
    used = _used() - used
    requests, duration, p50, p99, failed = map(int, done.stdout.splitlines()[-1].split())
    if failed or not requests:
        message = f"{url}: {failed} of {requests} requests failed under load"
        raise AnswerWrong(message)
    return Load(
        requests=requests,
        seconds=duration / 1e6,
        p50_ms=p50 / 1e3,
        p99_ms=p99 / 1e3,
        cpu_seconds=used,
    )


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

"""The load: wrk on its own core."""

import resource
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bench.failures import AnswerWrong

CONNECTIONS = 64
"""Open at once, each with one request on its way; so many may be unanswered when wrk stops."""

LONGEST_ANSWER_SECONDS = 30
"""After which an answer counts as failed; whether it came soon enough is told by the p99."""

SUMMARY = Path(__file__).with_name("summary.lua")
WALK = Path(__file__).with_name("walk.lua")
AGAIN = Path(__file__).with_name("again.lua")


@dataclass(frozen=True)
class Prepared:
    """Requests in a file, all of one length, to be sent one after another and each once."""

    file: Path
    length: int
    number: int


@dataclass(frozen=True)
class Load:
    """What wrk saw."""

    requests: int
    seconds: float
    p50_ms: float
    p99_ms: float
    received: int
    """Bytes."""

    cpu_seconds: float
    """What wrk itself used."""

    @property
    def rate(self) -> float:
        """Requests answered in a second."""
        return self.requests / self.seconds


def ask(url: str, *, headers: Mapping[str, str], seconds: int, core: int) -> Load:
    """Ask for one address as fast as it is answered.

    Raises:
        AnswerWrong: a connection failed, or an answer had a status above 399.
    """
    named = [f"{name}: {value}" for name, value in headers.items()]
    given = [word for header in named for word in ("--header", header)]
    return _run([*given, "--script", str(SUMMARY), url], seconds=seconds, core=core)


def send(
    url: str,
    prepared: Prepared,
    *,
    seconds: int,
    core: int,
    wait_ms: float | None = None,
    connections: int = CONNECTIONS,
    again: bool = False,
) -> Load:
    """Send prepared requests as fast as they are answered, or each after a wait of so long.

    Each is sent once, or all of them `again` and again.

    Raises:
        AnswerWrong: as above.
        CalledProcessError: there are not enough of them.
    """
    given = [str(prepared.file), str(prepared.length)]
    given += [] if wait_ms is None else [f"{wait_ms:.3f}"]
    arguments = ["--script", str(AGAIN if again else WALK), url, "--", *given]
    return _run(arguments, seconds=seconds, core=core, connections=connections)


def _run(arguments: list[str], *, seconds: int, core: int, connections: int = CONNECTIONS) -> Load:
    command = ["taskset", "-c", str(core), "wrk", "--threads", "1", "--latency"]
    command += ["--connections", str(connections), "--duration", f"{seconds}s"]
    command += ["--timeout", f"{LONGEST_ANSWER_SECONDS}s"]
    used = _used()
    done = subprocess.run([*command, *arguments], stdout=subprocess.PIPE, text=True, check=True)
    used = _used() - used
    numbers = map(int, done.stdout.splitlines()[-1].split())
    requests, duration, p50, p99, failed, received = numbers
    if failed or not requests:
        message = f"{arguments}: {failed} of {requests} requests failed under load"
        raise AnswerWrong(message)
    return Load(
        requests=requests,
        seconds=duration / 1e6,
        p50_ms=p50 / 1e3,
        p99_ms=p99 / 1e3,
        received=received,
        cpu_seconds=used,
    )


def _used() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime

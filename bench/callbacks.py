"""The callback: pushes stored and answered, beside those who answer and store nothing."""

from collections.abc import Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench import callback_servers, clusters, commits, load, pushes, rounds
from bench.clusters import Cluster
from bench.failures import AnswerWrong, PushesMiscounted
from bench.load import CONNECTIONS, Load, Prepared
from bench.processes import Server
from bench.rounds import Measurement, Plan, Ratio, Side

TITLE = "Callback, safe mode"
PEER_REACH = 2.5
OWN_REACH = 0.5

SAMPLE = 20
"""Answers of each server that are decrypted and compared, before the rounds and after."""

HEADROOM = 2.0
"""Pushes prepared for a run, to the most that the fastest server has answered in that time."""

FIRST_RATE = 20_000
"""What is taken for the fastest before anything is known."""

HALF_LOAD_P99_MS = 50.0

METHOD = """\
- Each request is the push of a 14-character text with a MsgId of its own, signed and encrypted just
  before its round; wrk walks a file of them and sends none twice to the same server. All servers
  answer with the same reply, our rule's for that keyword.
- {sample} answers of each server were decrypted, their signature checked and their text compared,
  before the rounds and again after them. No request under load failed, and the bytes received are
  those of whole answers.
- `asi serve` stores each push with its reply (SQLite: WAL, synchronous=FULL; PostgreSQL: fsync and
  synchronous_commit on) before it answers; none of the others stores anything. “Ours, storing
  nothing” is the same callback and the same rules with nothing behind them.
- “Later” is what a push costs after the load has ended, when its conversation is derived; no
  server is measured before all have come to rest. On PostgreSQL, its own processes are counted in.
- WeRoBot is run as its documentation runs it, without sessions; wechatpy is in a Flask view under
  gunicorn with one worker of four threads, which did better than a plain worker.
- Half load: each connection waits at random between an answer and its next push, so long that
  about half of the pushes come that the server can take."""


@dataclass
class Pushing:
    """Sends pushes, each once."""

    folder: Path
    expected: str
    prepared: Prepared | None = None
    fastest: float = 0.0
    """The highest rate that any server has reached."""

    sizes: dict[str, int] = field(default_factory=dict)
    """Bytes of the smallest answer's body, by server."""

    def check(self, side: Side) -> None:
        """Decrypt a sample of answers."""
        for _ in range(SAMPLE):
            side.checks += 1
            answer = pushes.send(side.server.port)
            if (said := pushes.text_of(answer)) != self.expected:
                message = f"{side.name} says {said!r}, not {self.expected!r}"
                raise AnswerWrong(message)
            self.sizes[side.name] = min(len(answer), self.sizes.get(side.name, len(answer)))

    def prepare(self, sides: Sequence[Side], *, seconds: int) -> None:
        """Write a file of pushes, for the next run of each side."""
        del sides
        number = round((self.fastest * HEADROOM or FIRST_RATE) * seconds)
        self.prepared = pushes.prepare(self.folder / "pushes", number)

    def put(self, side: Side, *, seconds: int, core: int) -> Load:
        """Put a side under load."""
        found = self._send(side, seconds=seconds, core=core)
        self.fastest = max(self.fastest, found.rate)
        return found

    def put_half(self, side: Side, *, seconds: int, core: int) -> Load:
        """Send about half of the pushes that a side can take."""
        wait = CONNECTIONS / (median(side.rates) / 2) * 1e3
        found = self._send(side, seconds=seconds, core=core, wait_ms=wait)
        side.count(found)
        return found

    def _send(self, side: Side, *, seconds: int, core: int, wait_ms: float | None = None) -> Load:
        assert self.prepared is not None  # noqa: S101 - rounds prepare before they run
        found = load.send(side.url, self.prepared, seconds=seconds, core=core, wait_ms=wait_ms)
        if found.received < found.requests * self.sizes[side.name]:
            message = f"{side.name}: answers were shorter under load than before"
            raise AnswerWrong(message)
        return found


@dataclass(frozen=True)
class Half:
    """A side at about half of its load."""

    side: Side
    load: Load

    @property
    def reached(self) -> bool:
        """Whether nearly everybody is answered in time."""
        return self.load.p99_ms <= HALF_LOAD_P99_MS


@dataclass(frozen=True)
class Found:
    """All that was measured of the callback."""

    measurement: Measurement
    halves: Sequence[Half]
    limits: dict[int, float]
    """Rows a second that the disk takes, by rows in a transaction."""

    counted: Sequence[str]


def measure(plan: Plan, folder: Path) -> Found:
    """Measure all servers of pushes at once.

    Raises:
        Unmeasurable, AnswerWrong, PushesMiscounted
    """
    print(f"{TITLE} …", flush=True)
    core = plan.cores.serving
    limits = commits.limits(folder, core=core)
    with clusters.running(core=core) as cluster:
        with ExitStack() as stack:
            sqlite, postgres, *others = _started(stack, folder, cluster=cluster, core=core)
            unstored, werobot, _ = others
            ratios = [
                Ratio(f"Push: {ours.server.name} ÷ {other.server.name}", ours, other, reach)
                for ours in (sqlite, postgres)
                for other, reach in ((werobot, PEER_REACH), (unstored, OWN_REACH))
            ]
            measurement = Measurement(TITLE, [sqlite, postgres, *others], ratios)
            pushing = Pushing(folder, _answer(sqlite))
            rounds.measure(measurement, pushing, plan=plan)
            halves = _halves(measurement, (sqlite, postgres), pushing, plan=plan)
        counted = [
            _counted(sqlite, callback_servers.stored_in_sqlite(folder / "sqlite")),
            _counted(postgres, callback_servers.stored_in_postgres(cluster)),
        ]
    return Found(measurement, halves, limits, counted)


def _started(stack: ExitStack, folder: Path, *, cluster: Cluster, core: int) -> list[Side]:
    """Start all servers, ours first: the others are told what it answers."""
    names = ("sqlite", "postgres", "unstored", "werobot", "wechatpy")
    places = [folder / name for name in names]
    for place in places:
        place.mkdir()
    sqlite = _side(stack, callback_servers.in_sqlite(places[0], core=core))
    reply = _answer(sqlite)
    others = (
        callback_servers.in_postgres(places[1], cluster, core=core),
        callback_servers.unstored(places[2], core=core),
        callback_servers.werobot(places[3], core=core, reply=reply),
        callback_servers.wechatpy(places[4], core=core, reply=reply),
    )
    return [sqlite, *(_side(stack, server) for server in others)]


def _side(stack: ExitStack, server: AbstractContextManager[Server]) -> Side:
    return Side(stack.enter_context(server), pushes.PATH)


def _answer(side: Side) -> str:
    side.checks += 1
    return pushes.text_of(pushes.send(side.server.port))


def _halves(
    measurement: Measurement, sides: Sequence[Side], pushing: Pushing, *, plan: Plan
) -> list[Half]:
    halves = []
    for side in sides:
        pushing.prepare(sides, seconds=plan.seconds)
        rounds.await_rest(measurement.sides)
        found = pushing.put_half(side, seconds=plan.seconds, core=plan.cores.loading)
        rounds.await_rest(measurement.sides)
        halves.append(Half(side, found))
    return halves


def _counted(side: Side, stored: tuple[int, int]) -> str:
    """Hold the pushes in a database to those that were answered.

    Raises:
        PushesMiscounted: one is missing, or too many are there, or one has no reply.
    """
    kept, replied = stored
    seen = side.answered + side.checks
    tolerance = side.loads * CONNECTIONS
    words = (
        f"{side.server.name}: pushes in the database {kept:,}, with their replies {replied:,}; "
        f"answers seen by wrk {side.answered:,}, checks {side.checks}; unseen when wrk stopped "
        f"{kept - seen:,}, which may be 0 to {tolerance:,}."
    )
    if replied != kept or not 0 <= kept - seen <= tolerance:
        raise PushesMiscounted(words)
    return words

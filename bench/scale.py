"""`python -m bench.scale`: an article goes out to many followers; what of ours is full first?

Plain arithmetic, minute by minute: what comes in during a minute, what each part can do in it, and
what is left over and waits. What one thing costs was measured (bench/RESULTS.md and the notes that
are named); how people behave, how large files are and what things cost to rent is assumed. Change
the assumptions here and run it again. What it says is read in docs/notes/scale.md.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from bench.report import table

HOUR = 60
"""Minutes. The first hour decides: later hours bring less of everything."""


@dataclass(frozen=True)
class Measured:
    """Seconds of one core for one thing, on the machine of bench/RESULTS.md (2026-11)."""

    redirect: float = 28e-6
    page: float = 30e-6
    reading: float = 29e-6
    """A list or detail of the mini-program's API."""

    push: float = 319e-6 + 590e-6
    """Verified, stored, answered, and what is derived from it afterwards."""

    registration: float = 13.9e-3 + 4.3e-3
    """With all that follows from it."""

    comment: float = 13.9e-3 + 4.3e-3
    """Not measured by itself: taken as costly as a registration."""

    send: float = 1.1e-3
    """One customer-service message or notice by httpx2 (measured beside its peers)."""

    commits: float = 5069.0
    """Commits a second of SQLite on that disk, one row each."""


@dataclass(frozen=True)
class People:
    """How followers behave: assumed, nobody has measured it for this account."""

    opening: float = 0.08
    """Share of followers that open an article of an official account."""

    tapping: float = 0.25
    """Share of readers that tap 阅读原文, a code or the mini-program's card."""

    pace: float = 20.0
    """Minutes after which 63 % of those who come at all have come."""

    spread: float = 2.0
    """Minutes over which WeChat delivers the article."""

    pages: float = 4.0
    downloads: float = 0.3
    registering: float = 0.05
    commenting: float = 0.01
    writing: float = 0.10
    """Messages to the account for each visitor."""

    for_a_person: float = 0.2
    """Share of messages that no keyword answers."""


@dataclass(frozen=True)
class Site:
    """What serves them: assumed sizes and prices (yuan a month; yuan for a gigabyte sent)."""

    name: str
    cores: float
    workers: float
    megabits: float
    """Of the line that pages and files leave by."""

    commits: float
    contacts: int
    rent: float
    traffic: float | None = None
    """What a gigabyte costs where files come from object storage or a CDN, not by that line."""


PAGE_KILOBYTES = 30.0
"""A page with its style, compressed, as a first visit loads it; measured on the article page."""

FILE_MEGABYTES = 2.0
"""A draft as PDF: assumed, the official files are between 1 and 4."""

ANSWERS_AN_HOUR = 30.0
"""What one contact answers by hand on a phone: assumed."""

CUSTOMER_SERVICE_A_DAY = 500_000
"""WeChat's own limit for custom/send (shared/facts/wechat-platform.md, line of daily quotas)."""

FOLLOWERS = (10_000, 100_000, 1_000_000, 10_000_000)

SITES = (
    Site("one machine, SQLite, 5 Mbit/s", 1, 0, 5, Measured.commits, 2, 200),
    Site("the same, files from a CDN", 1, 0, 5, Measured.commits, 2, 200, 0.2),
    Site("PostgreSQL, 2 processes, 1 worker", 2, 1, 100, 8_000, 2, 1_500, 0.2),
    Site("PostgreSQL, 8 processes, 4 workers", 8, 4, 500, 20_000, 10, 6_000, 0.2),
)


@dataclass(frozen=True)
class Part:
    """One part of a site under load: how full at its fullest, and how long the last one waits."""

    name: str
    fullest: float
    """What comes in the busiest minute, as a share of what can be done in one."""

    wait: float
    """Minutes that whatever comes at the worst moment waits; more than an hour is not followed."""


def visitors(followers: int, people: People) -> list[float]:
    """Give how many new visitors each minute of the first hour brings."""
    total = followers * people.opening * people.tapping

    def come(minute: float) -> float:
        """Those who have come by then, of those whom the article reached evenly over `spread`."""
        late = max(minute - people.spread, 0.0)
        reached = (minute - late) / people.spread
        return total * (
            reached
            - people.pace
            / people.spread
            * (math.exp(-late / people.pace) - math.exp(-minute / people.pace))
        )

    return [come(minute + 1) - come(minute) for minute in range(HOUR)]


def parts(site: Site, *, followers: int, people: People, measured: Measured) -> list[Part]:
    """Give every part of a site under the first hour of an article, the fullest first."""
    wave = visitors(followers, people)
    written = people.writing + people.registering + people.commenting
    core = (
        measured.redirect
        + people.pages * (measured.page + measured.reading)
        + people.writing * measured.push
        + people.registering * measured.registration
        + people.commenting * measured.comment
    )
    sent = people.registering + people.writing * people.for_a_person
    kilobytes = people.pages * PAGE_KILOBYTES
    kilobytes += people.downloads * FILE_MEGABYTES * 1000 if site.traffic is None else 0.0
    asked = people.writing * people.for_a_person
    found = [
        _part("web processes", wave, each=core, able=site.cores * 60),
        _part("sending", wave, each=sent * measured.send, able=(site.workers or site.cores) * 60),
        _part("commits", wave, each=written, able=site.commits * 60),
        _part("line", wave, each=kilobytes * 8, able=site.megabits * 1000 * 60),
        _part("contacts", wave, each=asked, able=site.contacts * ANSWERS_AN_HOUR / 60),
        _part("WeChat, messages a day", wave, each=sent, able=CUSTOMER_SERVICE_A_DAY / HOUR),
    ]
    return sorted(found, key=lambda part: part.fullest, reverse=True)


def _part(name: str, wave: Sequence[float], *, each: float, able: float) -> Part:
    waiting = longest = 0.0
    for come in wave:
        waiting = max(0.0, waiting + come * each - able)
        longest = max(longest, waiting / able)
    return Part(name, max(wave) * each / able, longest)


def cost(site: Site, people: People) -> float:
    """Give yuan for a million visitors: what they load from elsewhere, and one month's rent."""
    gigabytes = people.downloads * FILE_MEGABYTES * 1000
    return site.rent + gigabytes * (site.traffic or 0.0)


def report(people: People, measured: Measured) -> str:
    """Give all of it as tables in Markdown."""
    lines: list[str] = []
    for site in SITES:
        rows = []
        for followers in FOLLOWERS:
            found = parts(site, followers=followers, people=people, measured=measured)
            wave = visitors(followers, people)
            rows.append(
                (
                    f"{followers:,}",
                    f"{max(wave) / 60:,.1f}",
                    *(f"{part.name} {part.fullest:.0%}{_waits(part)}" for part in found[:3]),
                )
            )
        heads = ("followers", "visitors/s at the peak", "fullest", "then", "then")
        lines += [f"### {site.name}", "", *table(heads, rows), ""]
        lines += [f"A million visitors: about {cost(site, people):,.0f} yuan.", ""]
    return "\n".join(lines)


def _waits(part: Part) -> str:
    if part.wait < 1 / 60:
        return ""
    return (
        f", {part.wait:,.0f} min behind" if part.wait >= 1 else f", {part.wait * 60:.0f} s behind"
    )


if __name__ == "__main__":
    print(report(People(), Measured()))

"""Who came by which channel, as pictures."""

from collections import Counter
from collections.abc import Sequence

from services.exports.tables import Cell, Table
from services.figures.crowds import ByDay, Comings
from services.figures.pictures import Drawing, Kind, Picture, Series
from services.figures.wording import Words
from services.funnels import Funnel

MOST_COLOURS = 6
"""Channels that are drawn in a colour of their own; the others share one."""


def funnel(found: Sequence[Funnel], words: Words) -> Picture:
    """Draw what became of those who came."""
    every = [one for one in found if _came(one)]
    labels = {one.channel: one.label for one in every if one.label}
    rows: list[Sequence[Cell]] = [
        (
            words.channel(one.channel, labels),
            one.scans + one.clicks,
            one.opened,
            words.few(one.registrations),
            words.few(one.feedback),
        )
        for one in every
    ]
    sums = [
        sum(one.scans + one.clicks for one in every),
        sum(one.opened for one in every),
        sum(one.registrations for one in every),
        sum(one.feedback for one in every),
    ]
    steps = [words.say(f"steps.{step}") for step in ("followed", "opened", "registered", "said")]
    return Picture(
        "funnel",
        Table(
            words.say("titles.funnel"),
            [words.column("channel_label"), *steps],
            [*rows, (words.say("sum"), *sums)],
            notes=[words.say("notes.funnel"), words.say("notes.few")],
        ),
        Drawing(Kind.BARS, steps, [Series(words.say("titles.funnel"), sums)]),
    )


def followed(comings: Comings, words: Words) -> Picture:
    """Draw how often links and codes were followed each day."""
    return _by_day("followed", comings.followed, comings=comings, words=words)


def opened(comings: Comings, words: Words) -> Picture:
    """Draw how often pages were opened each day."""
    return _by_day("opened", comings.opened, comings=comings, words=words)


def _by_day(name: str, counts: ByDay, *, comings: Comings, words: Words) -> Picture:
    sums: Counter[str] = Counter()
    for of_day in counts.values():
        sums.update(of_day)
    channels = [channel for channel, _ in sums.most_common()]
    called = {channel: words.channel(channel, comings.channels) for channel in channels}
    days = words.span.every_day
    apart = channels if len(channels) <= MOST_COLOURS else channels[: MOST_COLOURS - 1]
    series = [
        Series(called[channel], [counts[day][channel] if day in counts else 0 for day in days])
        for channel in apart
    ]
    if others := channels[len(apart) :]:
        rest = [sum(counts[day][one] for one in others) if day in counts else 0 for day in days]
        series.append(Series(words.say("other_channels"), rest))
    return Picture(
        name,
        Table(
            words.say(f"titles.{name}"),
            [words.column("day"), words.say("sum"), *called.values()],
            [
                (day, counts[day].total(), *(counts[day][channel] for channel in channels))
                for day in reversed(days)
                if day in counts
            ],
            notes=[words.say("notes.people_only")],
        ),
        Drawing(Kind.STACKED, [f"{day:%m-%d}" for day in days], series),
    )


def _came(one: Funnel) -> bool:
    return any((one.scans, one.clicks, one.opened, one.registrations, one.feedback))

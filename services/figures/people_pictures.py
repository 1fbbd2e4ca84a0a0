"""What people did and were told, as pictures."""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TypeVar

from models.vocabulary import Author, RegistrationState
from services import section_names, texts
from services.exports.tables import Cell, Table
from services.figures.crowds import FEWEST, Seats, Voices, section_key
from services.figures.pictures import Drawing, Kind, Picture, Series
from services.figures.responses import MOST_CONVERSATIONS, Responses, Waits
from services.figures.traffic import EXPIRED, REFUSED
from services.figures.wording import Words

_MINUTE = 60

_DARKEST = 4
_STATES = (RegistrationState.CONFIRMED, RegistrationState.WAITING, RegistrationState.CANCELLED)
_AUTHORS = (Author.VISITOR, Author.AUTOMATIC, Author.STAFF)
_LOSSES = (EXPIRED, REFUSED)

Word = TypeVar("Word", bound=str)


def seats(found: Sequence[Seats], words: Words) -> Picture:
    """Draw how full the webinars are."""
    titles = [one.webinar.title.text(words.language) for one in found]
    states = [words.say(f"states.{state.value}") for state in _STATES]
    seats = [one.webinar.seats for one in found]
    return Picture(
        "seats",
        Table(
            words.say("titles.seats"),
            [words.say("webinar"), words.say("seats"), *states, words.say("arrived")],
            [
                (
                    title,
                    words.say("unlimited") if one.webinar.seats is None else one.webinar.seats,
                    *(one.states[state] for state in _STATES),
                    one.arrived,
                )
                for title, one in zip(titles, found, strict=True)
            ],
            notes=[words.say("notes.seats")],
        ),
        Drawing(
            Kind.BARS,
            titles,
            [
                Series(words.say("seats"), seats),
                *(
                    Series(label, [one.states[state] for one in found])
                    for label, state in zip(states, _STATES, strict=True)
                ),
            ],
        ),
    )


def voices(found: Voices, words: Words) -> Picture:
    """Shade which groups spoke on which sections."""
    groups = {term.code: term.label.text(words.language) for term in found.groups}
    groups[""] = words.say("group_unsaid")
    rows: list[Sequence[Cell]] = []
    shades: list[Sequence[int]] = []
    most = max((number for number in found.counts.values() if number), default=1)
    for one in found.sections:
        key = section_key(one.standard, one.version, one.code)
        counts = [found.counts.get((key, group), 0) for group in groups]
        name = section_names.named(one).text(words.language)
        few = words.say("few", number=FEWEST)
        rows.append((name, *(few if number is None else number for number in counts)))
        shades.append([0, *(_shade(number, most) for number in counts)])
    return Picture(
        "voices",
        Table(
            words.say("titles.voices"),
            [words.say("section"), *groups.values()],
            rows,
            notes=[words.say("notes.voices"), words.say("notes.few")],
        ),
        shades=shades,
    )


def responses(found: Responses, words: Words) -> Picture:
    """Draw how long visitors waited for an answer."""
    days = words.span.every_day
    lines = [
        _told("all", found.total, words),
        _told("in_hours", found.in_hours, words) if found.in_hours else words.say("no_hours"),
        words.say("waiting_now", number=found.waiting),
    ]
    if not found.complete:
        lines.append(words.say("newest_only", number=MOST_CONVERSATIONS))
    measures = [words.say("median"), words.say("most")]
    in_hours = [
        words.say("answered_in_hours"),
        *(words.say("in_hours", measure=measure) for measure in measures),
    ]
    none = (Waits(), Waits())
    every = [found.by_day.get(day, none)[0] for day in days]
    return Picture(
        "responses",
        Table(
            words.say("titles.responses"),
            [
                words.column("day"),
                words.say("answered"),
                *measures,
                *(in_hours if found.in_hours else ()),
            ],
            [
                (
                    day,
                    *_cells(found.by_day[day][0]),
                    *(_cells(found.by_day[day][1]) if found.in_hours else ()),
                )
                for day in reversed(days)
                if day in found.by_day
            ],
            notes=[words.say("notes.responses")],
        ),
        Drawing(
            Kind.LINES,
            [f"{day:%m-%d}" for day in days],
            [
                Series(measures[0], [_minutes(one, one.median_seconds) for one in every]),
                Series(measures[1], [_minutes(one, one.most_seconds) for one in every]),
            ],
        ),
        lines=lines,
    )


def messages(found: Mapping[date, Counter[Author]], words: Words) -> Picture:
    """Draw how much was said each day, by whom."""
    called = {author: words.say(f"authors.{author.value}") for author in _AUTHORS}
    return _counted("messages", found, called=called, words=words)


def lost(found: Mapping[date, Counter[str]], words: Words, *, unanswerable: int) -> Picture:
    """Draw what could not be sent, as its window had shut."""
    called = {loss: words.say(f"losses.{loss}") for loss in _LOSSES}
    lines = [words.say("unanswerable", number=unanswerable)]
    return _counted("lost", found, called=called, words=words, lines=lines)


def failures(found: Sequence[tuple[int | None, int]], words: Words) -> Picture:
    """Say why WeChat refused messages."""
    return Picture(
        "failures",
        Table(
            words.say("titles.failures"),
            [words.say("errcode"), words.say("reason"), words.say("number")],
            [(str(errcode or ""), _explained(errcode, words), count) for errcode, count in found],
            notes=[words.say("notes.failures")],
        ),
        Drawing(
            Kind.BARS,
            [str(errcode or words.say("no_errcode")) for errcode, _ in found],
            [Series(words.say("number"), [count for _, count in found])],
        ),
    )


def _counted(
    name: str,
    found: Mapping[date, Counter[Word]],
    *,
    called: Mapping[Word, str],
    words: Words,
    lines: Sequence[str] = (),
) -> Picture:
    days = words.span.every_day
    none: Counter[Word] = Counter()
    return Picture(
        name,
        Table(
            words.say(f"titles.{name}"),
            [words.column("day"), *called.values()],
            [(day, *(found[day][one] for one in called)) for day in reversed(days) if day in found],
            notes=[words.say(f"notes.{name}")],
        ),
        Drawing(
            Kind.STACKED,
            [f"{day:%m-%d}" for day in days],
            [
                Series(label, [found.get(day, none)[one] for day in days])
                for one, label in called.items()
            ],
        ),
        lines=lines,
    )


def _told(which: str, waits: Waits, words: Words) -> str:
    if not waits.answered:
        return words.say(f"nothing_answered.{which}")
    return words.say(
        f"told.{which}",
        number=waits.answered,
        median=words.lasted(waits.median_seconds),
        most=words.lasted(waits.most_seconds),
    )


def _cells(waits: Waits) -> Sequence[Cell]:
    if not waits.answered:
        return (0, "", "")
    return (waits.answered, waits.median_seconds // _MINUTE, waits.most_seconds // _MINUTE)


def _minutes(waits: Waits, seconds: int) -> int | None:
    return seconds // _MINUTE if waits.answered else None


def _shade(number: int | None, most: int) -> int:
    if number is None:
        return 1
    return -(-number * _DARKEST // most)


def _explained(errcode: int | None, words: Words) -> str:
    key = f"wechat.errors.{errcode}"
    return texts.say(key if texts.known(key) else "wechat.errors.other", words.language)

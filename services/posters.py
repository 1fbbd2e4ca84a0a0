"""Posters: what stands on one, set by the pack's templates, every code on it read again."""

import io
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from PIL import Image
from sqlalchemy.ext.asyncio import AsyncSession

from models import Bilingual, Consultation
from models.vocabulary import Language
from services import (
    channel_codes,
    consultations,
    picture_codes,
    qr_codes,
    short_links,
    texts,
    typesetting,
    webinars,
)
from services.content import reading
from services.content.pack import Pack
from services.content.pack_posters import FactKind, Poster, PosterCode, PosterFact
from services.content.poster_faults import FOLDER, SHARE, SHEET
from services.errors import Conflict, Malformed, NotFound
from services.texts import dates

SHARE_PIXELS_PER_INCH = 144
"""Twice the points of the template: its 450 become the 900 pixels that phones show best."""


class Paper(StrEnum):
    """How large a poster is printed."""

    A4 = "a4"
    A3 = "a3"


CHECKED_PIXELS_PER_INCH = {Paper.A4: 100, Paper.A3: 71}
"""At what resolution a poster's codes are read again: as coarse as a photograph of the whole."""


class PosterNotFound(NotFound):
    """The pack has no such poster."""

    code = "poster_not_found"


class PosterLinkDead(Conflict):
    """A code on the poster would lead nowhere."""

    code = "poster_link_dead"


class PosterUnreadable(Malformed):
    """Not every code on the finished poster can be read."""

    code = "poster_unreadable"


@dataclass(frozen=True)
class Fact:
    """An instant, in the pieces that a template sets in different sizes."""

    label: str
    year: str
    day: str
    time: str


@dataclass(frozen=True)
class Code:
    """A code with what stands beside it."""

    label: str
    address: str
    """To be typed; without the scheme, which browsers add."""

    alt: str
    text: str
    """What the code says."""

    svg: str


@dataclass(frozen=True)
class Composition:
    """All that stands on a poster, in one language: what templates find in sys.inputs.poster."""

    language: Language
    organisation: str
    title: str
    lead: str
    facts: list[Fact]
    codes: list[Code]
    scan: str
    hold: str
    """The same for who holds the code in their hand already: a picture on a phone."""

    fallback: str

    def data(self, form: str) -> Mapping[str, object]:
        """Give it as a template reads it; `form` is a4, a3 or share."""
        return {**asdict(self), "format": form}


def pack_in(folder: Path, slug: str) -> Pack:
    """Read the pack that has a poster, for readers, whom the faults of a pack do not concern.

    Raises:
        PosterNotFound
    """
    try:
        return reading.read(folder)
    except reading.PackInvalid as error:
        raise PosterNotFound(poster=slug, known="–") from error


async def plan_codes(
    db: AsyncSession, *, pack: Pack, slug: str, channel: str, label: str
) -> channel_codes.Plan:
    """Choose the channel codes for a poster that hangs in one place. Writes nothing.

    The same poster, channel and label get the same codes again.

    Raises:
        PosterNotFound, PosterLinkDead, CodeLinkUnknown, ChannelUnknown, ChannelUnfit
    """
    places = [channel_codes.Place(code.link, channel, label) for code in _poster(pack, slug).code]
    plan = await channel_codes.plan(db, places=places, names={})
    for code in plan.codes:
        if not code.new and (await channel_codes.by_slug(db, slug=code.slug)).disabled:
            raise PosterLinkDead(link=code.slug)
    return plan


async def compose(
    db: AsyncSession,
    *,
    pack: Pack,
    slug: str,
    language: Language,
    address: Callable[[str], str],
    now: datetime,
) -> Composition:
    """Bring together what a poster says. Its dates are those of the database, in Beijing time.

    `address` gives what the code of a short link says: `/r/SLUG`, or that of a channel's code.

    Raises:
        PosterNotFound, PosterLinkDead, ConsultationNotFound, WebinarNotFound, WebinarWithdrawn,
        CodeTooDense, CodeTooFine, CodeUnreadable
    """
    poster = _poster(pack, slug)
    consultation = await consultations.loaded(db, slug=pack.round.slug)
    publisher = await consultations.publisher(db, consultation_id=consultation.id)
    for code in poster.code:
        await _require_alive(db, link=code.link, now=now)
    return Composition(
        language=language,
        organisation=publisher.name.text(language),
        title=_words(poster.title.bilingual(), language),
        lead=_words(poster.lead.bilingual(), language),
        facts=[
            _fact(fact, await _instant(db, fact, consultation), language) for fact in poster.fact
        ],
        codes=[_code(code, address(code.link), language) for code in poster.code],
        scan=texts.say("posters.scan", language),
        hold=texts.say("posters.hold", language),
        fallback=texts.say("posters.fallback", language),
    )


def sheet(composition: Composition, *, folder: Path, paper: Paper, made_at: datetime) -> bytes:
    """Set a poster as PDF; every code on it has been read from a picture of the whole page.

    `folder` is the pack's.

    Raises:
        TemplateUnfit, PageOverfull, FontMissing, PosterUnreadable
    """
    template = folder / FOLDER / SHEET
    data = composition.data(paper.value)
    coarse = CHECKED_PIXELS_PER_INCH[paper]
    picture = typesetting.png(template, data, pixels_per_inch=coarse, made_at=made_at)
    _require_readable(picture, composition.codes, template)
    return typesetting.pdf(template, data, made_at=made_at)


def share_image(composition: Composition, *, folder: Path, made_at: datetime) -> bytes:
    """Set the picture that people send each other; PNG. It has the first code only.

    WeChat reads one code in a picture that is held down.

    Raises:
        TemplateUnfit, PageOverfull, FontMissing, PosterUnreadable
    """
    template = folder / FOLDER / SHARE
    data = composition.data("share")
    picture = typesetting.png(
        template, data, pixels_per_inch=SHARE_PIXELS_PER_INCH, made_at=made_at
    )
    _require_readable(picture, composition.codes[:1], template)
    return picture


def _poster(pack: Pack, slug: str) -> Poster:
    known = {poster.slug: poster for poster in pack.posters.poster}
    if slug not in known:
        raise PosterNotFound(poster=slug, known=", ".join(known) or "–")
    return known[slug]


async def _require_alive(db: AsyncSession, *, link: str, now: datetime) -> None:
    try:
        found = await short_links.by_slug(db, slug=link)
    except short_links.LinkNotFound as error:
        raise PosterLinkDead(link=link) from error
    if found.disabled or (found.expires_at is not None and found.expires_at <= now):
        raise PosterLinkDead(link=link)


async def _instant(db: AsyncSession, fact: PosterFact, consultation: Consultation) -> datetime:
    if fact.of is FactKind.WEBINAR:
        return (await webinars.by_slug(db, slug=fact.webinar or "")).starts_at
    return consultation.opens_at if fact.of is FactKind.OPENS else consultation.closes_at


def _fact(fact: PosterFact, instant: datetime, language: Language) -> Fact:
    # Rounded down: a deadline of 23:59:59 is printed as 23:59, never as the next day.
    local = webinars.in_beijing(instant).replace(second=0, microsecond=0)
    return Fact(
        label=fact.label.bilingual().text(language),
        year=dates.written("dates.year", local, language),
        day=dates.written("dates.day_without_year", local, language),
        time=dates.written("dates.time_of_day", local, language),
    )


def _code(code: PosterCode, text: str, language: Language) -> Code:
    parts = urlsplit(text)
    label, typed = code.label.bilingual().text(language), parts.netloc + parts.path
    return Code(
        label=label,
        address=typed,
        alt=texts.say("posters.alt", language, label=label, address=typed),
        text=text,
        svg=qr_codes.svg(text).decode(),
    )


def _words(words: Bilingual, language: Language) -> str:
    return "\n".join(line.strip() for line in words.text(language).splitlines())


def _require_readable(picture: bytes, codes: list[Code], template: Path) -> None:
    expected = sorted(code.text for code in codes)
    with Image.open(io.BytesIO(picture)) as image:
        whole = image.convert("L")
    # Half the size stands for twice the distance.
    for seen in (whole, whole.reduce(2)):
        found = sorted(code.text for code in picture_codes.found(seen))
        if found != expected:
            raise PosterUnreadable(file=template.name, expected=len(expected), found=len(found))

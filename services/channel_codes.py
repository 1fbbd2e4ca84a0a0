"""Channel codes: a short link printed in many places, so that their scans can be told apart."""

import re
import secrets
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from models import Bilingual, Channel, ChannelCode, ShortLink
from services import revisions
from services.errors import Conflict, Malformed, NotFound
from services.visits import OTHER_CHANNEL

ALPHABET = "23456789cdfhjknprtvx"
"""What slugs are made of: nothing that is taken for something else (0o, 1il, 5s, 2z, 6b, 9gq, uv,
m and w beside rn and vv), and no vowels, so that no word comes out. In each pair one may stay."""

SLUG_LENGTH = 7
"""1.28 thousand million slugs: of those typed wrongly from a print, hardly any is another code."""

LONGEST_LABEL = 80

_SLUG = re.compile(f"[{ALPHABET}]{{{SLUG_LENGTH}}}")
_CHANNEL = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LONGEST_CHANNEL = 32


class ChannelCodeNotFound(NotFound):
    """There is no such channel code."""

    code = "channel_code_not_found"


class CodeLinkUnknown(Malformed):
    """A channel code is asked for a link that does not exist."""

    code = "code_link_unknown"


class ChannelUnknown(Malformed):
    """The channel does not exist, and no name for it is given."""

    code = "channel_unknown"


class ChannelUnfit(Malformed):
    """A new channel cannot be called that."""

    code = "channel_unfit"


class ChannelCodesChanged(Conflict):
    """Somebody else has made the same codes meanwhile."""

    code = "channel_codes_changed"


@dataclass(frozen=True, order=True)
class Place:
    """Where a link is to be printed."""

    link: str
    channel: str
    label: str = ""
    """Which one of several in the channel, in the maker's words."""


@dataclass(frozen=True)
class Planned:
    """A place and the slug of its code, which `keep` has not written yet if it is `new`."""

    place: Place
    slug: str
    new: bool


@dataclass(frozen=True)
class Plan:
    """The codes that are wanted and the channels that have to be made for them."""

    codes: Sequence[Planned]
    """In the order of the places, each place once."""

    names: Mapping[str, Bilingual]
    """Every channel of the codes and what it is called."""

    new_channels: frozenset[str]

    @property
    def new_codes(self) -> Sequence[Planned]:
        """Those that are not written yet."""
        return [code for code in self.codes if code.new]


def is_slug(text: str) -> bool:
    """Tell whether a slug could be a channel code's: content must not take such a one."""
    return _SLUG.fullmatch(text) is not None


async def plan(
    db: AsyncSession, *, places: Iterable[Place], names: Mapping[str, Bilingual]
) -> Plan:
    """Choose a slug for each place that has none yet, and write nothing.

    So the pictures can be drawn, and refused, before anything is there. `names` has what channels
    are called that may have to be made; those that exist keep their own.

    Raises:
        CodeLinkUnknown, ChannelUnknown, ChannelUnfit
    """
    wanted = list(dict.fromkeys(places))
    await _require_links(db, {place.link for place in wanted})
    known = await _channels(db)
    asked = {place.channel for place in wanted}
    for code in sorted(asked - known.keys()):
        _require_fit(code, names)
    made = await _existing(db, {place.link for place in wanted})
    taken = set(await db.scalars(select(ChannelCode.slug)))
    taken |= set(await db.scalars(select(ShortLink.slug)))
    codes = []
    for place in wanted:
        slug = made.get(place) or _free_slug(taken)
        codes.append(Planned(place, slug, new=place not in made))
    return Plan(
        codes=codes,
        names={code: known.get(code) or names[code] for code in sorted(asked)},
        new_channels=frozenset(asked - known.keys()),
    )


async def keep(db: AsyncSession, *, plan: Plan, now: datetime) -> None:
    """Write what a plan has new.

    Raises:
        ChannelCodesChanged: one of its places has got another code since it was made.
    """
    for code in sorted(plan.new_channels):
        await _add_channel(db, code, plan.names[code])
    await _add_codes(db, plan.new_codes, now=now)
    made = await _existing(db, {code.place.link for code in plan.codes})
    if any(made.get(code.place) != code.slug for code in plan.codes):
        raise ChannelCodesChanged
    await revisions.bump(db)


async def by_slug(db: AsyncSession, *, slug: str) -> ChannelCode:
    """Give a code, whatever its state.

    Raises:
        ChannelCodeNotFound
    """
    code = await db.scalar(select(ChannelCode).where(ChannelCode.slug == slug))
    if code is None:
        raise ChannelCodeNotFound
    return code


async def every(
    db: AsyncSession, *, link: str | None = None, channel: str | None = None
) -> list[ChannelCode]:
    """Give all codes, or those of a link or a channel, by link, channel and label."""
    asked = select(ChannelCode).order_by(
        ChannelCode.link_slug, ChannelCode.channel, ChannelCode.label, ChannelCode.slug
    )
    if link is not None:
        asked = asked.where(ChannelCode.link_slug == link)
    if channel is not None:
        asked = asked.where(ChannelCode.channel == channel)
    return list(await db.scalars(asked))


async def set_disabled(db: AsyncSession, *, slug: str, disabled: bool) -> ChannelCode:
    """Switch a code off, or on again; its link is not touched.

    Raises:
        ChannelCodeNotFound
    """
    code = await by_slug(db, slug=slug)
    code.disabled = disabled
    await revisions.bump(db)
    return code


async def _require_links(db: AsyncSession, links: set[str]) -> None:
    known = set(await db.scalars(select(ShortLink.slug)))
    for link in sorted(links - known):
        raise CodeLinkUnknown(link=link)


async def _channels(db: AsyncSession) -> dict[str, Bilingual]:
    found = await db.scalars(select(Channel).where(Channel.retired.is_(False)))
    return {channel.code: channel.label for channel in found}


def _require_fit(code: str, names: Mapping[str, Bilingual]) -> None:
    too_long = len(code) > _LONGEST_CHANNEL
    if too_long or code == OTHER_CHANNEL or not _CHANNEL.fullmatch(code):
        raise ChannelUnfit(channel=code)
    if code not in names:
        raise ChannelUnknown(channel=code)


async def _existing(db: AsyncSession, links: set[str]) -> dict[Place, str]:
    found = await db.scalars(select(ChannelCode).where(ChannelCode.link_slug.in_(links)))
    return {Place(row.link_slug, row.channel, row.label): row.slug for row in found}


def _free_slug(taken: set[str]) -> str:
    while True:
        slug = "".join(secrets.choice(ALPHABET) for _ in range(SLUG_LENGTH))
        if slug not in taken:
            taken.add(slug)
            return slug


async def _add_channel(db: AsyncSession, code: str, label: Bilingual) -> None:
    """Make a channel behind the content pack's, or bring a retired one back."""
    channel = await db.scalar(select(Channel).where(Channel.code == code))
    if channel is not None:
        channel.label, channel.retired = label, False
        return
    last = await db.scalar(select(Channel.position).order_by(Channel.position.desc()).limit(1))
    db.add(Channel(code=code, label=label, position=(last or 0) + 1))
    await db.flush()


async def _add_codes(db: AsyncSession, codes: Sequence[Planned], *, now: datetime) -> None:
    if not codes:
        return
    rows = [
        {
            "id": uuid4(),
            "slug": code.slug,
            "link_slug": code.place.link,
            "channel": code.place.channel,
            "label": code.place.label,
            "created_at": now,
            "disabled": False,
        }
        # Always in the same order, so that two makers do not wait for each other.
        for code in sorted(codes, key=lambda code: code.place)
    ]
    # Two makers at once: the later one waits here for the first, and then writes nothing.
    dialect = sqlite if db.get_bind().dialect.name == "sqlite" else postgresql
    await db.execute(dialect.insert(ChannelCode).on_conflict_do_nothing(), rows)

"""Scenes: what a code or link of WeChat's carries into the mini-program, packed reversibly.

A scene is one pair, and a second one for the channel: `d=ps-v4-draft&ch=poster`. The table of its
keys is the mini-program's too: miniprogram_contract/pages.md.
"""

import re
from dataclasses import dataclass
from enum import StrEnum

from models import ChannelCode, ShortLink
from services.errors import Malformed

LONGEST_IN_CODE = 32
"""Characters of a mini-program code's scene (facts, section 7.1, read 2026-11-26)."""

LONGEST = 128
"""Characters of any scene of ours. A URL link would take 1,024; no slug needs them."""

CHANNEL = "ch"

_SLUG = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SECTION = re.compile(r"[0-9A-Za-z.-]+,[0-9A-Za-z.-]+,[0-9A-Za-z.-]+")


class SceneRefused(Malformed):
    """The scene is none of ours."""

    code = "scene_refused"


class SceneTooLong(Malformed):
    """The slug does not fit into a mini-program code."""

    code = "scene_too_long"


class Key(StrEnum):
    """What the value of a scene is."""

    DOCUMENT = "d"
    WEBINAR = "w"
    CONTACT = "c"
    SECTION = "f"
    """Standard, version and section, for the short form."""

    LINK = "l"
    CODE = "k"
    """The slug of a channel code, which says the channel too."""


OWNED = {
    Key.DOCUMENT: "/documents/",
    Key.WEBINAR: "/webinars/",
    Key.CONTACT: "/contacts/",
}
"""Pages that own a short link of the same slug."""


@dataclass(frozen=True)
class Scene:
    """What a scene says."""

    key: Key
    value: str
    channel: str = ""

    @property
    def text(self) -> str:
        """The scene as WeChat carries it."""
        pair = f"{self.key.value}={self.value}"
        return f"{pair}&{CHANNEL}={self.channel}" if self.channel else pair


def of(link: ShortLink, code: ChannelCode | None) -> Scene:
    """Give the scene for a link, or for one of its channel codes.

    A page's own link is named by the page, which the mini-program can open without asking us.
    """
    if code is not None:
        return Scene(Key.CODE, code.slug)
    for key, folder in OWNED.items():
        if link.target == folder + link.slug:
            return Scene(key, link.slug)
    return Scene(Key.LINK, link.slug)


def require_short(scene: Scene) -> None:
    """Make sure that a mini-program code can carry it.

    Raises:
        SceneTooLong
    """
    if len(scene.text) > LONGEST_IN_CODE:
        raise SceneTooLong(scene=scene.text, longest=LONGEST_IN_CODE)


def read(text: str) -> Scene:
    """Read a scene that has been decoded once.

    Raises:
        SceneRefused: it holds another key or another character than ours do.
    """
    first, *others = [part.partition("=") for part in text.split("&")]
    if len(others) > 1 or first[0] not in set(Key):
        raise SceneRefused
    scene = Scene(Key(first[0]), first[2], channel=_channel(others))
    form = _SECTION if scene.key is Key.SECTION else _SLUG
    if len(text) > LONGEST or not form.fullmatch(scene.value):
        raise SceneRefused
    return scene


def _channel(pairs: list[tuple[str, str, str]]) -> str:
    for name, _, value in pairs:
        if name != CHANNEL or not _SLUG.fullmatch(value):
            raise SceneRefused
        return value
    return ""

"""Places in the mini-program: what a link, or a scene, opens there now."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from urllib.parse import urlencode

from sqlalchemy.ext.asyncio import AsyncSession

from models.vocabulary import ClientKind, LinkTarget
from services import short_links
from services.short_links import Destination
from services.wechat_codes import scenes
from services.wechat_codes.scenes import Key, Scene

HOME = "pages/home/index"
FEEDBACK = "pages/feedback/index"
FEEDBACK_LINK = "feedback"
"""The slug of the page about commenting, where a section's scene leads in a browser."""

PAGES: Mapping[Key, str] = {
    Key.DOCUMENT: "pages/document/index",
    Key.WEBINAR: "pages/webinar/index",
    Key.CONTACT: "pages/contact/index",
    Key.SECTION: FEEDBACK,
    Key.LINK: HOME,
    Key.CODE: HOME,
}
"""The page of the mini-program that a code with such a scene opens (pages.md)."""

PLAIN = {"/": HOME, "/feedback": FEEDBACK, "/privacy": "pages/privacy/index"}
"""Paths of ours that are a page of the mini-program without parameters."""


@dataclass(frozen=True)
class Place:
    """What the mini-program opens, and where the same is in a browser."""

    destination: Destination
    page: str | None
    """A page of the mini-program; None for what only a browser can show."""

    parameters: Mapping[str, str] = field(default_factory=dict)
    channel: str = ""

    @property
    def query(self) -> str:
        """The parameters as the page takes them."""
        return urlencode(self.parameters)


async def of_scene(db: AsyncSession, *, text: str, now: datetime) -> Place:
    """Tell what a scene opens now: its link may have been led elsewhere since it was printed.

    Raises:
        SceneRefused, LinkNotFound, LinkDisabled, LinkExpired, TargetUnsafe, ConsultationNotFound
    """
    scene = scenes.read(text)
    if scene.key is Key.SECTION:
        standard, version, section = scene.value.split(",")
        place = await of_slug(db, slug=FEEDBACK_LINK, now=now)
        named = {"standard": standard, "version": version, "section": section}
        return replace(place, page=FEEDBACK, parameters=named, channel=scene.channel)
    place = await of_slug(db, slug=scene.value, now=now)
    return replace(place, channel=place.channel or scene.channel)


async def of_slug(db: AsyncSession, *, slug: str, now: datetime) -> Place:
    """Tell what a link or a channel code opens now.

    Raises:
        LinkNotFound, LinkDisabled, LinkExpired, TargetUnsafe, ConsultationNotFound
    """
    # The mini-program is there already: no page in between has to lead into it.
    destination = await short_links.resolve(
        db, slug=slug, now=now, client=ClientKind.MINI_PROGRAM, landing=False
    )
    page, parameters = _page(destination)
    return Place(destination, page, parameters, channel=destination.channel)


def page_of(scene: Scene) -> str:
    """Give the page that a code with this scene is made for."""
    return PAGES[scene.key]


def _page(destination: Destination) -> tuple[str | None, dict[str, str]]:
    if destination.kind is not LinkTarget.PAGE:
        return None, {}
    path = destination.address
    for key, folder in scenes.OWNED.items():
        slug = path.removeprefix(folder)
        if slug != path and "/" not in slug and "." not in slug:
            return PAGES[key], {"slug": slug}
    return PLAIN.get(path), {}

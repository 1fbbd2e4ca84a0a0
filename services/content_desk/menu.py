"""The official account's menu at the desk: seen beside WeChat's, and put in force as it was seen.

WeChat is asked while no transaction is open. A push is written down before it leaves and again when
it is known how it went: what reached WeChat stands in the log, whatever happens to this process.
"""

from collections.abc import Callable
from dataclasses import dataclass

from services import menus
from services.content_desk import deeds
from services.content_desk.deeds import By
from services.errors import Conflict
from services.menus import Button, Buttons
from services.runtime.database import Database
from services.wechat.gateway import OfficialAccount
from services.wechat.refusals import WeChatError

SUBJECT = "menu"


class MenuChanged(Conflict):
    """The pack's menu or WeChat's is no longer what was shown."""

    code = "menu_changed"


@dataclass(frozen=True)
class Pair:
    """A button in WeChat and in the pack; None where it is not."""

    place: str
    current: Button | None
    wanted: Button | None


@dataclass(frozen=True)
class Seen:
    """Both menus at one instant."""

    wanted: Buttons
    current: Buttons | None

    @property
    def digest(self) -> str:
        """Name both."""
        return menus.fingerprint(self.wanted, self.current)

    @property
    def in_force(self) -> list[Button]:
        """WeChat's buttons, as people read them."""
        return menus.buttons(self.current or [])

    @property
    def differing(self) -> list[Pair]:
        """What would change."""
        before = {button.place: button for button in self.in_force}
        after = {button.place: button for button in menus.buttons(self.wanted)}
        return [
            Pair(item.place, before.get(item.place), after.get(item.place))
            for item in menus.differences(self.wanted, self.current)
        ]


@dataclass(frozen=True)
class Desk:
    """What the menu is looked at and put in force with."""

    database: Database
    door: OfficialAccount
    link: Callable[[str], str]
    """Gives a slug's address."""


async def look(desk: Desk, *, by: By) -> Seen:
    """Ask WeChat for its menu, and the database for ours.

    Raises:
        MenuNotWritten, ConsultationNotFound, WeChatError
    """
    async with desk.database.snapshot() as db:
        wanted = await menus.wanted(db, now=by.now, link=desk.link)
    return Seen(wanted, await desk.door.menu())


async def push(desk: Desk, *, seen: str, by: By) -> None:
    """Put the pack's menu in force, if both menus are as they were seen.

    Sent twice it is done once: the second time nothing differs any more.

    Raises:
        MenuChanged, MenuNotWritten, ConsultationNotFound, WeChatError
    """
    found = await look(desk, by=by)
    if not found.differing:
        return
    if found.digest != seen:
        raise MenuChanged
    await _note(desk, "menu_push", by=by, digest=seen)
    try:
        await desk.door.set_menu(found.wanted)
    except WeChatError as error:
        await _note(desk, "menu_refused", by=by, digest=seen, code=error.code)
        raise
    await _note(desk, "menu_pushed", by=by, digest=seen)


async def _note(desk: Desk, act: str, *, by: By, **details: str) -> None:
    async with desk.database.transaction() as db:
        await deeds.record(db, act, subject=SUBJECT, by=by, details=details)

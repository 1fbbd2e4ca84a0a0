"""The official account's menu: what the content pack wants, and how WeChat's differs from it."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import Menu
from services import consultations
from services.errors import NotFound

Buttons = list[dict[str, Any]]


class MenuNotWritten(NotFound):
    """The current round's content pack has no menu."""

    code = "menu_not_written"


@dataclass(frozen=True)
class Button:
    """One button as people read it."""

    place: str
    """The names from above to below, such as `1. 征询文件 / 2. 草案`."""

    kind: str
    """WeChat's word for what it does; empty for one that opens those below it."""

    target: str
    """The rule's key, the address, the mini-program's page."""

    def __str__(self) -> str:
        """Name what it does on one line."""
        return f"{self.kind} {self.target}".strip() if self.kind else "…"


@dataclass(frozen=True)
class Difference:
    """One button that differs."""

    place: str
    """The names from above to below, such as `1. 征询文件 / 2. 草案`."""

    current: str
    """What WeChat shows; empty where it has none."""

    wanted: str
    """What the pack says; empty where it has none."""


async def wanted(db: AsyncSession, *, now: datetime, link: Callable[[str], str]) -> Buttons:
    """Give the current round's menu as WeChat wants it written; `link` gives a slug's address.

    Raises:
        MenuNotWritten, ConsultationNotFound
    """
    current = await consultations.current(db, now=now)
    menu = await db.scalar(
        select(Menu).where(Menu.consultation_id == current.id, Menu.retired.is_(False))
    )
    if menu is None:
        raise MenuNotWritten
    return [_button(button, link) for button in menu.buttons]


def differences(wanted: Sequence[Mapping[str, Any]], current: Buttons | None) -> list[Difference]:
    """Compare two menus button by button, in the order of the wanted one."""
    before, after = _by_place(current or []), _by_place(wanted)
    places = [*after, *(place for place in before if place not in after)]
    found = [Difference(at, before.get(at, ""), after.get(at, "")) for at in places]
    return [item for item in found if item.current != item.wanted]


def buttons(menu: Sequence[Mapping[str, Any]], above: str = "") -> list[Button]:
    """Give all buttons of a menu as WeChat writes it, each above those below it."""
    rows = []
    for number, button in enumerate(menu, start=1):
        place = f"{above}{number}. {button['name']}"
        below = button.get("sub_button") or []
        target = button.get("key") or button.get("url") or button.get("pagepath") or ""
        rows.append(Button(place, "" if below else button.get("type", ""), target))
        rows += buttons(below, f"{place} / ")
    return rows


def fingerprint(wanted: Buttons, current: Buttons | None) -> str:
    """Name two menus: what was seen of them comes back with the wish to put one in force."""
    said = json.dumps([wanted, current], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(said.encode()).hexdigest()


def _button(button: Mapping[str, Any], link: Callable[[str], str]) -> dict[str, Any]:
    name = button["name"]
    if below := button.get("button"):
        return {"name": name, "sub_button": [_button(item, link) for item in below]}
    if button["says"]:
        return {"type": "click", "name": name, "key": button["says"]}
    url = link(button["link"]) if button["link"] else button["url"]
    return {"type": "view", "name": name, "url": url}


def _by_place(menu: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    return {button.place: str(button) for button in buttons(menu)}

"""Asking WeChat for a code or a link; whatever it gives is looked at before anybody keeps it."""

import io
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Protocol
from urllib.parse import quote
from uuid import UUID

from PIL import Image, UnidentifiedImageError

from models.vocabulary import WeChatCodeKind
from services import addresses, qr_codes
from services.wechat.gateway import MiniProgram, OfficialAccount
from services.wechat.refusals import WeChatError
from services.wechat_codes import places, refused, scenes

LONGEST_LIFE = timedelta(days=30)
"""Of a temporary code and of a URL link (facts, sections 7.2 and 7.3, read 2026-11-26)."""

SPARE = timedelta(minutes=10)
"""Taken from a URL link's life, whose end is an instant by WeChat's clock: ours may be ahead."""

WIDTH = 1280
"""Pixels: the largest a mini-program code is drawn in, since it is printed."""

LONGEST_URL = 512

QR_PATH = "/cgi-bin/qrcode/create"
CODE_PATH = "/wxa/getwxacodeunlimit"
LINK_PATH = "/wxa/generate_urllink"


class Doors(Protocol):
    """The way to the two accounts, as `services.conversations.work.Doors` is."""

    def required_official_account(self) -> OfficialAccount:
        """Give the official account's door."""

    def required_mini_program(self) -> MiniProgram:
        """Give the mini-program's door."""


@dataclass(frozen=True)
class Order:
    """What WeChat is to make; there is a row for it already."""

    id: UUID
    kind: WeChatCodeKind
    slug: str
    scene: str

    @property
    def page(self) -> str:
        """The page of the mini-program that it opens; empty for the official account's codes."""
        if self.kind in {WeChatCodeKind.MINI_PROGRAM, WeChatCodeKind.URL_LINK}:
            return places.page_of(scenes.read(self.scene))
        return ""


@dataclass(frozen=True, kw_only=True)
class Made:
    """What WeChat made."""

    ticket: str | None = None
    url: str | None = None
    picture: bytes | None = field(default=None, repr=False)
    expires_at: datetime | None = None


async def ask(doors: Doors, order: Order, *, now: datetime) -> Made:
    """Have WeChat make a code or a link; no transaction may be open.

    Raises:
        AccountMissing, CodeNotEntitled, CodePageUnknown, CodesUsedUp, CodeArgumentsRefused,
        WeChatError, CodeUnreadable
    """
    try:
        match order.kind:
            case WeChatCodeKind.OFFICIAL_ACCOUNT:
                return await _qr_code(doors.required_official_account(), order, now=now)
            case WeChatCodeKind.TEMPORARY:
                door = doors.required_official_account()
                return await _qr_code(door, order, now=now, lifetime=LONGEST_LIFE)
            case WeChatCodeKind.MINI_PROGRAM:
                return await _code_picture(doors.required_mini_program(), order)
            case WeChatCodeKind.URL_LINK:
                return await _url_link(doors.required_mini_program(), order, now=now)
    except WeChatError as error:
        said = {"scene": order.scene, "page": order.page}
        raise refused.in_our_words(error, kind=order.kind, **said) from error


async def _qr_code(
    door: OfficialAccount, order: Order, *, now: datetime, lifetime: timedelta | None = None
) -> Made:
    given = await door.create_qr_code(order.scene, lifetime=lifetime)
    if not 0 < len(given.url) <= LONGEST_URL:
        raise refused.unreadable(QR_PATH)
    # Drawn and decoded once now: what cannot be drawn must not wait for a printer to find out.
    qr_codes.svg(given.url)
    expires_at = None if given.lifetime is None else now + given.lifetime
    return Made(ticket=given.ticket, url=given.url, expires_at=expires_at)


async def _code_picture(door: MiniProgram, order: Order) -> Made:
    given = await door.code_picture(order.scene, page=order.page, width=WIDTH)
    return Made(picture=_as_png(given.content))


async def _url_link(door: MiniProgram, order: Order, *, now: datetime) -> Made:
    expires_at = now + LONGEST_LIFE - SPARE
    query = f"scene={quote(order.scene, safe='')}"
    url = await door.url_link(path=order.page, query=query, expires_at=expires_at)
    if len(url) > LONGEST_URL or not addresses.is_plain(url):
        raise refused.unreadable(LINK_PATH)
    return Made(url=url, expires_at=expires_at)


def _as_png(content: bytes) -> bytes:
    """Write WeChat's picture anew: it is one, whole, and nothing but pixels."""
    try:
        with Image.open(io.BytesIO(content), formats=("PNG", "JPEG")) as picture:
            file = io.BytesIO()
            picture.convert("RGB").save(file, "PNG", optimize=True)
    except (OSError, UnidentifiedImageError, Image.DecompressionBombError) as error:
        raise refused.unreadable(CODE_PATH) from error
    return file.getvalue()

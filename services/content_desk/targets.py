"""Where links may lead: asked at writing, with a sentence for each way to be wrong."""

from collections.abc import Collection
from ipaddress import ip_address
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import ContactCard, ContentRow, Document, Webinar
from services import addresses
from services.content_desk.refusals import (
    AddressInsecure,
    AddressInside,
    AddressOffList,
    PathLeadsNowhere,
    PathUnfit,
)

_TABLES: dict[str, type[Document | Webinar | ContactCard]] = {
    "documents": Document,
    "webinars": Webinar,
    "contacts": ContactCard,
}
"""Pages below these paths exist only if their row does."""

_NOT_FOR_READERS = frozenset({"staff", "v1", "wechat", "static", "qr"})
"""First parts of paths that a link must not lead to: the desk, what programs ask."""


def require_address(address: str, *, hosts: Collection[str], field: str) -> None:
    """Make sure that an address outside may be led to.

    Raises:
        AddressInsecure, AddressInside, AddressOffList
    """
    if not address.lower().startswith("https://"):
        raise AddressInsecure(field=field)
    if _is_inside(address):
        raise AddressInside(field=field)
    if not addresses.is_allowed(address, hosts):
        raise AddressOffList(field=field, hosts=", ".join(sorted(hosts)))


async def require_path(db: AsyncSession, path: str, *, field: str) -> None:
    """Make sure that a path of ours is one for readers, and that its page exists.

    Raises:
        PathUnfit, PathLeadsNowhere
    """
    first, _, slug = path.removeprefix("/").partition("/")
    if not addresses.is_own_path(path) or first in _NOT_FOR_READERS:
        raise PathUnfit(field=field)
    table = _TABLES.get(first)
    if table is None or not slug:
        return
    row: ContentRow | None = await db.scalar(
        select(table).where(table.slug == slug, table.retired.is_(False))
    )
    if row is None:
        raise PathLeadsNowhere(field=field)


def _is_inside(address: str) -> bool:
    """Tell whether a host is a number or a name without a dot: no public site has such a one."""
    try:
        host = urlsplit(address).hostname or ""
    except ValueError:  # brackets around something that is no number
        return True
    try:
        ip_address(host)
    except ValueError:
        return "." not in host or host.endswith((".local", ".internal", ".localhost"))
    return True

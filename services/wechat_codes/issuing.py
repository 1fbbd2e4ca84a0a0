"""Issuing a code: written down, asked for with no transaction open, kept or forgotten."""

from datetime import datetime

from models import WeChatCode
from models.vocabulary import WeChatCodeKind
from services.errors import Refusal
from services.runtime.database import Database
from services.wechat_codes import asking, keeping
from services.wechat_codes.asking import Doors, Order


async def issue(
    database: Database,
    doors: Doors,
    *,
    kind: WeChatCodeKind,
    slug: str,
    now: datetime,
    again: bool = False,
) -> WeChatCode:
    """Give the code of a short link or channel code, asking WeChat for it unless it is kept.

    What is refused is not stored. `again` has WeChat make another one.

    Raises:
        LinkNotFound, LinkDisabled, LinkExpired, TargetUnsafe, ConsultationNotFound, SceneTooLong,
        WeChatCodeInDoubt, WeChatCodeNotMade, and what `asking.ask` raises
    """
    async with database.transaction() as db:
        begun = await keeping.begin(db, kind=kind, slug=slug, now=now, again=again)
    if not isinstance(begun, Order):
        return begun
    try:
        made = await asking.ask(doors, begun, now=now)
    except Refusal as refusal:
        async with database.transaction() as db:
            await keeping.note_refusal(db, order=begun, refusal=refusal, now=now)
        raise
    async with database.transaction() as db:
        kept = await keeping.keep(db, order=begun, made=made, now=now)
    if kept is None:
        raise keeping.WeChatCodeNotMade(kind=kind.value, slug=slug)
    return kept

"""Showing a visitor that somebody types. It costs nothing of what may be sent, and may fail."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.ext.asyncio import AsyncSession

from models import Conversation
from services import jobs
from services.conversations import quota
from services.conversations.work import AccountMissing, Doors
from services.jobs import Kind, Run
from services.wechat.refusals import WeChatError

SHOW = "show_typing"
"""The kind of job that shows it."""

LASTS = timedelta(seconds=15)
"""How long WeChat shows it; to ask again meanwhile is refused (45081)."""

EXCHANGE = timedelta(seconds=30)
"""How long after a message WeChat lets it be shown at all (45080); 客服输入状态, 2026-11-23."""

log = structlog.get_logger(__name__)


async def show(db: AsyncSession, *, conversation: Conversation, now: datetime) -> None:
    """Queue that it is shown, where WeChat would take it. The conversation is locked."""
    shown_at, said_at = conversation.typing_shown_at, conversation.last_message_at
    shown = shown_at is not None and now < shown_at + LASTS
    over = said_at is None or now >= said_at + EXCHANGE
    if shown or over or not quota.standing(conversation, now=now).left:
        return
    conversation.typing_shown_at = now
    key = f"{SHOW}:{conversation.id}"
    await jobs.enqueue(
        db, SHOW, key=key, deadline=now + EXCHANGE, conversation_id=str(conversation.id)
    )


def kind(doors: Doors) -> Kind:
    """Give the kind of job."""

    async def run(run: Run) -> None:
        await _show(run, doors)

    return Kind(name=SHOW, run=run, attempts=1)


async def _show(run: Run, doors: Doors) -> None:
    async with run.step() as db:
        conversation = await db.get(Conversation, UUID(str(run.payload["conversation_id"])))
        account = conversation.account if conversation else None
        openid = conversation.openid if conversation else None
    if account is not None and openid is not None:
        try:
            await doors.of(account).show_typing(openid)
        except (WeChatError, AccountMissing) as refusal:
            # Nobody misses it: the answer itself is what counts.
            log.info("typing_not_shown", errcode=getattr(refusal, "errcode", None))
    async with run.closing():
        return

"""Giving a visitor all that is kept about them."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import LoginSession, Visitor
from services.conversations import personal as conversations
from services.feedback import personal as feedback
from services.notices import personal as notices
from services.privacy.erasing import VisitorNotFound
from services.registrations import ContactSafe
from services.registrations import personal as registrations

Part = list[dict[str, Any]]


async def export(db: AsyncSession, *, visitor_id: UUID, safe: ContactSafe) -> dict[str, Part]:
    """Give everything that leads to a visitor, part by part, ready for JSON.

    Contacts are in full, since they are the visitor's own. Keys and tokens are not in it: they are
    ours, and who has them is somebody else. Nor is what was sent anonymously: nobody knows whose.

    Raises:
        VisitorNotFound
    """
    visitor = await db.get(Visitor, visitor_id)
    if visitor is None:
        raise VisitorNotFound
    return {
        "visitor": [_visitor(visitor)],
        "logins": await _logins(db, visitor_id),
        "registrations": await registrations.export(db, visitor_id=visitor_id, safe=safe),
        **await feedback.export(db, visitor_id=visitor_id),
        **await notices.export(db, visitor_id=visitor_id),
        "messages": await conversations.export(db, visitor_id=visitor_id),
        "notes": await conversations.export_notes(db, visitor_id=visitor_id),
        "tags": await conversations.export_tags(db, visitor_id=visitor_id),
    }


def _visitor(visitor: Visitor) -> dict[str, Any]:
    return {
        "mini_program_openid": visitor.mp_openid,
        "official_account_openid": visitor.oa_openid,
        "unionid": visitor.unionid,
        "first_seen_at": visitor.first_seen_at.isoformat(),
        "last_seen_at": visitor.last_seen_at.isoformat(),
    }


async def _logins(db: AsyncSession, visitor_id: UUID) -> Part:
    found = await db.scalars(
        select(LoginSession)
        .where(LoginSession.visitor_id == visitor_id)
        .order_by(LoginSession.begun_at)
    )
    return [
        {
            "kind": login.kind.value,
            "begun_at": login.begun_at.isoformat(),
            "expires_at": login.expires_at.isoformat(),
        }
        for login in found
    ]

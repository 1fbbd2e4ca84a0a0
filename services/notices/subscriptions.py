"""Subscriptions: what a visitor can be asked to allow, and what they have answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from models.vocabulary import NoticeKind
from services.notices import permits
from services.notices.templates import Templates

ACCEPTED = "accept"
"""How WeChat's words for a yes begin: `accept`, `acceptWithAudio`. No others are a permit."""


@dataclass(frozen=True)
class Offer:
    """One template, the notices that go by it, and how many of them are allowed."""

    template_id: str
    kinds: tuple[NoticeKind, ...]
    permits: int


async def offers(db: AsyncSession, *, visitor_id: UUID, templates: Templates) -> list[Offer]:
    """Give what a visitor can be asked for, in the order of the configuration."""
    known = await permits.counts(db, visitor_id=visitor_id)
    by_template: dict[str, list[NoticeKind]] = {}
    for kind, template in templates.items():
        by_template.setdefault(template.template_id, []).append(kind)
    return [
        Offer(template_id=one, kinds=tuple(kinds), permits=known.get(one, 0))
        for one, kinds in by_template.items()
    ]


async def answered(
    db: AsyncSession,
    *,
    visitor_id: UUID,
    answers: Mapping[str, str],
    templates: Templates,
    now: datetime,
) -> None:
    """Take notice of a visitor's answers, by template.

    One about a template that is not ours says nothing; a no takes back nothing allowed before.
    """
    ours = {template.template_id for template in templates.values()}
    for template_id, answer in answers.items():
        if template_id in ours and answer.startswith(ACCEPTED):
            await permits.tell(
                db, visitor_id=visitor_id, template_id=template_id, by_wechat=False, now=now
            )

"""Link rules: which of a link's ordered rules fits whom and when, and why the others do not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from models import LinkRule
from models.vocabulary import ClientKind, RoundState, RuleTarget


class Misfit(StrEnum):
    """Why a rule does not hold for somebody."""

    CLIENT = "client"
    STATE = "state"
    NOT_YET = "not_yet"
    OVER = "over"


@dataclass(frozen=True)
class Situation:
    """Who follows a link, and when."""

    client: ClientKind
    state: RoundState | None
    """Of the current round; None where no round has been announced."""

    now: datetime


async def of_link(db: AsyncSession, *, link_id: UUID) -> list[LinkRule]:
    """Give a link's rules in the order in which they are asked."""
    found = await db.scalars(
        select(LinkRule)
        .where(LinkRule.link_id == link_id, LinkRule.retired.is_(False))
        .order_by(LinkRule.position, LinkRule.key)
    )
    return list(found)


async def instants(db: AsyncSession) -> list[datetime]:
    """Give the instants at which a rule begins or ceases to hold, in no order."""
    found = await db.execute(
        select(LinkRule.begins_at, LinkRule.ends_at).where(LinkRule.retired.is_(False))
    )
    return [instant for row in found for instant in row if instant is not None]


def misfits(rule: LinkRule, situation: Situation) -> list[Misfit]:
    """Give every reason why a rule does not hold; none if it does."""
    now = situation.now
    reasons = {
        Misfit.CLIENT: bool(rule.clients) and situation.client not in rule.clients,
        Misfit.STATE: bool(rule.states) and situation.state not in rule.states,
        Misfit.NOT_YET: rule.begins_at is not None and now < rule.begins_at,
        Misfit.OVER: rule.ends_at is not None and now >= rule.ends_at,
    }
    return [reason for reason, holds in reasons.items() if holds]


def first_that_fits(
    rules: Sequence[LinkRule], situation: Situation, *, landing: bool = True
) -> LinkRule | None:
    """Choose a rule; without `landing`, among those that lead on from the landing page."""
    for rule in rules:
        leads_on = landing or rule.target_kind is not RuleTarget.LANDING
        if leads_on and not misfits(rule, situation):
            return rule
    return None

"""Subscribe messages as they travel: what to ask for, and what was answered."""

from typing import Annotated

from pydantic import Field

from miniprogram_contract.messages import Page, Reply, Request
from models.vocabulary import NoticeKind

MOST_TEMPLATES = 5
"""wx.requestSubscribeMessage asks for so many at most (WeChat's page, 2026-11-23)."""

TemplateId = Annotated[str, Field(min_length=1, max_length=64, pattern="^[A-Za-z0-9_-]+$")]


class SubscriptionAnswer(Request):
    """What wx.requestSubscribeMessage gave for one template."""

    template_id: TemplateId
    answer: str = Field(
        pattern="^[A-Za-z]{1,40}$",
        description="Its word as it is: `accept`, `reject`, `ban`, `filter` …",
    )


class TellSubscriptions(Request):
    """Tell what whoever is logged in has answered to one question; each “accept” is one message."""

    answers: list[SubscriptionAnswer] = Field(min_length=1, max_length=MOST_TEMPLATES)


class Subscription(Reply):
    """One template to ask for."""

    template_id: str
    notices: list[NoticeKind] = Field(description="What is sent by it.")
    permits: int = Field(description="How many messages are allowed, as far as is known here.")


_EXAMPLE = Page[Subscription](
    items=[
        Subscription(
            template_id="zun-LzcQyW-edafCVvzPkK4de2Rllr1fFpw2A_x0oXE",
            notices=[NoticeKind.REMINDER_DAY],
            permits=1,
        ),
        Subscription(
            template_id="FcmrB6hwsF1pEYhWIA2ZkqVeVIj5r0MdZ3VlFzC9YAg",
            notices=[NoticeKind.REMINDER_SOON],
            permits=0,
        ),
    ],
    next=None,
)

EXAMPLES = {"list_subscriptions": _EXAMPLE, "tell_subscriptions": _EXAMPLE}

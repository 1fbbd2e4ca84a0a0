"""The ticket with which pages sign for the JS-SDK."""

import secrets
from math import ceil

from wechat_simulator.calls import OA, OK, Answer, Call, Endpoint, Limit
from wechat_simulator.errors import Failure

LIFETIME = 7200
PER_DAY = 2000


def ticket(call: Call) -> Answer:
    """Give the present ticket and how long it still works."""
    kind = call.query.get("type", "")
    if kind not in {"jsapi", "wx_card"}:
        raise Failure(40097)
    now = call.credentials_now
    text, ends_at = call.state.jsapi_tickets.get(kind, ("", 0.0))
    if now >= ends_at:
        text, ends_at = secrets.token_urlsafe(64), now + LIFETIME
        call.state.jsapi_tickets[kind] = (text, ends_at)
    return OK | {"ticket": text, "expires_in": min(LIFETIME, ceil(ends_at - now))}


ENDPOINTS = (
    Endpoint(
        path="/cgi-bin/ticket/getticket",
        run=ticket,
        method="GET",
        accounts=OA,
        limits=(Limit(period="day", calls=PER_DAY),),
    ),
)

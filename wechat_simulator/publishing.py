"""Publishing drafts: it takes a while, and an event tells how it went."""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any

from wechat_simulator import drafts, pushes
from wechat_simulator.accounts import Account
from wechat_simulator.calls import OA, OK, Answer, Call, Endpoint
from wechat_simulator.errors import Failure
from wechat_simulator.platform import Platform
from wechat_simulator.records import Publication

PUBLISHED = 0
DELETED = 5
OPERATOR = "oPublishingOperator000000000"
"""Whom the event is from: the owner, not a reader."""


def submit(call: Call) -> Answer:
    """Start publishing a draft; it leaves the box when that went well."""
    draft = drafts.find(call)
    publication = Publication(
        publish_id=str(call.platform.message_id()),
        article_id=secrets.token_urlsafe(48),
        articles=[one | {"url": _address()} for one in draft.articles],
        submitted_at=call.now,
    )
    call.state.publications[publication.publish_id] = publication
    if call.account.publish_seconds:
        call.platform.errand(
            _publish_later(call.platform, call.account, publication, media_id=draft.media_id)
        )
    else:
        _publish(call.platform, call.account, publication, media_id=draft.media_id)
    return OK | {"publish_id": publication.publish_id, "msg_data_id": publication.publish_id}


def status(call: Call) -> Answer:
    """Tell how publishing goes."""
    found = call.state.publications.get(call.word("publish_id"))
    if found is None:
        raise Failure(53600)
    return {
        "publish_id": found.publish_id,
        "publish_status": found.status,
        "fail_idx": found.failed,
    } | (_outcome(found) if found.status == PUBLISHED else {})


def article(call: Call) -> Answer:
    """Give a published article."""
    return {"news_item": _published(call).articles}


def delete(call: Call) -> Answer:
    """Take a published article back."""
    _published(call).status = DELETED
    return OK


def page(call: Call) -> Answer:
    """List what is published, newest first."""
    offset, wanted = call.number("offset", 0), call.number("count", 0)
    if wanted not in drafts.PAGE or offset < 0:
        raise Failure(40007)
    found = [one for one in call.state.publications.values() if one.status == PUBLISHED][::-1]
    shown = found[offset : offset + wanted]
    return {
        "total_count": len(found),
        "item_count": len(shown),
        "item": [
            {
                "article_id": one.article_id,
                "content": {"news_item": one.articles},
                "update_time": int(one.submitted_at),
            }
            for one in shown
        ],
    }


async def _publish_later(
    platform: Platform, account: Account, publication: Publication, *, media_id: str
) -> None:
    await asyncio.sleep(account.publish_seconds)
    _publish(platform, account, publication, media_id=media_id)


def _publish(
    platform: Platform, account: Account, publication: Publication, *, media_id: str
) -> None:
    publication.status = account.publish_status
    if publication.status == PUBLISHED:
        platform.state.drafts.pop(media_id, None)
    else:
        publication.failed = list(range(1, len(publication.articles) + 1))
    outcome: dict[str, Any] = {
        "publish_id": publication.publish_id,
        "publish_status": publication.status,
    }
    if publication.status == PUBLISHED:
        outcome |= _outcome(publication)
    else:
        outcome |= {"fail_idx": publication.failed}
    head = pushes.head(account, OPERATOR, "event", at=platform.clock.now())
    tree = head | pushes.event("PUBLISHJOBFINISH", PublishEventInfo=outcome)
    platform.announce(account, tree)


def _outcome(publication: Publication) -> dict[str, Any]:
    """Give id and addresses; event and look-up say them alike."""
    items = [
        {"idx": number, "article_url": one["url"]}
        for number, one in enumerate(publication.articles, start=1)
    ]
    return {
        "article_id": publication.article_id,
        "article_detail": {"count": len(items), "item": items},
    }


def _published(call: Call) -> Publication:
    wanted = call.word("article_id")
    for one in call.state.publications.values():
        if one.article_id == wanted and one.status == PUBLISHED:
            return one
    raise Failure(53600)


def _address() -> str:
    return f"http://mp.weixin.qq.com/s/{secrets.token_urlsafe(16)}"


def _endpoint(name: str, run: Callable[[Call], Answer]) -> Endpoint:
    return Endpoint(
        path=f"/cgi-bin/freepublish/{name}",
        run=run,
        accounts=OA,
        right=lambda account: account.may_publish,
    )


ENDPOINTS = (
    _endpoint("submit", submit),
    _endpoint("get", status),
    _endpoint("getarticle", article),
    _endpoint("delete", delete),
    _endpoint("batchget", page),
)

"""The draft box: articles before they are published."""

import secrets
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from wechat_simulator import media
from wechat_simulator.calls import OA, OK, Answer, Call, Endpoint
from wechat_simulator.errors import Failure
from wechat_simulator.records import Draft

LONGEST_TITLE = 32
LONGEST_AUTHOR = 16
LONGEST_DIGEST = 128
LONGEST_CONTENT = 20_000
LONGEST_ADDRESS = 1024
DIGEST_BY_DEFAULT = 54
MOST_ARTICLES = 8
PAGE = range(1, 21)


def add(call: Call) -> Answer:
    """Keep one article or several as a draft; a success has no errcode."""
    articles = call.body.get("articles")
    if not isinstance(articles, list) or not 0 < len(articles) <= MOST_ARTICLES:
        raise Failure(47001)
    checked = [_checked(call, article) for article in articles]
    draft = Draft(media_id=secrets.token_urlsafe(48), articles=checked, updated_at=call.now)
    call.state.drafts[draft.media_id] = draft
    return {"media_id": draft.media_id}


def get(call: Call) -> Answer:
    """Give a draft's articles."""
    return {"news_item": find(call).articles}


def update(call: Call) -> Answer:
    """Replace one article of a draft; `articles` is a single object here."""
    draft = find(call)
    index = call.number("index", 0)
    if not 0 <= index < len(draft.articles):
        raise Failure(40114)
    draft.articles[index] = _checked(call, call.body.get("articles"))
    draft.updated_at = call.now
    return OK


def delete(call: Call) -> Answer:
    """Throw a draft away."""
    del call.state.drafts[find(call).media_id]
    return OK


def count(call: Call) -> Answer:
    """Count the drafts."""
    return {"total_count": len(call.state.drafts)}


def page(call: Call) -> Answer:
    """List drafts, newest first."""
    offset, wanted = call.number("offset", 0), call.number("count", 0)
    if wanted not in PAGE or offset < 0:
        raise Failure(40007)
    drafts = sorted(call.state.drafts.values(), key=lambda one: -one.updated_at)
    shown = drafts[offset : offset + wanted]
    return {
        "total_count": len(drafts),
        "item_count": len(shown),
        "item": [
            {
                "media_id": one.media_id,
                "content": {"news_item": one.articles},
                "update_time": int(one.updated_at),
            }
            for one in shown
        ],
    }


def find(call: Call) -> Draft:
    """Find the draft a call is about, else 40007."""
    draft = call.state.drafts.get(call.word("media_id"))
    if draft is None:
        raise Failure(40007)
    return draft


def _checked(call: Call, article: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON is anything
    if not isinstance(article, dict):
        raise Failure(47001)
    _check_lengths(article)
    address = article.get("content_source_url") or ""
    if address and not _is_address(address):
        raise Failure(41039)
    cover = article.get("thumb_media_id", "")
    is_news = article.get("article_type", "news") == "news"
    if is_news and not media.is_permanent(call.state, cover):
        raise Failure(40007)
    text = str(article["content"])
    return {
        "article_type": "news",
        "author": "",
        "digest": text[:DIGEST_BY_DEFAULT],
        "content_source_url": "",
        "url": f"http://mp.weixin.qq.com/s?tempkey={secrets.token_urlsafe(16)}",
        **article,
    }


def _check_lengths(article: dict[str, Any]) -> None:
    for name, longest, errcode in (
        ("title", LONGEST_TITLE, 45003),
        ("author", LONGEST_AUTHOR, 45110),
        ("digest", LONGEST_DIGEST, 45004),
        ("content", LONGEST_CONTENT - 1, 45166),
    ):
        value = article.get(name, "")
        is_missing = name in {"title", "content"} and not value
        if not isinstance(value, str) or len(value) > longest or is_missing:
            raise Failure(errcode)


def _is_address(address: object) -> bool:
    if not isinstance(address, str) or len(address.encode()) > LONGEST_ADDRESS:
        return False
    return urlsplit(address).scheme in {"http", "https"} and bool(urlsplit(address).netloc)


def _endpoint(name: str, run: Callable[[Call], Answer], *, gets: bool = False) -> Endpoint:
    return Endpoint(
        path=f"/cgi-bin/draft/{name}", run=run, accounts=OA, method="GET" if gets else "POST"
    )


ENDPOINTS = (
    _endpoint("add", add),
    _endpoint("get", get),
    _endpoint("update", update),
    _endpoint("delete", delete),
    _endpoint("batchget", page),
    _endpoint("count", count, gets=True),
)

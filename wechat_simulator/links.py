"""Links into the mini-program, and the store of texts under short keys."""

import re
import secrets
import string
from collections.abc import Mapping
from typing import Any

from wechat_simulator.calls import BOTH, MP, OK, Answer, Call, Endpoint, Limit
from wechat_simulator.errors import Failure
from wechat_simulator.mini_program_codes import ENV_VERSIONS, is_known
from wechat_simulator.records import Link, Stored

DAY = 86400
LONGEST_DAYS = 30
SHORTEST = 60
LONGEST_PATH = 1024
LONGEST_TITLE = 20
LONGEST_TEXT = 4096
KEY_LENGTH = 15
BASE62 = string.ascii_letters + string.digits
QUERY = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~%]*")
LIMITS = (
    Limit(period="second", calls=100, errcode=44990),
    Limit(period="day", calls=500_000, errcode=44993),
)


def url_link(call: Call) -> Answer:
    """Make an https link that opens the mini-program from a browser."""
    expires_at = _expiry(call.body, now=call.now)
    link = _link(call, call.body, f"https://wxaurl.cn/{_key()}", expires_at=expires_at)
    return OK | {"url_link": link.url}


def scheme(call: Call) -> Answer:
    """Make a `weixin://` link."""
    target = call.body.get("jump_wxa", {})
    if not isinstance(target, dict):
        raise Failure(47001)
    expires_at = _expiry(call.body, now=call.now)
    link = _link(call, target, f"weixin://dl/business/?t={_key()}", expires_at=expires_at)
    return OK | {"openlink": link.url}


def query_url_link(call: Call) -> Answer:
    """Tell what a URL link leads to."""
    return OK | {"url_link_info": _described(call, call.word("url_link"))}


def query_scheme(call: Call) -> Answer:
    """Tell what a scheme leads to."""
    return OK | {"scheme_info": _described(call, call.word("scheme"))}


def short_link(call: Call) -> Answer:
    """Make a `#小程序://` link; only e-commerce may have them."""
    if not call.account.ecommerce:
        raise Failure(43104)
    page, title = call.word("page_url"), call.word("page_title")
    if not 0 < len(page) <= LONGEST_PATH or not is_known(call.account, page.partition("?")[0]):
        raise Failure(40066)
    if len(title) > LONGEST_TITLE:
        raise Failure(47001)
    if call.body.get("is_permanent") is True:
        raise Failure(85400)
    link = Link(
        url=f"#小程序://{title or '小程序'}/{_key()}",
        path=page.partition("?")[0],
        query=page.partition("?")[2],
        env_version="release",
        created_at=call.now,
        expires_at=call.now + LONGEST_DAYS * DAY,
    )
    call.state.links[link.url] = link
    return OK | {"link": link.url}


def store(call: Call) -> Answer:
    """Keep a text under a short key."""
    text = call.word("long_data")
    seconds = call.number("expire_seconds", LONGEST_DAYS * DAY)
    is_short = 0 < len(text.encode()) <= LONGEST_TEXT
    if not is_short or not 0 < seconds <= LONGEST_DAYS * DAY:
        raise Failure(47003)
    key = _key()
    call.state.stored[key] = Stored(text=text, created_at=call.now, expires_at=call.now + seconds)
    return OK | {"short_key": key}


def fetch(call: Call) -> Answer:
    """Give a kept text back."""
    stored = call.state.stored.get(call.word("short_key"))
    if stored is None:
        raise Failure(9410010)
    if call.now >= stored.expires_at:
        raise Failure(9410011)
    return OK | {
        "long_data": stored.text,
        "create_time": int(stored.created_at),
        "expire_seconds": int(stored.expires_at - call.now),
    }


def _link(call: Call, target: Mapping[str, Any], url: str, *, expires_at: float) -> Link:
    path, query = str(target.get("path", "")), str(target.get("query", ""))
    version = str(target.get("env_version", "release"))
    if version not in ENV_VERSIONS:
        raise Failure(85402)
    if version == "release" and not call.account.published:
        raise Failure(85079)
    if "?" in path or len(path) > LONGEST_PATH or not is_known(call.account, path.lstrip("/")):
        raise Failure(40165)
    if len(query) > LONGEST_PATH or not QUERY.fullmatch(query):
        raise Failure(40212)
    link = Link(
        url=url,
        path=path,
        query=query,
        env_version=version,
        created_at=call.now,
        expires_at=expires_at,
    )
    call.state.links[url] = link
    return link


def _expiry(body: Mapping[str, Any], *, now: float) -> float:
    """Read when a link ends: in one minute to 30 days, as nothing is permanent any more."""
    try:
        if body.get("expire_type", 0) == 1:
            return now + DAY * _within(float(body["expire_interval"]), 1, LONGEST_DAYS)
        seconds = float(body["expire_time"]) - now
        return now + _within(seconds, SHORTEST, LONGEST_DAYS * DAY)
    except (KeyError, TypeError, ValueError) as error:
        raise Failure(85401) from error


def _within(value: float, least: float, most: float) -> float:
    if not least <= value <= most:
        raise ValueError(value)
    return value


def _described(call: Call, url: str) -> dict[str, object]:
    link = call.state.links.get(url)
    if link is None:
        raise Failure(85403)
    return {
        "appid": call.account.appid,
        "path": link.path,
        "query": link.query,
        "create_time": int(link.created_at),
        "expire_time": int(link.expires_at or 0),
        "env_version": link.env_version,
    }


def _key() -> str:
    return "".join(secrets.choice(BASE62) for _ in range(KEY_LENGTH))


def _endpoint(path: str, run: Any, *, limits: tuple[Limit, ...] = ()) -> Endpoint:  # noqa: ANN401
    return Endpoint(
        path=path,
        run=run,
        accounts=MP,
        right=lambda account: account.is_company,
        right_errcode=40002,
        limits=limits,
    )


ENDPOINTS = (
    _endpoint("/wxa/generate_urllink", url_link, limits=LIMITS),
    _endpoint("/wxa/generatescheme", scheme, limits=LIMITS),
    _endpoint("/wxa/query_urllink", query_url_link),
    _endpoint("/wxa/queryscheme", query_scheme),
    Endpoint(path="/wxa/genwxashortlink", run=short_link, accounts=MP),
    Endpoint(path="/cgi-bin/shorten/gen", run=store, accounts=BOTH),
    Endpoint(path="/cgi-bin/shorten/fetch", run=fetch, accounts=BOTH),
)

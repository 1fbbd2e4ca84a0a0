"""Checking texts at once and media later."""

from contextlib import suppress
from typing import Any

import httpx2

from wechat_simulator import pushes
from wechat_simulator.accounts import Account
from wechat_simulator.calls import MP, OK, Answer, Call, Endpoint, Limit
from wechat_simulator.errors import Failure, new_rid
from wechat_simulator.people import Person
from wechat_simulator.platform import Platform

LONGEST_TEXT = 2500
LARGEST_MEDIUM = 10 * 1024 * 1024
VISIT_SECONDS = 2 * 3600
SCENES = (1, 2, 3, 4)
MEDIA_TYPES = (1, 2)
NOT_DOWNLOADED = -1008
DOWNLOAD_SECONDS = 10
PASS, REVIEW, RISKY = "pass", "review", "risky"
FINE = 100
RISKY_TEXTS = {
    "特3456书yuuo莞6543李zxcz蒜7782法fgnv级": 20002,
    "完2347全dfji试3726测asad感3847知qwez到": 20001,
    "违规测试": 21000,
}
"""The platform's own two examples, and a word of the simulator's."""
REVIEW_WORD = "复核测试"
REQUIRED = ("content", "version", "scene", "openid")
REQUIRED_OF_MEDIA = ("media_url", "media_type", "version", "scene", "openid")


def check_text(call: Call) -> Answer:
    """Judge a text; a risky one is a success too."""
    _check_arguments(call, REQUIRED)
    parts = [call.word(name) for name in ("content", "title", "nickname", "signature")]
    if len(parts[0]) > LONGEST_TEXT:
        raise Failure(45002)
    suggest, label, keyword = _judged("\n".join(parts))
    detail = {
        "strategy": "content_model",
        "errcode": 0,
        "suggest": suggest,
        "label": label,
        "prob": 90,
    }
    return OK | {
        "result": {"suggest": suggest, "label": label},
        "detail": [detail | ({"keyword": keyword} if keyword else {})],
        "trace_id": new_rid(call.platform.clock.machine()),
    }


def check_medium(call: Call) -> Answer:
    """Begin to judge a picture or a sound; an event tells the outcome."""
    person = _check_arguments(call, REQUIRED_OF_MEDIA)
    if call.body["media_type"] not in MEDIA_TYPES:
        raise Failure(40004)
    trace = new_rid(call.platform.clock.machine())
    work = _judge_later(
        call.platform, call.account, person, url=call.word("media_url"), trace=trace
    )
    call.platform.errand(work)
    return OK | {"trace_id": trace}


def _check_arguments(call: Call, names: tuple[str, ...]) -> Person:
    if any(call.body.get(name) in {None, ""} for name in names) or call.body["version"] != 2:  # noqa: PLR2004
        raise Failure(47001)
    if call.body["scene"] not in SCENES:
        raise Failure(40129)
    person = call.platform.person(call.word("openid"))
    if person is not None and person.openid_oa == call.word("openid"):
        raise Failure(43104)
    person = call.person(call.word("openid"))
    if person.visited_at is None or call.now - person.visited_at > VISIT_SECONDS:
        raise Failure(61010)
    return person


def _judged(text: str) -> tuple[str, int, str]:
    for risky, label in RISKY_TEXTS.items():
        if risky in text:
            return RISKY, label, risky
    return (REVIEW, 21000, REVIEW_WORD) if REVIEW_WORD in text else (PASS, FINE, "")


async def _judge_later(
    platform: Platform, account: Account, person: Person, *, url: str, trace: str
) -> None:
    """Fetch the medium as Tencent does; its address may ask for an outcome by its words."""
    errcode = 0 if await _is_fetched(url) else NOT_DOWNLOADED
    suggest = next((word for word in (RISKY, REVIEW) if word in url), PASS)
    label = FINE if suggest == PASS else 20002
    result: dict[str, Any] = {"suggest": suggest, "label": label}
    fields: dict[str, Any] = {
        "appid": account.appid,
        "trace_id": trace,
        "version": 2,
        "errcode": errcode,
        "errmsg": "ok" if errcode == 0 else "download failed",
    }
    if errcode == 0:
        detail = {"strategy": "content_model", "errcode": 0, **result, "prob": 90}
        fields |= {"result": result, "detail": [detail]}
    head = pushes.head(account, person.openid_mp, "event", at=platform.clock.now())
    platform.announce(account, head | pushes.event("wxa_media_check") | fields)


async def _is_fetched(url: str) -> bool:
    with suppress(httpx2.HTTPError, httpx2.InvalidURL):
        async with (
            httpx2.AsyncClient(trust_env=False, timeout=DOWNLOAD_SECONDS) as http,
            http.stream("GET", url) as answer,
        ):
            return answer.is_success and await _is_small(answer)
    return False


async def _is_small(answer: httpx2.Response) -> bool:
    size = 0
    async for chunk in answer.aiter_bytes():
        size += len(chunk)
        if size > LARGEST_MEDIUM:
            return False
    return True


ENDPOINTS = (
    Endpoint(
        path="/wxa/msg_sec_check",
        run=check_text,
        accounts=MP,
        limits=(
            Limit(period="minute", calls=4000, errcode=44991),
            Limit(period="day", calls=2_000_000),
        ),
    ),
    Endpoint(
        path="/wxa/media_check_async",
        run=check_medium,
        accounts=MP,
        limits=(
            Limit(period="minute", calls=2000, errcode=44991),
            Limit(period="day", calls=200_000),
        ),
    ),
)

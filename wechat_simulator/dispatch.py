"""From an HTTP request to an endpoint and back: faults, preconditions, answer, record."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter
from typing import Any

from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from wechat_simulator import faulty, quotas, tokens
from wechat_simulator.calls import Answer, Bytes, Call, Endpoint, OpenCall, OpenEndpoint, Upload
from wechat_simulator.errors import Failure, new_rid, refusal
from wechat_simulator.oauth import AUTHORIZE, PERSON
from wechat_simulator.platform import Platform
from wechat_simulator.records import CallRecord
from wechat_simulator.settings import Kind

SECRETS = frozenset({"secret", "appsecret", "access_token", "key", "refresh_token"})
HIDDEN = "***"


@dataclass(kw_only=True)
class Heard:
    """A request as far as it was read."""

    path: str
    method: str
    query: Mapping[str, str]
    raw: bytes
    upload: Upload | None
    client: str
    rid: str
    account: Kind | None = None


class PlatformJson(JSONResponse):
    """JSON as the platform writes it: characters as they are, not escaped."""

    def __init__(self, content: dict[str, Any], *, content_type: str) -> None:
        super().__init__(content, headers={"content-type": content_type})


async def answer(
    platform: Platform, endpoint: Endpoint | OpenEndpoint, request: Request
) -> Response:
    """Answer a call, or let the scripted fault happen to it."""
    started = perf_counter()
    heard = await _hear(platform, request)
    fault = platform.faults.of_call(heard.path)
    takes_effect = fault is None or faulty.runs(fault)
    result = _run(platform, endpoint, heard) if takes_effect else {}
    response = _response(result, endpoint.content_type)
    if fault is not None:
        response = faulty.spoil(fault, response, rid=heard.rid)
    platform.state.record(
        CallRecord(
            number=platform.state.next_number(),
            at=platform.clock.machine(),
            rid=heard.rid,
            method=heard.method,
            path=heard.path,
            query=_without_secrets(heard.query),
            body=_without_secrets(_json(heard.raw)),
            account=heard.account,
            status=response.status_code,
            errcode=faulty.errcode(fault, result),
            fault=faulty.name(fault),
            seconds=perf_counter() - started,
            client=heard.client,
        )
    )
    if request.method != "GET":
        platform.save()
    return response


def _run(platform: Platform, endpoint: Endpoint | OpenEndpoint, heard: Heard) -> Answer:
    try:
        if isinstance(endpoint, OpenEndpoint):
            return _run_open(platform, endpoint, heard)
        return endpoint.run(_allowed(platform, endpoint, heard))
    except Failure as failure:
        return refusal(failure, heard.rid)


def _run_open(platform: Platform, endpoint: OpenEndpoint, heard: Heard) -> Answer:
    if endpoint.method == "POST" and heard.method != "POST":
        raise Failure(43002)
    call = OpenCall(
        platform=platform,
        query=heard.query,
        body=_body(heard) if heard.method == "POST" else {},
        method=heard.method,
        client=heard.client,
        rid=heard.rid,
    )
    return endpoint.run(call)


def _allowed(platform: Platform, endpoint: Endpoint, heard: Heard) -> Call:
    """Check what every call with a token needs, in the platform's order."""
    clock = platform.clock
    kind = tokens.account_of(
        platform.state, heard.query.get("access_token", ""), now=clock.credentials()
    )
    heard.account = kind
    account = platform.account(kind)
    if account is None or kind not in endpoint.accounts:
        raise Failure(48001)
    if endpoint.right is not None and not endpoint.right(account):
        raise Failure(endpoint.right_errcode)
    if endpoint.method == "POST" and heard.method != "POST":
        raise Failure(43002)
    needs_json = endpoint.body == "json" and heard.method == "POST"
    body = _body(heard) if needs_json else {}
    quotas.count(
        platform.state,
        account,
        endpoint.path,
        limits=endpoint.limits,
        now=clock.credentials(),
    )
    return Call(
        platform=platform,
        account=account,
        query=heard.query,
        body=body,
        text=heard.raw.decode(errors="replace") if needs_json else "",
        upload=heard.upload,
        rid=heard.rid,
        client=heard.client,
    )


def _body(heard: Heard) -> dict[str, Any]:
    if not heard.raw:
        raise Failure(44002)
    body = _json(heard.raw)
    if not isinstance(body, dict):
        raise Failure(47001)
    return body


def _json(raw: bytes) -> Any:  # noqa: ANN401 - JSON is anything
    try:
        return json.loads(raw)
    except ValueError:
        return None


async def _hear(platform: Platform, request: Request) -> Heard:
    upload = None
    is_form = request.headers.get("content-type", "").startswith("multipart/form-data")
    if is_form:
        async with request.form() as form:
            medium = form.get("media")
            if isinstance(medium, UploadFile):
                upload = Upload(
                    name=medium.filename or "",
                    content_type=medium.content_type or "application/octet-stream",
                    body=await medium.read(),
                )
    return Heard(
        path=request.url.path,
        method=request.method,
        query=_query(request),
        raw=b"" if is_form else await request.body(),
        upload=upload,
        client=request.client.host if request.client else "",
        rid=new_rid(platform.clock.machine()),
    )


def _query(request: Request) -> dict[str, str]:
    """Read the query; on the consent page the browser's cookie says whose phone it is on."""
    query = dict(request.query_params)
    named = request.cookies.get(PERSON)
    if named and request.url.path == AUTHORIZE:
        query.setdefault(PERSON, named)
    return query


def _response(result: Answer, content_type: str) -> Response:
    if isinstance(result, Bytes):
        return Response(
            result.body,
            status_code=result.status,
            headers={"content-type": result.content_type, **result.headers},
        )
    return PlatformJson(result, content_type=content_type)


def _without_secrets(value: Any) -> Any:  # noqa: ANN401 - JSON is anything
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if name in SECRETS else _without_secrets(inner)
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value

"""Refusals as answers: a status for each kind, problem details (RFC 9457), or a page."""

from collections.abc import Mapping
from typing import Any

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse, Response
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as SQLAlchemyTimeout
from starlette.exceptions import HTTPException

from api import methods
from api.dependencies import parts
from miniprogram_contract.problems import InvalidField, Problem
from models.vocabulary import Language
from services import errors, texts
from services.errors import Refusal
from services.runtime.limiting import TooManyRequests

STATUS: Mapping[type[Refusal], int] = {
    errors.Malformed: 422,
    errors.Unauthorised: 401,
    errors.Forbidden: 403,
    errors.NotFound: 404,
    errors.Conflict: 409,
    errors.Gone: 410,
    errors.TooLarge: 413,
    errors.TooMany: 429,
    errors.Unavailable: 503,
}

UNAVAILABLE = STATUS[errors.Unavailable]

MEDIA_TYPE = "application/problem+json"

LOWEST_REFUSAL = 400

RETRY_AFTER_SECONDS = "5"

READING = frozenset({"GET", "HEAD", "OPTIONS"})
"""The methods that change nothing; they are not limited."""

_HTTP_CODES = {404: "not_found", 405: "method_not_allowed", 413: "body_too_large"}

_MACHINES = (
    "/v1/",
    "/healthz",
    "/readyz",
    "/metrics",
    "/qr/",
    "/posters/",
    "/static/",
    "/openapi.json",
)
"""Paths asked by programs: they get problem details, people get a page."""

log = structlog.get_logger(__name__)


def status_of(refusal: Refusal | type[Refusal]) -> int:
    """Give the status of a refusal's kind."""
    kind = refusal if isinstance(refusal, type) else type(refusal)
    return next(status for base, status in STATUS.items() if issubclass(kind, base))


def refusals(*kinds: type[Refusal]) -> dict[int | str, dict[str, Any]]:
    """Describe for OpenAPI which refusals an endpoint may answer with."""
    described: dict[int | str, dict[str, Any]] = {}
    for kind in kinds:
        entry = described.setdefault(
            status_of(kind),
            {"description": "", "model": Problem},
        )
        sentence = f"`{kind.code}`: {(kind.__doc__ or '').splitlines()[0]}"
        entry["description"] = "\n\n".join(filter(None, [entry["description"], sentence]))
    return described


NOT_UNDERSTOOD: dict[int | str, dict[str, Any]] = {
    422: {"description": "`malformed`: Part of the request was not understood.", "model": Problem}
}
"""For routers: the framework's own description of 422 is not what we answer."""


_PROBLEM = {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}

_TOO_LARGE = {
    "description": "`body_too_large`: It is more than is taken at once.",
    "content": _PROBLEM,
}
"""For whatever has a body: the middleware refuses it before an endpoint is asked."""


_TOO_MANY = refusals(TooManyRequests)[STATUS[errors.TooMany]]["description"]
"""For whatever is no reading: it is limited for each login and each address."""


def describe(document: dict[str, Any]) -> dict[str, Any]:
    """Put every refusal of an OpenAPI document under the media type it travels with.

    What is refused in front of the endpoints is put in as well.
    """
    operations = [
        (method, operation)
        for methods in document["paths"].values()
        for method, operation in methods.items()
    ]
    for method, operation in operations:
        if method.upper() not in READING:
            _describe_limit(operation)
        if "requestBody" in operation:
            operation["responses"].setdefault("413", _TOO_LARGE)
        for status, response in operation["responses"].items():
            if int(status) >= LOWEST_REFUSAL and "application/json" in response.get("content", {}):
                response["content"] = {MEDIA_TYPE: response["content"]["application/json"]}
    return document


def language_of(request: Request) -> Language:
    """Give the language a refusal is said in: Chinese unless English was asked for."""
    return Language.EN if request.query_params.get("lang") == "en" else Language.ZH


def install(app: FastAPI) -> None:
    """Let the application answer every refusal and every fault in our words."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _not_understood)
    app.add_exception_handler(HTTPException, _http_error)
    for unreachable in (OperationalError, InterfaceError, SQLAlchemyTimeout):
        app.add_exception_handler(unreachable, _database_unavailable)
    app.add_exception_handler(Exception, _fault)


def _describe_limit(operation: dict[str, Any]) -> None:
    known = operation["responses"].setdefault("429", {"description": "", "content": _PROBLEM})
    # The framework keeps its document and gives the same one again.
    if _TOO_MANY not in known["description"]:
        known["description"] = "\n\n".join(filter(None, [known["description"], _TOO_MANY]))


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, Refusal)  # noqa: S101 - what the handler is installed for
    return refused(request, error)


async def _not_understood(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - see above
    language = language_of(request)
    fields = [_invalid_field(item, language) for item in error.errors()]
    detail = texts.say("refusals.malformed", language)
    return answer(request, status=422, code="malformed", detail=detail, errors=fields)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - see above
    code = _HTTP_CODES.get(error.status_code, "malformed")
    detail = texts.say(f"refusals.{code}", language_of(request))
    # The framework says 400 of a body that is no JSON at all; for us it is as malformed as others.
    status = error.status_code if code != "malformed" else STATUS[errors.Malformed]
    response = answer(request, status=status, code=code, detail=detail)
    response.headers.update(error.headers or {})
    if code == "method_not_allowed":
        response.headers["Allow"] = methods.allowed(request)
    return response


async def _database_unavailable(request: Request, error: Exception) -> Response:
    log.error("database_unavailable", error=type(error).__name__)
    detail = texts.say("refusals.database_unavailable", language_of(request))
    return answer(request, status=UNAVAILABLE, code="database_unavailable", detail=detail)


async def _fault(request: Request, error: Exception) -> Response:
    log.error("fault", error=type(error).__name__, exc_info=error)
    detail = texts.say("refusals.internal_error", language_of(request))
    return answer(request, status=500, code="internal_error", detail=detail)


def refused(request: Request, refusal: Refusal) -> Response:
    """Answer with a refusal."""
    detail = refusal.sentence(language_of(request))
    response = answer(request, status=status_of(refusal), code=refusal.code, detail=detail)
    return saying_when(response, refusal)


def saying_when(response: Response, error: Exception) -> Response:
    """Say to whoever came too often when to come again."""
    if isinstance(error, errors.TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def not_an_address(request: Request) -> Response:
    """Refuse an address that names nothing anywhere."""
    detail = texts.say("refusals.not_found", language_of(request))
    return answer(request, status=404, code="not_found", detail=detail)


def not_a_query(request: Request) -> Response:
    """Refuse a query that nothing of ours can hold."""
    detail = texts.say("refusals.malformed", language_of(request))
    return answer(request, status=STATUS[errors.Malformed], code="malformed", detail=detail)


def body_too_large(request: Request) -> Response:
    """Refuse a body before it has been read; the connection is of no more use."""
    detail = texts.say("refusals.body_too_large", language_of(request))
    response = answer(request, status=413, code="body_too_large", detail=detail)
    response.headers["Connection"] = "close"
    return response


def answer(
    request: Request,
    *,
    status: int,
    code: str,
    detail: str,
    errors: list[InvalidField] | None = None,
) -> Response:
    """Give a refusal to whoever asked: problem details to programs, a page to people."""
    language = language_of(request)
    title = texts.say(f"statuses.{status}", language)
    headers = {"Cache-Control": "no-store"}
    if status == UNAVAILABLE:
        headers["Retry-After"] = RETRY_AFTER_SECONDS
    if not request.url.path.startswith(_MACHINES) and request.url.path != "/v1":
        return parts(request).renderer.error(
            request,
            status=status,
            title=title,
            detail=detail,
            code=code,
            publisher=request.app.state.edge.publisher,
            headers=headers,
        )
    problem = Problem(
        type=f"urn:asi:problem:{code}",
        title=title,
        status=status,
        detail=detail,
        code=code,
        request_id=getattr(request.state, "request_id", ""),
        errors=errors or [],
    )
    return JSONResponse(
        problem.model_dump(), status_code=status, media_type=MEDIA_TYPE, headers=headers
    )


def _invalid_field(item: Mapping[str, Any], language: Language) -> InvalidField:
    kind = item["type"]
    key = f"validation.{kind}" if texts.known(f"validation.{kind}") else "validation.other"
    values = {name: str(value) for name, value in (item.get("ctx") or {}).items()}
    # pydantic joins what it expects with an English "or".
    values |= {"expected": values.get("expected", "").replace(" or ", ", ")}
    return InvalidField(
        field=".".join(str(part) for part in item["loc"]),
        code=kind,
        message=texts.say(key, language, **values),
    )

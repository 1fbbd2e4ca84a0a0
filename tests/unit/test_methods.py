"""POST that means PATCH, for programs that cannot say it."""

import pytest
from starlette.types import Message, Receive, Scope, Send

from api.methods import MethodOverride


@pytest.mark.parametrize(
    ("method", "path", "named", "arrives"),
    [
        ("POST", "/v1/me/registrations/1", b"PATCH", "PATCH"),
        ("POST", "/v1/me/registrations/1", b"patch", "PATCH"),
        ("POST", "/v1/me/registrations/1", b"DELETE", "POST"),
        ("GET", "/v1/me/registrations/1", b"PATCH", "GET"),
        ("POST", "/webinars/china", b"PATCH", "POST"),
        ("POST", "/v1/me/registrations/1", b"", "POST"),
    ],
)
async def test_only_a_post_below_v1_becomes_a_patch(
    method: str, path: str, named: bytes, arrives: str
) -> None:
    seen: list[str] = []

    async def inner(scope: Scope, _receive: Receive, _send: Send) -> None:
        seen.append(scope["method"])

    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "headers": [(b"x-http-method-override", named)],
    }
    await MethodOverride(inner)(scope, _nothing, _nowhere)

    assert seen == [arrives]


async def _nothing() -> Message:
    return {"type": "http.disconnect"}


async def _nowhere(_message: Message) -> None:
    """Take an answer and do nothing with it."""

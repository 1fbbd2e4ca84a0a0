"""JSON with an ETag: who has the same answer already gets 304 and no body."""

import hashlib
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute

from api import negotiation


class ConditionalRoute(APIRoute):
    """A GET route whose answers are compared by content.

    The tag is weak, since the same answer also travels compressed.
    """

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap the framework's handler."""
        original = super().get_route_handler()

        async def handler(request: Request) -> Response:
            response = await original(request)
            etag = f'W/"{hashlib.sha256(response.body).hexdigest()[:32]}"'
            response.headers["ETag"] = etag
            response.headers["Cache-Control"] = "no-cache"
            asked = request.headers.get("if-none-match", "")
            if asked and negotiation.matches(asked.encode(), etag.encode()):
                kept = {"ETag": etag, "Cache-Control": "no-cache"}
                return Response(status_code=304, headers=kept)
            return response

        return handler

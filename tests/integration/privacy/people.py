"""Somebody who is logged in, and what they do about registrations, feedback and themselves."""

from dataclasses import dataclass, field
from typing import Any
from uuid import UUID, uuid4

import httpx2

FORM = {"name": "王芳", "organisation": "某某铝业有限公司", "phone": "13800138000"}
COMMENT = {"standard": "PS", "version": "V4", "section": "10", "comment": "建议延长过渡期。"}


@dataclass(frozen=True)
class Person:
    """One visitor."""

    client: httpx2.AsyncClient = field(repr=False)
    token: str
    openid: str
    visitor_id: UUID

    async def ask(
        self, method: str, path: str, sent: dict[str, Any] | None = None, *, key: str | None = None
    ) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        if method == "POST":
            headers["Idempotency-Key"] = key or uuid4().hex
        return await self.client.request(method, f"/v1{path}", json=sent, headers=headers)

    async def register(self, **changes: Any) -> dict[str, Any]:
        return self._made(await self.ask("POST", "/webinars/china/registrations", FORM | changes))

    async def comment(self, **changes: Any) -> dict[str, Any]:
        return self._made(await self.ask("POST", "/feedback", COMMENT | changes))

    async def export(self) -> dict[str, Any]:
        answer = await self.ask("GET", "/me/export")
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def leave(self) -> int:
        return (await self.ask("DELETE", "/me")).status_code

    @staticmethod
    def _made(answer: httpx2.Response) -> dict[str, Any]:
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

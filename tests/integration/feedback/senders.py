"""Somebody who is logged in, and what they can do about feedback."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx2

NEEDED = {"standard": "PS", "version": "V4", "section": "10", "comment": "建议延长过渡期。"}


@dataclass(frozen=True)
class Person:
    """One visitor."""

    client: httpx2.AsyncClient
    token: str
    openid: str
    visitor_id: str

    async def send(self, key: str | None = None, **sent: Any) -> httpx2.Response:
        return await self.client.post(
            "/v1/feedback",
            json=NEEDED | sent,
            headers=self._headers | {"Idempotency-Key": key or uuid4().hex},
        )

    async def sent(self) -> list[dict[str, Any]]:
        answer = await self.client.get("/v1/me/feedback", headers=self._headers)
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def show(self, receipt: str) -> httpx2.Response:
        return await self.client.get(f"/v1/me/feedback/{receipt}", headers=self._headers)

    async def change(self, receipt: str, /, **sent: Any) -> httpx2.Response:
        return await self.client.patch(
            f"/v1/me/feedback/{receipt}", json=sent, headers=self._headers
        )

    async def withdraw(self, receipt: str) -> httpx2.Response:
        return await self.client.delete(f"/v1/me/feedback/{receipt}", headers=self._headers)

    async def upload(self, content: bytes, *, name: str = "photo") -> httpx2.Response:
        return await self.client.post(
            "/v1/feedback-attachments", files={"file": (name, content)}, headers=self._headers
        )

    async def save(self, draft: str, revision: int, **content: Any) -> httpx2.Response:
        return await self.client.put(
            f"/v1/me/feedback-drafts/{draft}",
            json={"revision": revision, "content": content},
            headers=self._headers,
        )

    async def drafts(self) -> list[dict[str, Any]]:
        answer = await self.get("/v1/me/feedback-drafts")
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def get(self, path: str) -> httpx2.Response:
        return await self.client.get(path, headers=self._headers)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}


def told(answer: httpx2.Response) -> tuple[int, str]:
    """Give what a refusal is decided by."""
    return answer.status_code, answer.json()["code"]

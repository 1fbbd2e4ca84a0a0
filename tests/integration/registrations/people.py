"""Somebody with a phone who is logged in, and what they can do about registrations."""

from dataclasses import dataclass
from itertools import count
from typing import Any
from uuid import uuid4

import httpx2

_numbers = count(13800138000)


def body(**changes: Any) -> dict[str, Any]:
    """Give what a form sends, with another phone each time."""
    made = {"name": "王芳", "organisation": "某某铝业有限公司"} | changes
    if not made.keys() & {"phone", "phone_code", "email"}:
        made["phone"] = str(next(_numbers))
    return made


@dataclass(frozen=True)
class Person:
    """One visitor."""

    client: httpx2.AsyncClient
    token: str
    openid: str

    async def register(
        self, sent: object = None, *, slug: str = "china", key: str | None = None, lang: str = "zh"
    ) -> httpx2.Response:
        return await self.client.post(
            f"/v1/webinars/{slug}/registrations",
            params={"lang": lang},
            json=body() if sent is None else sent,
            headers=self._headers | {"Idempotency-Key": key or uuid4().hex},
        )

    async def registrations(self) -> list[dict[str, Any]]:
        answer = await self.client.get("/v1/me/registrations", headers=self._headers)
        found: list[dict[str, Any]] = answer.json()["items"]
        return found

    async def ask(self, path: str, **sent: Any) -> httpx2.Response:
        """Ask for something of one's own, or of one registration: `registrations/{id}/…`."""
        return await self.client.get(f"/v1/me/{path}", params=sent, headers=self._headers)

    async def ask_for_recovery(self, email: str, slug: str = "china") -> httpx2.Response:
        return await self.client.post(
            f"/v1/webinars/{slug}/recovery", json={"email": email}, headers=self._headers
        )

    async def recover(self, slug: str = "china", **sent: Any) -> httpx2.Response:
        return await self.client.put(
            f"/v1/webinars/{slug}/recovery", json=sent, headers=self._headers
        )

    async def show(self, registration_id: str) -> httpx2.Response:
        return await self.client.get(self._at(registration_id), headers=self._headers)

    async def change(self, registration_id: str, **sent: Any) -> httpx2.Response:
        return await self.client.patch(self._at(registration_id), json=sent, headers=self._headers)

    async def cancel(self, registration_id: str) -> httpx2.Response:
        return await self.client.delete(self._at(registration_id), headers=self._headers)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    @staticmethod
    def _at(registration_id: str) -> str:
        return f"/v1/me/registrations/{registration_id}"

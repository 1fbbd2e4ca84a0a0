"""Somebody with a browser and no script: opens a form, fills it in, sends it."""

import re
from dataclasses import dataclass
from html import unescape
from itertools import count

import httpx2

_numbers = count(13900139000)
_HIDDEN = re.compile(r'name="(form_\w+)" value="([^"]*)"')
FORM = "application/x-www-form-urlencoded"


def typed(**changes: str) -> dict[str, str]:
    """Give what somebody types to register, with another phone each time."""
    return {
        "name": "王芳",
        "organisation": "某某铝业有限公司",
        "contact": str(next(_numbers)),
    } | changes


def comment(**changes: str) -> dict[str, str]:
    """Give what somebody types to comment."""
    return {"section": "PS/V4/10", "comment": "建议明确过渡期。"} | changes


@dataclass
class Reader:
    """One browser, which keeps its cookies."""

    http: httpx2.AsyncClient

    async def open(self, path: str) -> httpx2.Response:
        return await self.http.get(path)

    async def form(self, path: str) -> dict[str, str]:
        """Open a form and give its hidden fields."""
        return hidden(await self.open(path))

    async def send(self, path: str, fields: dict[str, str], **headers: str) -> httpx2.Response:
        """Send a form as it stands."""
        return await self.http.post(path, data=fields, headers=headers)

    async def fill_in(self, path: str, **fields: str) -> httpx2.Response:
        """Open a form, fill it in and send it; give the page it leads to, or the form again."""
        answer = await self.send(path, await self.form(path) | fields)
        return await self.follow(answer)

    async def follow(self, answer: httpx2.Response) -> httpx2.Response:
        """Go where an answer leads."""
        return (
            await self.open(answer.headers["location"]) if answer.has_redirect_location else answer
        )


def hidden(page: httpx2.Response) -> dict[str, str]:
    """Give a form's hidden fields."""
    return {name: unescape(value) for name, value in _HIDDEN.findall(page.text)}

"""Every route says who may ask, and each kind of asker is answered as it says.

The desk's routes have a matrix of their own: staff/test_desk_matrix.py.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import uuid4

import httpx2
import pytest
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute, iter_route_contexts

from api.app import Application
from tests.integration.feedback.conftest import Crowd, crowd
from tests.integration.feedback.senders import Person
from tests.integration.registrations.people import body

__all__ = ["crowd"]

pytestmark = pytest.mark.any_database

DESK = "/staff"
VISITORS = frozenset({"visitor", "uploader", "leaving"})
"""Dependencies that ask for a visitor's token."""

READERS = frozenset({"known_reader", "sender"})
"""Dependencies of pages that ask for a visitor's cookie, or for what was opened in this browser."""

CODES = frozenset({"with_code"})
"""Dependencies that ask for the code of a receipt."""

OPEN = frozenset(
    """
    GET /  GET /about  GET /checked-pictures/{check_id}  GET /contact-pictures/{sha256}.png
    GET /contacts/{slug}  GET /contacts/{slug}.vcf  GET /contacts/{slug}/mecard.{kind}  GET /docs
    GET /documents/{slug}  GET /favicon.ico  GET /feedback  GET /feedback/confirm
    POST /feedback/confirm  GET /feedback/form  GET /feedback/form.xlsx
    GET /feedback/new  POST /feedback/new  GET /feedback/open
    POST /feedback/open  GET /files/{sha256}/{name}  GET /healthz  GET /log-in/wechat  GET /metrics
    GET /mine  GET /open/{slug}  GET /posters/{slug}.{kind}  GET /privacy  GET /qr/{slug}.{kind}
    GET /qr/{slug}/{kind}.png  GET /r/{name}.txt  GET /r/{slug}  GET /readyz  GET /robots.txt
    GET /synopsis  GET /synopsis/{slug}  GET /synopsis/{slug}/{standard}/{version}/{section}
    GET /v1/consultations  GET /v1/consultations/{slug}  GET /v1/contact-cards
    GET /v1/contact-cards/{slug}  GET /v1/documents  GET /v1/documents/{slug}
    POST /v1/feedback  POST /v1/feedback/{receipt}/verification  GET /v1/js-sdk-signature
    GET /v1/links/{slug}  POST /v1/login  POST /v1/login/hosted  GET /v1/privacy-notice
    GET /v1/scanned-links  GET /v1/scenes  GET /v1/webinars  GET /v1/webinars/{slug}
    GET /webinars/{slug}
    GET /webinars/{slug}.ics  GET /webinars/{slug}/register  POST /webinars/{slug}/register
    GET /yuedu-yuanwen  GET /{name}.txt
    """.replace("\n", "  ")
    .strip()
    .split("  ")
) - {""}
"""What anybody may ask for. A comment needs no name, and pages log in by themselves."""

BODIES = {
    "PATCH /v1/me/registrations/{registration_id}": {"name": "李明"},
    "PATCH /v1/me/feedback/{receipt}": {"comment": "建议再延长过渡期。"},
    "PATCH /v1/feedback/{receipt}": {"comment": "建议再延长过渡期。"},
    "PUT /v1/me/feedback-drafts/{draft_id}": {"revision": 1, "content": {"comment": "建议"}},
}
"""What is sent where a body is read before its object is looked for."""

NOT_THERE_YET = {"GET /v1/me/registrations/{registration_id}/join-link"}
"""What an owner has to wait for, and is told so by 404."""

TELLS_NOTHING = "DELETE /v1/me/feedback-drafts/{draft_id}"
"""Says of every draft that it is gone, and deletes the asker's own."""


@dataclass(frozen=True)
class Address:
    """A route and who must be asking, by the names of its dependencies."""

    method: str
    path: str
    asks: frozenset[str]

    @property
    def name(self) -> str:
        return f"{self.method} {self.path}"

    @property
    def is_owned(self) -> bool:
        return any(part in self.path for part in ("_id}", "{receipt}"))


def addresses(application: Application) -> list[Address]:
    """Give every route but the desk's, as the application serves it."""
    return [
        Address(method, path, frozenset(_names(route.dependant)))
        for route in iter_route_contexts(application.api.routes)
        if isinstance(route.original_route, APIRoute)
        and not (path := route.path or "").startswith((DESK, "/static"))
        for method in sorted(route.methods or ())
    ]


async def test_every_route_says_who_may_ask(application: Application) -> None:
    found = addresses(application)
    closed = VISITORS | READERS | CODES

    open_to_all = {address.name for address in found if not address.asks & closed}

    assert len(found) > len(OPEN) > 0
    assert open_to_all | {"POST /v1/feedback"} == set(OPEN)


async def test_a_visitor_gets_what_is_theirs_and_nothing_else(
    application: Application, client: httpx2.AsyncClient, crowd: Crowd
) -> None:
    owner, other, gone = await crowd(3)
    ids = await _things(owner, client)
    await client.delete("/v1/login", headers=_token(gone.token))
    asked = [one for one in addresses(application) if one.asks & VISITORS and one.name not in OPEN]
    for address in asked:
        path = address.path.format_map(ids)
        for token in ("", uuid4().hex, gone.token):
            assert await _status(client, address, path, _token(token)) == 401, address.name
        if address.is_owned or address.method != "DELETE":
            theirs = await _status(client, address, path, _token(other.token))
            hidden = address.is_owned and address.name != TELLS_NOTHING
            assert (theirs == 404) == hidden, (address.name, theirs)
        if address.method != "DELETE" and address.name not in NOT_THERE_YET:
            own = await _status(client, address, path, _token(owner.token))
            assert own in {200, 201, 204, 409, 422, 503}, (address.name, own)
    assert [draft["id"] for draft in await owner.drafts()] == [ids["draft_id"]]
    assert len(asked) > 20


async def test_without_code_or_cookie_nothing_is_shown(
    application: Application, client: httpx2.AsyncClient, crowd: Crowd
) -> None:
    (owner,) = await crowd(1)
    ids = await _things(owner, client)
    for address in addresses(application):
        path = address.path.format_map(ids)
        if address.asks & CODES:
            assert await _status(client, address, path, {}) == 422, address.name
            wrong = await _status(client, address, path, {"X-Receipt-Code": "0" * 26})
            assert wrong in {404, 429}, (address.name, wrong)
        elif address.asks & READERS:
            nobody = await _status(client, address, path, {})
            assert nobody in {303, 401, 403, 404}, (address.name, nobody)


async def _things(owner: Person, client: httpx2.AsyncClient) -> dict[str, str]:
    """Let somebody have one of everything; give the parts of its addresses."""
    headers = _token(owner.token)
    key = {"Idempotency-Key": uuid4().hex}
    held = await client.post("/v1/webinars/china/registrations", json=body(), headers=headers | key)
    file = (await owner.upload(b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n")).json()
    sent = await owner.send(attachments=[file["token"]])
    draft = str(uuid4())
    await owner.save(draft, 0, comment="建议")
    assert (held.status_code, sent.status_code) == (201, 201)
    shown = (await owner.show(sent.json()["receipt"])).json()
    return {
        "slug": "china",
        "registration_id": held.json()["id"],
        "receipt": sent.json()["receipt"],
        "draft_id": draft,
        "attachment_id": shown["attachments"][0]["id"],
        "kind": "png",
        "name": "x",
        "check_id": str(uuid4()),
        "sha256": "0" * 64,
        "standard": "PS",
        "version": "V4",
        "section": "10",
    }


async def _status(
    client: httpx2.AsyncClient, address: Address, path: str, headers: dict[str, str]
) -> int:
    client.cookies.clear()
    key = {"Idempotency-Key": uuid4().hex} if address.method == "POST" else {}
    answer = await client.request(
        address.method, path, headers=headers | key, json=BODIES.get(address.name)
    )
    return answer.status_code


def _token(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}


def _names(dependant: Dependant) -> Iterator[str]:
    for inner in dependant.dependencies:
        yield getattr(inner.call, "__name__", type(inner.call).__name__)
        yield from _names(inner)

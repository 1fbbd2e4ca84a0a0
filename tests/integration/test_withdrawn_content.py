"""Content that staff withdrew: gone at once, said so, and the rest goes on."""

import httpx2
import pytest
from sqlalchemy import select

from api.app import Application
from models import ContactCard, Page, Webinar
from services import revisions


async def _retire(application: Application, table: type[Page | ContactCard | Webinar]) -> None:
    async with application.parts.database.transaction() as db:
        for row in await db.scalars(select(table)):
            row.retired = True
        await revisions.bump(db)
    await application.edge.synchronise()


@pytest.mark.parametrize("path", ["/contacts/asi-china", "/contacts/asi-china.vcf"])
async def test_a_withdrawn_card_says_so(
    application: Application, client: httpx2.AsyncClient, path: str
) -> None:
    await client.get(path)
    await _retire(application, ContactCard)

    page = await client.get(path)
    answer = await client.get("/v1/contact-cards/asi-china")

    assert page.status_code == 410
    assert (answer.status_code, answer.json()["code"]) == (410, "contact_card_withdrawn")
    assert "刘女士" not in (await client.get("/")).text


async def test_a_round_without_a_page_says_so(
    application: Application, client: httpx2.AsyncClient
) -> None:
    await _retire(application, Page)

    page = await client.get("/about")

    assert page.status_code == 404
    assert "page_not_found" in page.text


async def test_a_round_without_webinars_shows_none(
    application: Application, client: httpx2.AsyncClient
) -> None:
    await _retire(application, Webinar)

    page = await client.get("/")

    assert page.status_code == 200
    assert "网络研讨会</h2>" not in page.text


async def test_a_refusal_for_people_has_the_footer_of_every_page(
    client: httpx2.AsyncClient,
) -> None:
    page = await client.get("/documents/nope")

    assert page.status_code == 404
    assert "备案号待补充" in page.text

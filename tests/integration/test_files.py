"""Mirrored files: whole or in part, under a right name, explained where WeChat cannot show them."""

import shutil
from pathlib import Path

import httpx2
import pytest

from api.app import Application
from models import MirroredFile
from services import documents, mirror
from services.documents import DocumentUnclear
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND
from tests.support import agents, files

pytestmark = pytest.mark.any_database

HTML = {"Accept": "text/html,*/*"}


async def _mirror(application: Application, source: Path, slug: str) -> MirroredFile:
    stored = mirror.take_in(source, folder=application.parts.settings.files_dir)
    async with application.parts.database.transaction() as db:
        offer = await documents.offer(db, slug=slug)
        added = await documents.add_file(
            db, document=offer.document, stored=stored, now=INSIDE_THE_ROUND
        )
    await application.edge.synchronise()
    return added


@pytest.fixture
async def draft(application: Application, tmp_path: Path) -> str:
    """The address of a mirrored draft."""
    added = await _mirror(application, files.pdf(tmp_path / "a.pdf"), "ps-v4-mine-closure")
    return f"/files/{added.sha256}/{added.name}"


@pytest.fixture
async def form(application: Application, tmp_path: Path) -> str:
    """The address of a mirrored workbook."""
    added = await _mirror(application, files.xlsx(tmp_path / "a.xlsx"), "feedback-form")
    return f"/files/{added.sha256}/{added.name}"


async def test_a_file_comes_with_its_clean_name_and_for_ever(
    client: httpx2.AsyncClient, draft: str
) -> None:
    answer = await client.get(draft)

    assert answer.content == files.PDF
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["content-disposition"] == (
        'inline; filename="PSV4-Draft-Section-9-Mine-Closure_CN.pdf"'
    )


async def test_a_part_of_a_file_can_be_had(client: httpx2.AsyncClient, draft: str) -> None:
    etag = (await client.head(draft)).headers["etag"]

    part = await client.get(draft, headers={"Range": "bytes=0-4", "If-Range": etag})
    changed = await client.get(draft, headers={"Range": "bytes=0-4", "If-Range": '"other"'})
    beyond = await client.get(draft, headers={"Range": "bytes=9999-"})

    assert (part.status_code, part.content) == (206, b"%PDF-")
    assert changed.status_code == 200
    assert beyond.status_code == 416


async def test_who_has_the_file_gets_no_bytes(client: httpx2.AsyncClient, draft: str) -> None:
    etag = (await client.get(draft)).headers["etag"]

    answer = await client.get(draft, headers={"If-None-Match": etag})

    assert (answer.status_code, answer.content) == (304, b"")


@pytest.mark.parametrize("agent", [agents.IOS_WECHAT, agents.ANDROID_WECHAT])
async def test_wechat_gets_a_page_instead_of_a_workbook(
    client: httpx2.AsyncClient, form: str, agent: str
) -> None:
    answer = await client.get(form, headers=HTML | {"User-Agent": agent})

    assert answer.headers["content-type"].startswith("text/html")
    assert "在浏览器打开" in answer.text


@pytest.mark.parametrize("agent", [agents.IOS_WECHAT, agents.ANDROID_WECHAT])
async def test_wechat_gets_a_pdf_itself(client: httpx2.AsyncClient, draft: str, agent: str) -> None:
    answer = await client.get(draft, headers=HTML | {"User-Agent": agent})

    assert answer.content == files.PDF


@pytest.mark.parametrize(
    "headers",
    [
        {"User-Agent": agents.CHROME, "Accept": "text/html"},
        {"User-Agent": agents.MINI_PROGRAM_REQUEST, "Accept": "text/html"},
        {"User-Agent": agents.ANDROID_WECHAT, "Accept": "*/*"},
        {
            "User-Agent": agents.ANDROID_WECHAT,
            "Accept": "text/html",
            "Referer": "https://servicewechat.com/wx0123456789abcdef/1/page-frame.html",
        },
    ],
)
async def test_a_browser_and_a_mini_program_get_the_workbook(
    client: httpx2.AsyncClient, form: str, headers: dict[str, str]
) -> None:
    answer = await client.get(form, headers=headers)

    assert answer.content.startswith(b"PK")
    assert answer.headers["content-disposition"].startswith("attachment")


async def test_the_api_tells_how_to_open_a_file(client: httpx2.AsyncClient, draft: str) -> None:
    document = (await client.get("/v1/documents/ps-v4-mine-closure")).json()

    assert document["state"] == "mirrored"
    assert document["file"]["url"] == f"http://127.0.0.1:8000{draft}"
    assert document["file"]["file_type"] == "pdf"
    assert document["original_name"].endswith("_CN.pd")


async def test_a_newer_file_comes_first_and_the_older_one_stays(
    application: Application, client: httpx2.AsyncClient, draft: str, tmp_path: Path
) -> None:
    stored = mirror.take_in(
        files.pdf(tmp_path / "b.pdf", padding=9), folder=application.parts.settings.files_dir
    )
    async with application.parts.database.transaction() as db:
        offer = await documents.offer(db, slug="ps-v4-mine-closure")
        later = INSIDE_THE_ROUND.replace(hour=9)
        await documents.add_file(db, document=offer.document, stored=stored, now=later)
    await application.edge.synchronise()

    document = (await client.get("/v1/documents/ps-v4-mine-closure")).json()

    assert document["file"]["sha256"] == stored.sha256
    assert [file["url"] for file in document["earlier_files"]] == [f"http://127.0.0.1:8000{draft}"]
    assert (await client.get(draft)).status_code == 200


async def test_the_document_page_explains_android(client: httpx2.AsyncClient, draft: str) -> None:
    del draft
    path = "/documents/ps-v4-mine-closure"

    android = await client.get(path, headers={"User-Agent": agents.ANDROID_WECHAT})
    ios = await client.get(path, headers={"User-Agent": agents.IOS_WECHAT})

    assert "在安卓微信中打开" in android.text
    assert "在安卓微信中打开" not in ios.text


async def test_a_damaged_copy_is_not_served(
    application: Application, client: httpx2.AsyncClient, draft: str
) -> None:
    folder = application.parts.settings.files_dir
    mirror.path_of(draft.split("/")[2], folder=folder).write_bytes(b"%PDF-broken")

    answer = await client.get(draft)

    assert answer.status_code == 503
    assert "file_damaged" in answer.text


async def test_a_missing_copy_is_not_served(
    application: Application, client: httpx2.AsyncClient, draft: str
) -> None:
    shutil.rmtree(application.parts.settings.files_dir)

    answer = await client.get(draft)

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


@pytest.mark.parametrize("path", ["/files/abc/x.pdf", "/files/../../etc/passwd", "/files/a/b/c"])
async def test_an_unknown_file_is_not_found(client: httpx2.AsyncClient, path: str) -> None:
    answer = await client.get(path)

    assert answer.status_code == 404


async def test_a_file_under_another_name_is_not_found(
    client: httpx2.AsyncClient, draft: str
) -> None:
    answer = await client.get(draft.rsplit("/", 1)[0] + "/evil.html")

    assert answer.status_code == 404
    assert "file_not_found" in answer.text


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("PSV4-Draft-Section-9-Mine-Closure_CN.pd", "ps-v4-mine-closure"),
        ("PSV4-Draft-Section-9-Mine-Closure_CN.pdf", "ps-v4-mine-closure"),
        ("PSv4-Mapping-Tool (7).xlsx", "ps-v4-mapping-tool"),
        ("ASI-Standards-Revision-–-Consultation-Overview.pdf", "consultation-overview"),
    ],
)
async def test_a_file_finds_its_document_by_its_announced_name(
    database: Database, name: str, slug: str
) -> None:
    async with database.snapshot() as db:
        found = await documents.owner_of(db, file_name=name)

    assert found.slug == slug


async def test_a_file_of_no_document_is_refused_with_the_choices(database: Database) -> None:
    with pytest.raises(DocumentUnclear, match="ps-v4-draft") as refused:
        async with database.snapshot() as db:
            await documents.owner_of(db, file_name="holiday.pdf")

    assert refused.value.code == "document_unclear"


async def test_a_withdrawn_document_takes_its_files_along(
    application: Application, client: httpx2.AsyncClient, draft: str
) -> None:
    async with application.parts.database.transaction() as db:
        offer = await documents.offer(db, slug="ps-v4-mine-closure")
        offer.document.retired = True
    await application.edge.synchronise()

    page = await client.get("/documents/ps-v4-mine-closure")
    file = await client.get(draft)

    assert (page.status_code, file.status_code) == (410, 410)
    assert "document_withdrawn" in page.text

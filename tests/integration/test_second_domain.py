"""A second domain: every printed code works there, and leads to pages there."""

import io
from collections.abc import AsyncIterator
from pathlib import Path

import httpx2
import pytest
from PIL import Image

from api.app import Application, create_app
from api.urls import Urls
from services import qr_codes
from services.addresses import HostUnknown
from services.runtime import settings as runtime_settings
from services.runtime.settings import Settings
from tests.conftest import PUBLIC_URL
from tests.support.clocks import SetClock
from tests.support.commands import Shell

pytestmark = pytest.mark.any_database

OTHER_URL = "http://asi.localhost:8000"
UNKNOWN = "http://evil.example"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
TOKEN = b"0123456789abcdef0123456789abcdef"


@pytest.fixture
async def both(settings: Settings, clock: SetClock, tmp_path: Path) -> AsyncIterator[Application]:
    """A process that is reached at two addresses."""
    (tmp_path / "n8fAq2.txt").write_bytes(TOKEN)
    more = {"other_urls": (OTHER_URL,), "verification_files": tmp_path}
    made = create_app(runtime_settings.load(**(settings.model_dump() | more)), clock=clock)
    async with made.api.router.lifespan_context(made.api):
        yield made


async def test_pages_and_codes_say_the_host_they_are_read_on(both: Application) -> None:
    pages, codes, replies, leads = {}, {}, {}, {}
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(both.asgi)) as client:
        # The second time the edge answers.
        for base in (PUBLIC_URL, OTHER_URL, UNKNOWN) * 2:
            pages[base] = (await client.get(f"{base}/webinars/china")).text
            picture = (await client.get(f"{base}/qr/china.png")).content
            codes[base] = qr_codes.decode(Image.open(io.BytesIO(picture)))
            replies[base] = (await client.get(f"{base}/v1/webinars/china")).json()["page_url"]
            leads[base] = (await client.get(f"{base}/r/china")).headers["location"]

    for base in (PUBLIC_URL, OTHER_URL):
        assert codes[base] == f"{base}/r/china"
        assert replies[base] == f"{base}/webinars/china"
        assert f'<meta property="og:url" content="{base}/webinars/china">' in pages[base]
        assert f'<link rel="canonical" href="{PUBLIC_URL}/webinars/china">' in pages[base]
    assert pages[UNKNOWN] == pages[PUBLIC_URL]
    assert codes[UNKNOWN] == codes[PUBLIC_URL]
    assert set(leads.values()) == {"/webinars/china"}


async def test_forms_scans_and_proofs_work_on_both_hosts(both: Application) -> None:
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(both.asgi)) as client:
        forms = [
            (await client.post(f"{OTHER_URL}/feedback/new", headers=FORM | {"Origin": base})).text
            for base in (PUBLIC_URL, OTHER_URL)
        ]
        query = {"q": f"{OTHER_URL}/r/china"}
        scanned = await client.get(f"{PUBLIC_URL}/v1/scanned-links", params=query)
        proof = await client.get(f"{OTHER_URL}/r/n8fAq2.txt")
        missing = await client.get(f"{OTHER_URL}/r/other.txt")

    assert ["form_from_elsewhere" in answer for answer in forms] == [True, False]
    assert scanned.json()["slug"] == "china"
    assert proof.content == TOKEN
    assert missing.status_code == 404


def test_a_code_is_made_for_a_host_we_have(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_OTHER_URLS", OTHER_URL)
    run = Shell(capsys)
    picture = tmp_path / "code.png"

    made = run("qr", "make", "china", str(picture), "--host", "asi.localhost:8000")
    refused = run("qr", "make", "china", str(picture), "--host", "evil.example")
    with pytest.raises(HostUnknown) as unknown:
        Urls.at(runtime_settings.load(), "evil.example")

    assert made.code == 0
    assert qr_codes.decode_file(picture) == f"{OTHER_URL}/r/china"
    assert refused.code == 1
    assert "asi.localhost:8000" in refused.err
    assert unknown.value.code == "host_unknown"

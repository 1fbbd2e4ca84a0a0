"""Operations: health, figures, verification files, faults that show nothing."""

from pathlib import Path

import httpx2
import pytest

from api.app import Application, create_app
from services.runtime import settings as runtime_settings
from services.runtime.database import Database
from services.runtime.settings import Settings
from tests.conftest import PUBLIC_URL
from tests.support.clocks import SetClock

pytestmark = pytest.mark.any_database


async def test_a_running_service_is_alive_and_ready(client: httpx2.AsyncClient) -> None:
    assert (await client.get("/healthz")).json() == {"status": "ok"}
    assert (await client.get("/readyz")).json() == {"status": "ready"}


async def test_without_its_database_it_is_alive_and_not_ready(
    settings: Settings, engine: str, database: Database, clock: SetClock
) -> None:
    # Not started: its look for changes would be using a connection while the pool is closed.
    application = create_app(settings, database=database, clock=clock)
    transport = httpx2.ASGITransport(application.asgi)
    await application.edge.synchronise()
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as client:
        await client.get("/")
        await database.close()
        _take_away(database, engine)

        alive = await client.get("/healthz")
        ready = await client.get("/readyz")
        await application.edge.synchronise()
        page = await client.get("/")

    assert alive.status_code == 200
    assert (ready.status_code, ready.json()["code"]) == (503, "database_unavailable")
    assert ready.headers["retry-after"] == "5"
    assert page.status_code == 200


async def test_figures_are_there_for_prometheus(client: httpx2.AsyncClient) -> None:
    await client.get("/healthz")
    await client.get("/r/survey")

    text = (await client.get("/metrics")).text

    assert 'asi_requests_total{method="GET",status="200"}' in text
    assert "asi_edge_misses_total" in text
    assert "asi_visits_waiting 1.0" in text


async def test_a_browser_finds_the_icon_where_it_always_looks(client: httpx2.AsyncClient) -> None:
    answer = await client.get("/favicon.ico", follow_redirects=True)

    assert answer.headers["content-type"] == "image/svg+xml"


async def test_search_engines_leave_links_alone(client: httpx2.AsyncClient) -> None:
    assert "Disallow: /r/" in (await client.get("/robots.txt")).text


@pytest.fixture
async def verified(
    settings: Settings, database: Database, clock: SetClock, tmp_path: Path
) -> httpx2.AsyncClient:
    """A client of a service that has verification files."""
    folder = tmp_path / "verification"
    folder.mkdir()
    (folder / "MP_verify_AbC123.txt").write_bytes(b"AbC123\r\n")
    (tmp_path / "secret.txt").write_text("not yours")
    given = settings.model_copy(update={"verification_files": folder})
    application = create_app(given, database=database, clock=clock)
    return httpx2.AsyncClient(transport=httpx2.ASGITransport(application.asgi), base_url=PUBLIC_URL)


async def test_a_verification_file_is_served_byte_for_byte(verified: httpx2.AsyncClient) -> None:
    answer = await verified.get("/MP_verify_AbC123.txt")

    assert answer.content == b"AbC123\r\n"
    assert answer.headers["content-type"].startswith("text/plain")


@pytest.mark.parametrize(
    "path", ["/MP_verify_other.txt", "/..%2fsecret.txt", "/.txt", "/a%2fb.txt", "/%E4%B8%AD.txt"]
)
async def test_no_other_file_is_served(verified: httpx2.AsyncClient, path: str) -> None:
    answer = await verified.get(path)

    assert answer.status_code == 404
    assert "not yours" not in answer.text


async def test_a_fault_shows_nothing_of_the_inside(
    application: Application, client: httpx2.AsyncClient
) -> None:
    @application.api.get("/v1/fault")
    async def fail() -> None:
        message = "canary: /srv/secret"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError):
        await client.get("/v1/fault")
    transport = httpx2.ASGITransport(application.asgi, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as outside:
        answer = await outside.get("/v1/fault")

    assert (answer.status_code, answer.json()["code"]) == (500, "internal_error")
    assert "canary" not in answer.text


async def test_documentation_is_for_development(
    client: httpx2.AsyncClient, settings: Settings, database: Database
) -> None:
    production = create_app(
        settings.model_copy(update={"public_url": "https://asi.example.cn"}), database=database
    )
    transport = httpx2.ASGITransport(production.asgi)
    async with httpx2.AsyncClient(transport=transport, base_url=PUBLIC_URL) as outside:
        hidden = [await outside.get(path) for path in ("/docs", "/openapi.json")]
        page = await outside.get("/")

    assert (await client.get("/docs")).status_code == 200
    assert [answer.status_code for answer in hidden] == [404, 404]
    assert page.headers["strict-transport-security"] == "max-age=31536000"


async def test_the_documentation_page_asks_nobody_else(client: httpx2.AsyncClient) -> None:
    page = await client.get("/docs")

    assert "https://" not in page.text
    assert (await client.get("/docs/assets/swagger-ui-bundle.js")).status_code == 200


async def test_a_clock_for_development_is_refused_in_production() -> None:
    with pytest.raises(runtime_settings.SettingInvalid):
        runtime_settings.load(public_url="https://a.cn", clock_start="2026-03-02T09:00+08:00")


def _take_away(database: Database, engine: str) -> None:
    if engine == "sqlite":
        file = Path(database.url.removeprefix("sqlite:///"))
        file.rename(file.with_suffix(".away"))
        file.mkdir()
    else:
        database.reading.configure(bind=Database("postgresql://nobody@127.0.0.1:1/x").reader)

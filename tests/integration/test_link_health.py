"""Link health: what becomes of a document, a page and staff when an address outside fails."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
import structlog
from sqlalchemy import select, update

from api.app import Application
from api.background import runner
from models import Document, LinkCheck
from models.vocabulary import LinkOutcome
from services import documents, jobs, link_health, mirror, short_links
from services.conversations.work import Doors
from services.link_health import AddressNotWatched, LinkFigures, work
from services.runtime.database import Database
from services.runtime.settings import Settings
from tests.conftest import PUBLIC_URL
from tests.support import files, outside
from tests.support.clocks import SetClock
from tests.support.outside import Outside, Page

PLACE = "aluminium-stewardship.org/ps-v4-draft.pdf"
DRAFT = f"https://{PLACE}"
HUB = "aluminium-stewardship.org/standards-revision-consultation-hub"
SLUG = "ps-v4-draft"
NEWER = files.PDF + b"%newer\n"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    names = ("aluminium-stewardship.org", "www.surveymonkey.com", "forms.office.com")
    return outside.write_certificate(tmp_path_factory.mktemp("outside"), *names)


@pytest.fixture
async def site(certificate: Path, database: Database) -> AsyncIterator[Outside]:
    """The official site with the draft on it; the round names its address."""
    async with database.transaction() as db:
        await db.execute(update(Document).where(Document.slug == SLUG).values(url=DRAFT))
    async with outside.opened(certificate) as opened:
        opened.pages[PLACE] = Page(files.PDF)
        opened.pages[HUB] = Page(b"<h1>", content_type="text/html; charset=utf-8")
        yield opened


async def _check(database: Database, site: Outside, clock: SetClock) -> None:
    """Run the job on what is due."""
    registry = jobs.Registry(link_health.kinds(site.way), link_health.schedules(production=True))
    async with database.transaction() as db:
        await jobs.enqueue(db, work.CHECK)
    await jobs.runner(database, registry, clock=clock).run_due()


async def _look(database: Database, site: Outside, clock: SetClock) -> None:
    """Look at everything now; an application's own jobs would look past the site."""
    async with database.snapshot() as db:
        wanted = [item.target for item in await link_health.report(db, now=clock.now)]
    await link_health.check_now(database, wanted, now=clock.now, outside=site.way)


async def _known(database: Database) -> LinkCheck:
    async with database.snapshot() as db:
        found = await db.scalar(select(LinkCheck).where(LinkCheck.address == DRAFT))
    assert found is not None
    return found


async def _mirror(application: Application, source: Path) -> None:
    stored = mirror.take_in(source, folder=application.parts.settings.files_dir)
    async with application.parts.database.transaction() as db:
        offer = await documents.offer(db, slug=SLUG)
        now = application.parts.clock()
        await documents.add_file(db, document=offer.document, stored=stored, now=now)


async def _read(client: httpx2.AsyncClient, application: Application) -> tuple[str, str | None]:
    """Give the state of the official address as the API says it, and since when it fails."""
    await application.edge.synchronise()
    document = (await client.get(f"/v1/documents/{SLUG}")).json()
    return document["official_state"], document["official_failing_since"]


async def _followed(client: httpx2.AsyncClient, application: Application) -> str:
    """Follow a printed link that leads to the draft's official address."""
    await application.edge.synchronise()
    return (await client.get("/r/survey")).headers["location"].removeprefix(PUBLIC_URL)


async def test_what_was_seen_is_recorded_until_nobody_is_led_there(
    database: Database, site: Outside, clock: SetClock
) -> None:
    # The job and a command may be the first to look, both at once.
    await asyncio.gather(_check(database, site, clock), _look(database, site, clock))
    first, asked = await _known(database), len(site.asked)
    clock.now += timedelta(hours=5)
    await _check(database, site, clock)
    assert len([place for place in site.asked[asked:] if place == PLACE]) == 0

    clock.now -= timedelta(days=30)
    await _check(database, site, clock)
    again = await _known(database)
    async with database.transaction() as db:
        await db.execute(update(Document).where(Document.slug == SLUG).values(retired=True))
    await _check(database, site, clock)

    assert (first.outcome, first.status, first.failures) == (LinkOutcome.GOOD, 200, 0)
    assert (first.size_bytes, first.content_type) == (len(files.PDF), "application/pdf")
    assert first.good_at == first.checked_at
    assert again.good_at == clock.now
    async with database.snapshot() as db:
        assert DRAFT not in set(await db.scalars(select(LinkCheck.address)))


@pytest.mark.any_database
async def test_the_copy_is_offered_while_the_official_address_fails(
    application: Application,
    client: httpx2.AsyncClient,
    site: Outside,
    clock: SetClock,
    tmp_path: Path,
) -> None:
    database = application.parts.database
    await _look(database, site, clock)
    await _mirror(application, files.pdf(tmp_path / "draft.pdf"))
    good = await _read(client, application)

    async with database.transaction() as db:
        await short_links.set_target(db, slug="survey", target=DRAFT)
    led = [await _followed(client, application)]
    site.pages[PLACE] = Page(status=404)
    with structlog.testing.capture_logs() as told:
        for _ in range(2):
            await _look(database, site, clock)
    failing = await _read(client, application)
    page = (await client.get(f"/documents/{SLUG}")).text
    led.append(await _followed(client, application))
    site.pages[PLACE] = Page(files.PDF)
    await _look(database, site, clock)

    since = clock.now.isoformat().replace("+00:00", "Z")
    assert good == ("good", None)
    assert failing == ("failing", since)
    assert [entry["event"] for entry in told if entry.get("address") == DRAFT] == ["link_failing"]
    assert "请使用本站保存的文件" in page
    assert page.index("打开文件") < page.index("前往官方下载地址")
    assert await _read(client, application) == ("good", None)
    led.append(await _followed(client, application))
    assert led == [DRAFT, f"/documents/{SLUG}", DRAFT]


@pytest.mark.any_database
async def test_a_changed_draft_is_told_and_its_copy_stands_back(
    application: Application,
    client: httpx2.AsyncClient,
    site: Outside,
    clock: SetClock,
    tmp_path: Path,
) -> None:
    database = application.parts.database
    await _mirror(application, files.pdf(tmp_path / "draft.pdf"))
    await _look(database, site, clock)
    site.pages[PLACE] = Page(NEWER)

    with structlog.testing.capture_logs() as told:
        await _look(database, site, clock)
    changed = await _read(client, application)
    page = (await client.get(f"/documents/{SLUG}")).text
    figures = (await client.get("/metrics")).text
    newer = tmp_path / "newer.pdf"
    newer.write_bytes(NEWER)
    clock.now += timedelta(minutes=1)
    await _mirror(application, newer)

    assert changed == ("changed", None)
    assert "link_changed" in {entry["event"] for entry in told if entry.get("address") == DRAFT}
    assert "asi_links_watched" in figures
    assert "请以官方文件为准" in page
    assert "weui-btn_primary" in page.partition("前往官方下载地址")[0].rpartition("<a")[2]
    assert await _read(client, application) == ("good", None)


@pytest.mark.any_database
async def test_without_a_copy_a_change_is_for_staff_alone(
    database: Database, site: Outside, clock: SetClock
) -> None:
    await _check(database, site, clock)
    clock.now += timedelta(hours=6)
    site.pages[PLACE] = Page(NEWER)
    await _check(database, site, clock)
    figures = LinkFigures(database, clock=clock)
    await figures.count()
    async with database.transaction() as db:
        before = link_health.named(await link_health.report(db, now=clock.now), name=DRAFT)
        offer = await documents.offer(db, slug=SLUG)
        await link_health.accept(db, address=DRAFT)
    async with database.snapshot() as db:
        after = link_health.named(await link_health.report(db, now=clock.now), name=DRAFT)
        with pytest.raises(AddressNotWatched) as refused:
            link_health.named([], name="documents/none")

    assert (before.standing.changed, after.standing.fine) == (True, True)
    assert (offer.official.value, offer.url) == ("good", DRAFT)
    assert figures.gauges["asi_links_changed"]() == 1
    assert refused.value.code == "address_not_watched"


@pytest.mark.any_database
async def test_a_draft_that_leads_off_the_list_is_not_offered_there(
    database: Database, site: Outside, clock: SetClock
) -> None:
    site.pages[PLACE] = Page(status=302, location="https://evil.example/draft.pdf")
    await _check(database, site, clock)
    async with database.snapshot() as db:
        offer = await documents.offer(db, slug=SLUG)

    assert (offer.url, offer.official.value, offer.state.value) == (None, "failing", "announced")
    assert "evil.example/draft.pdf" not in site.asked


@pytest.mark.any_database
async def test_one_that_led_off_the_list_is_not_offered_until_it_is_seen_good(
    database: Database, site: Outside, clock: SetClock
) -> None:
    """That it does not answer, or refuses us, says nothing of where it leads others."""
    looks = (
        Page(status=302, location="https://evil.example/draft.pdf"),
        Page(status=403),
        Page(silent=True),
        Page(files.PDF),
    )
    offered = []
    for look in looks:
        site.pages[PLACE] = look
        await _check(database, site, clock)
        clock.now += timedelta(hours=1)
        async with database.snapshot() as db:
            offered.append((await documents.offer(db, slug=SLUG)).url)

    assert offered == [None, None, None, DRAFT]


@pytest.mark.any_database
async def test_a_move_is_told_and_a_page_is_no_draft(
    database: Database, site: Outside, clock: SetClock
) -> None:
    await _check(database, site, clock)
    site.pages[PLACE] = Page(status=301, location="/moved.pdf")
    site.pages["aluminium-stewardship.org/moved.pdf"] = Page(files.PDF)
    clock.now += timedelta(hours=6)
    with structlog.testing.capture_logs() as told:
        await _check(database, site, clock)
    moved = await _known(database)
    site.pages[PLACE] = Page(b"<h1>Not found</h1>", content_type="text/html")
    clock.now += timedelta(hours=6)
    await _check(database, site, clock)
    page = await _known(database)

    assert moved.moved_to == "https://aluminium-stewardship.org/moved.pdf"
    assert "link_moved" in {entry["event"] for entry in told}
    assert (page.outcome, page.failures) == (LinkOutcome.PAGE_INSTEAD, 1)
    assert page.sha256 == moved.sha256


@pytest.mark.any_database
async def test_only_production_asks_outside_by_itself(
    settings: Settings, database: Database, clock: SetClock
) -> None:
    doors = Doors(official_account=None, mini_program=None)
    queued = []
    for address in (PUBLIC_URL, "https://asi.example.cn"):
        chosen = settings.model_copy(update={"public_url": address})
        await runner(chosen, database, doors=doors, clock=clock).queue_scheduled()
        async with database.snapshot() as db:
            queued.append(work.CHECK in {job.kind for job in await jobs.listed(db)})

    assert queued == [False, True]

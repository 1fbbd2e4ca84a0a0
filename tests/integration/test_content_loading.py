"""Loading content: all or nothing, edits kept, nothing deleted, a new round without code."""

import shutil
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import func, select

from api.app import Application
from models import Bilingual, ContactChannel, Document, LinkVisit, ShortLink, Webinar
from services import short_links
from services.content import loading, reading
from services.content.loading import Change, ChangeKind, SlugTaken
from services.runtime.database import Database
from services.short_links import TargetNotAllowed
from tests.conftest import INSIDE_THE_ROUND, PACK, SECOND_PACK
from tests.support.clocks import SetClock


async def _load(database: Database, folder: Path, *, overwrite: bool = False) -> list[Change]:
    async with database.transaction() as db:
        return await loading.load(
            db, pack=reading.read(folder), now=INSIDE_THE_ROUND, overwrite=overwrite
        )


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The first round's pack with one title changed."""
    folder = Path(shutil.copytree(PACK, tmp_path / "edited"))
    file = folder / "webinars.toml"
    text = file.read_text(encoding="utf-8")
    assert "2026-03-09T16:00:00+08:00" in text
    file.write_text(text.replace("2026-03-09T16:00:00+08:00", "2026-03-10T16:00:00+08:00"))
    return folder


async def _webinar(database: Database) -> Webinar:
    async with database.snapshot() as db:
        return (await db.scalars(select(Webinar).where(Webinar.slug == "china"))).one()


async def _edit_webinar(database: Database) -> None:
    async with database.transaction() as db:
        webinar = (await db.scalars(select(Webinar).where(Webinar.slug == "china"))).one()
        webinar.starts_at += timedelta(minutes=30)


async def test_loading_again_changes_nothing(database: Database) -> None:
    before = (await _webinar(database)).sequence

    assert await _load(database, PACK) == []
    assert (await _webinar(database)).sequence == before


async def test_a_changed_fact_is_shown_and_applied(database: Database, edited: Path) -> None:
    changes = await _load(database, edited)
    webinar = await _webinar(database)

    assert [(change.kind, change.key, change.field) for change in changes] == [
        (ChangeKind.CHANGED, "china", "starts_at")
    ]
    assert webinar.starts_at.isoformat() == "2026-03-10T08:00:00+00:00"
    assert webinar.sequence == 2


async def test_what_staff_edited_survives_and_shows(database: Database, edited: Path) -> None:
    await _edit_webinar(database)

    changes = await _load(database, edited)

    assert [change.kind for change in changes] == [ChangeKind.CONFLICT]
    assert (await _webinar(database)).starts_at.isoformat() == "2026-03-09T08:30:00+00:00"


async def test_overwriting_has_to_be_asked_for(database: Database, edited: Path) -> None:
    await _edit_webinar(database)

    changes = await _load(database, edited, overwrite=True)

    assert [change.kind for change in changes] == [ChangeKind.CHANGED]

    assert (await _webinar(database)).starts_at.isoformat() == "2026-03-10T08:00:00+00:00"


async def test_what_left_the_pack_is_hidden_and_comes_back(
    database: Database, application: Application, client: httpx2.AsyncClient, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(PACK, tmp_path / "shorter"))
    file = folder / "webinars.toml"
    kept = file.read_text(encoding="utf-8").split("[[webinar]]")
    file.write_text("[[webinar]]".join(part for part in kept if '"europe-asia"' not in part))

    changes = await _load(database, folder)
    await application.edge.synchronise()
    gone = await client.get("/v1/webinars/europe-asia")
    page = await client.get("/webinars/europe-asia")
    back = await _load(database, PACK)

    assert {(change.kind, change.key) for change in changes} >= {
        (ChangeKind.RETIRED, "europe-asia")
    }
    assert (gone.status_code, gone.json()["code"]) == (410, "webinar_withdrawn")
    assert page.status_code == 410
    assert ChangeKind.RESTORED in {change.kind for change in back}


async def test_a_withdrawn_channel_disappears_and_the_printed_code_still_works(
    database: Database, application: Application, client: httpx2.AsyncClient
) -> None:
    async with database.transaction() as db:
        for channel in await db.scalars(select(ContactChannel)):
            channel.retired = channel.kind.value == "wechat_id"
    await application.edge.synchronise()

    answer = await client.get("/v1/contact-cards/asi-china")
    printed = await client.get("/r/asi-china")

    assert [channel["kind"] for channel in answer.json()["channels"]] == ["phone"]
    assert printed.headers["location"] == "/contacts/asi-china"


async def test_loading_deletes_nothing_that_people_left(
    database: Database, application: Application, client: httpx2.AsyncClient
) -> None:
    await client.get("/r/read-original")
    await application.parts.visits.flush()

    await _load(database, SECOND_PACK)

    async with database.snapshot() as db:
        assert await db.scalar(select(func.sum(LinkVisit.visits))) == 1


async def test_a_new_round_needs_no_code(
    database: Database,
    application: Application,
    client: httpx2.AsyncClient,
    clock: SetClock,
) -> None:
    await _load(database, SECOND_PACK)
    await application.edge.synchronise()
    before = await client.get("/v1/consultations")
    clock.set("2027-01-20T09:00:00+08:00")
    await application.edge.synchronise()

    rounds = (await client.get("/v1/consultations")).json()["items"]
    page = await client.get("/")
    original = await client.get("/yuedu-yuanwen")

    assert [item["slug"] for item in before.json()["items"]] == ["2026-first"]
    assert [(item["slug"], item["state"]) for item in rounds] == [
        ("2027-second", "open"),
        ("2026-first", "closed"),
    ]
    assert rounds[0]["title"] in page.text
    assert original.headers["location"] == rounds[0]["hub_url"]


async def test_addresses_of_the_round_before_go_on_working(
    database: Database, application: Application, client: httpx2.AsyncClient, clock: SetClock
) -> None:
    await _load(database, SECOND_PACK)
    clock.set("2027-01-20T09:00:00+08:00")
    await application.edge.synchronise()

    assert (await client.get("/documents/ps-v4-draft")).status_code == 200
    assert (await client.get("/webinars/china")).status_code == 200


async def test_an_address_of_another_round_is_not_taken_over(
    database: Database, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(PACK, tmp_path / "other"))
    file = folder / "round.toml"
    text = file.read_text(encoding="utf-8")
    file.write_text(text.replace('slug = "2026-first"', 'slug = "2026-other"'))

    with pytest.raises(SlugTaken) as refused:
        await _load(database, folder)

    assert refused.value.code == "slug_taken"
    async with database.snapshot() as db:
        assert len(list(await db.scalars(select(Document)))) == 9


async def test_a_link_goes_elsewhere_at_once(
    database: Database, application: Application, client: httpx2.AsyncClient
) -> None:
    await client.get("/r/survey")
    async with database.transaction() as db:
        await short_links.set_target(db, slug="survey", target="/feedback")
    await application.edge.synchronise()

    answer = await client.get("/r/survey")

    assert answer.headers["location"] == "/feedback"


async def test_a_link_to_a_foreign_place_is_refused_when_it_is_written(database: Database) -> None:
    with pytest.raises(TargetNotAllowed) as refused:
        async with database.transaction() as db:
            await short_links.set_target(db, slug="survey", target="https://evil.example/")

    assert refused.value.code == "target_not_allowed"
    async with database.snapshot() as db:
        link = await short_links.by_slug(db, slug="survey")
    assert link.target == "https://www.surveymonkey.com/r/J8G8ZX7"


async def test_an_edit_by_staff_is_kept_when_the_pack_is_unchanged(database: Database) -> None:
    async with database.transaction() as db:
        link = await short_links.by_slug(db, slug="survey")
        link.title = Bilingual("问卷", "Survey")

    changes = await _load(database, PACK)

    assert [change.kind for change in changes] == [ChangeKind.CONFLICT]
    async with database.snapshot() as db:
        found = (await db.scalars(select(ShortLink).where(ShortLink.slug == "survey"))).one()
    assert found.title.zh == "问卷"

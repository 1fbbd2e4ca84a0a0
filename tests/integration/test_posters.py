"""Posters through the front doors: the command for print, the address for phones."""

import shutil
from datetime import timedelta
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from api.app import Application, create_app
from models import ShortLink, Webinar
from models.vocabulary import Language
from services import channel_codes, posters
from services.content import loading, reading
from services.content.pack import Pack
from services.runtime import settings as runtime_settings
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND, PACK, PUBLIC_URL, SECOND_PACK, SECRET_KEY
from tests.support.clocks import SetClock
from tests.support.commands import Shell
from tests.support.posters import codes, page, picture, read, words

OTHER = "127.0.0.2:8000"

pytestmark = pytest.mark.any_database


@pytest.fixture
def asi(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    """The command line of an installation with the first round in it."""
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ASI_CONTENT", str(PACK))
    monkeypatch.setenv("ASI_PUBLIC_URL", PUBLIC_URL)
    monkeypatch.setenv("ASI_OTHER_URLS", f"http://{OTHER}")
    return Shell(capsys)


def test_a_poster_that_hangs_somewhere_has_codes_of_its_own(asi: Shell, tmp_path: Path) -> None:
    first, again, share = (tmp_path / name for name in ("first.pdf", "again.pdf", "share.png"))
    place = ("--channel", "event", "--label", "郑州展台", "--json")

    made = asi("poster", "make", "consultation", str(first), *place)
    repeated = asi("poster", "make", "consultation", str(again), "--paper", "a3", *place)
    shared = asi("poster", "share", "consultation", str(share), *place)

    assert (made.code, repeated.code, shared.code) == (0, 0, 0)
    assert made.json == repeated.json == shared.json
    printed = sorted(code["url"] for code in made.json)
    assert all(channel_codes.is_slug(url.removeprefix(f"{PUBLIC_URL}/r/")) for url in printed)
    assert read(page(first.read_bytes(), width=827)) == (printed, printed)
    assert codes(page(again.read_bytes(), width=827)) == printed
    assert codes(picture(share)) == [made.json[0]["url"]]


def test_a_poster_without_a_channel_has_the_links_themselves(asi: Shell, tmp_path: Path) -> None:
    file = tmp_path / "poster.pdf"

    made = asi("poster", "make", "webinar-china", str(file), "--language", "en", "--host", OTHER)

    expected = [f"http://{OTHER}/r/article", f"http://{OTHER}/r/china"]
    assert codes(page(file.read_bytes(), width=827)) == expected
    assert "Monday 16:00, Beijing time" in words(file.read_bytes())
    assert made.out.splitlines()[0].split() == [expected[1], "Register"]
    assert asi("poster", "list").out.split()[:2] == ["consultation", "article,"]
    assert list(asi("poster", "list", "--json").json) == ["consultation", "webinar-china"]


def test_nothing_is_kept_of_a_poster_that_is_refused(asi: Shell, tmp_path: Path) -> None:
    file, pack = tmp_path / "poster.pdf", tmp_path / "pack"
    shutil.copytree(PACK, pack)
    template = pack / "posters" / "sheet.typ"
    template.write_text(template.read_text("utf-8").replace("#codes\n", ""), "utf-8")
    place = ("consultation", str(file), "--channel")

    unreadable = asi("poster", "make", *place, "event", "--content", str(pack))
    nowhere = asi("poster", "make", *place, "nowhere")
    unknown = asi("poster", "make", "novel", str(file))

    assert (unreadable.code, nowhere.code, unknown.code) == (1, 1, 1)
    assert "sheet.typ" in unreadable.err
    assert "consultation, webinar-china" in unknown.err
    assert not file.exists()
    assert asi("codes", "list", "--json").json == []


def test_a_file_that_cannot_be_written_is_said_in_a_sentence(asi: Shell, tmp_path: Path) -> None:
    said = asi("poster", "share", "consultation", str(tmp_path / "no" / "share.png"))

    assert said.code == 2
    assert "Traceback" not in said.err


@pytest.mark.parametrize("change", ["disabled", "expired", "code"])
async def test_a_poster_with_a_code_that_leads_nowhere_is_refused(
    database: Database, change: str
) -> None:
    pack = reading.read(PACK)
    async with database.transaction() as db:
        link = (await db.scalars(select(ShortLink).where(ShortLink.slug == "china"))).one()
        link.disabled = change == "disabled"
        link.expires_at = INSIDE_THE_ROUND if change == "expired" else None
        if change == "code":
            plan = await _plan(db, pack)
            await channel_codes.keep(db, plan=plan, now=INSIDE_THE_ROUND)
            await channel_codes.set_disabled(db, slug=plan.codes[1].slug, disabled=True)

    async with database.snapshot() as db:
        with pytest.raises(posters.PosterLinkDead) as refused:
            await (_plan(db, pack) if change == "code" else _compose(db, pack, "consultation"))

    assert refused.value.code == "poster_link_dead"


async def test_dates_are_those_that_staff_have_set_since(database: Database) -> None:
    async with database.transaction() as db:
        webinar = (await db.scalars(select(Webinar).where(Webinar.slug == "china"))).one()
        webinar.starts_at += timedelta(days=1, hours=12)

    async with database.snapshot() as db:
        poster = await _compose(db, reading.read(PACK), "consultation")

    assert [fact.day for fact in poster.facts] == ["2月17日", "3月11日", "4月20日"]
    assert [fact.time for fact in poster.facts][1:] == [
        "星期三 04:00（北京时间）",
        "星期一 23:59（北京时间）",
    ]


async def test_another_round_has_its_posters_before_it_is_announced(database: Database) -> None:
    pack = reading.read(SECOND_PACK)
    async with database.transaction() as db:
        await loading.load(db, pack=pack, now=INSIDE_THE_ROUND)

    async with database.snapshot() as db:
        poster = await _compose(db, pack, "second")
    shared = posters.share_image(poster, folder=SECOND_PACK, made_at=INSIDE_THE_ROUND)
    sheet = posters.sheet(
        poster, folder=SECOND_PACK, paper=posters.Paper.A4, made_at=INSIDE_THE_ROUND
    )

    expected = [f"{PUBLIC_URL}/r/second-survey"]
    assert codes(picture(shared)) == codes(page(sheet, width=827)) == expected
    assert "2027 年 3 月 15 日 星期一 21:00（北京时间）" in words(sheet)


async def test_phones_get_the_share_image_and_the_poster(application: Application) -> None:
    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(application.asgi), base_url=PUBLIC_URL
    ) as client:
        image = await client.get("/posters/consultation.png")
        again = await client.get("/posters/consultation.png")
        english = await client.get("/posters/consultation.png?lang=en")
        sheet = await client.get("/posters/consultation.pdf")
        kept = {"If-None-Match": sheet.headers["etag"]}
        unchanged = await client.get("/posters/consultation.pdf", headers=kept)
        unknown = await client.get("/posters/novel.png")
        strange = await client.get("/posters/consultation.png?size=9000")

    assert (image.headers["content-type"], sheet.headers["content-type"]) == (
        "image/png",
        "application/pdf",
    )
    assert image.content == again.content != english.content
    assert application.edge.statistics.hits >= 1
    assert picture(image.content).width == 900
    assert codes(picture(image.content)) == [f"{PUBLIC_URL}/r/article"]
    assert "首次公开意见征询" in words(sheet.content)
    assert unchanged.status_code == 304
    assert (unknown.status_code, unknown.json()["code"]) == (404, "poster_not_found")
    assert strange.status_code == 422


async def _plan(db: AsyncSession, pack: Pack) -> channel_codes.Plan:
    return await posters.plan_codes(
        db, pack=pack, slug="consultation", channel="poster", label="大厅"
    )


async def _compose(db: AsyncSession, pack: Pack, slug: str) -> posters.Composition:
    return await posters.compose(
        db,
        pack=pack,
        slug=slug,
        language=Language.ZH,
        address=lambda link: f"{PUBLIC_URL}/r/{link}",
        now=INSIDE_THE_ROUND,
    )


async def test_a_server_without_a_pack_has_no_posters(
    database: Database, database_url: str, tmp_path: Path
) -> None:
    bare = runtime_settings.load(
        database_url=database_url, data_dir=tmp_path, content=tmp_path, public_url=PUBLIC_URL,
        secret_key=SECRET_KEY,
    )  # fmt: skip
    made = create_app(bare, database=database, clock=SetClock(INSIDE_THE_ROUND))

    async with httpx2.AsyncClient(
        transport=httpx2.ASGITransport(made.behind_edge), base_url=PUBLIC_URL
    ) as client:
        answer = await client.get("/posters/consultation.pdf")

    assert (answer.status_code, answer.json()["code"]) == (404, "poster_not_found")

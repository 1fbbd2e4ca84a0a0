"""Channel codes: made in bulk, each once, and every one leads where its link leads."""

import csv
import io
from pathlib import Path
from zipfile import ZipFile

import httpx2
import pytest
from PIL import Image

from models import Bilingual, ChannelCode
from services import channel_codes, code_archives, qr_codes, short_links
from services.channel_codes import (
    ALPHABET,
    ChannelCodeNotFound,
    ChannelCodesChanged,
    ChannelUnfit,
    ChannelUnknown,
    CodeLinkUnknown,
    Place,
    Plan,
)
from services.code_archives import ArchiveUnwritable
from services.runtime.database import Database
from tests.conftest import INSIDE_THE_ROUND, PUBLIC_URL
from tests.support.commands import Shell

PLACES = [
    Place("read-original", "poster", "郑州展台 1 号"),
    Place("read-original", "poster", "郑州展台 2 号"),
    Place("survey", "fair"),
]
NAMES = {"fair": Bilingual(zh="铝工业展", en="Aluminium fair")}
SHEET = (
    "link,channel,label,channel_zh,channel_en\n"
    "read-original,poster,郑州展台 1 号,,\n"
    "read-original,poster,=1+1,,\n"
    "survey,fair,,铝工业展,Aluminium fair\n"
)


async def _plan(database: Database, *places: Place) -> Plan:
    async with database.snapshot() as db:
        return await channel_codes.plan(db, places=places or PLACES, names=NAMES)


async def _keep(database: Database, plan: Plan) -> None:
    async with database.transaction() as db:
        await channel_codes.keep(db, plan=plan, now=INSIDE_THE_ROUND)


async def _every(database: Database) -> list[ChannelCode]:
    async with database.snapshot() as db:
        return await channel_codes.every(db)


async def test_a_place_gets_one_code_however_often_it_is_asked_for(database: Database) -> None:
    await _keep(database, await _plan(database, *PLACES, PLACES[0]))
    again = await _plan(database)
    await _keep(database, again)

    rows = await _every(database)

    assert len(rows) == len(PLACES)
    assert not again.new_codes
    assert {row.slug for row in rows} == {code.slug for code in again.codes}
    assert all(channel_codes.is_slug(row.slug) and set(row.slug) <= set(ALPHABET) for row in rows)
    async with database.snapshot() as db:
        assert "fair" in await short_links.channels(db)
        found = await channel_codes.every(db, link="survey", channel="fair")
    assert [row.label for row in found] == [""]


async def test_whoever_plans_the_same_at_the_same_time_writes_nothing(database: Database) -> None:
    first, second = await _plan(database), await _plan(database)
    await _keep(database, first)

    with pytest.raises(ChannelCodesChanged) as refused:
        await _keep(database, second)

    assert refused.value.code == "channel_codes_changed"
    assert {row.slug for row in await _every(database)} == {code.slug for code in first.codes}


@pytest.mark.any_database
async def test_what_cannot_be_made_is_refused_as_a_whole(database: Database) -> None:
    for place, kind, code in (
        (Place("no-such-link", "poster"), CodeLinkUnknown, "code_link_unknown"),
        (Place("survey", "stand"), ChannelUnknown, "channel_unknown"),
        (Place("survey", "other"), ChannelUnfit, "channel_unfit"),
        (Place("survey", "Messe Köln"), ChannelUnfit, "channel_unfit"),
    ):
        with pytest.raises(kind) as refused:
            await _plan(database, *PLACES, place)
        assert refused.value.code == code

    assert await _every(database) == []


@pytest.mark.any_database
async def test_a_code_leads_where_its_link_leads_until_it_is_switched_off(
    client: httpx2.AsyncClient, database: Database
) -> None:
    plan = await _plan(database)
    await _keep(database, plan)
    poster, _, fair = (code.slug for code in plan.codes)

    led = await client.get(f"/r/{poster}")
    drawn = await client.get(f"/qr/{poster}.png")
    async with database.transaction() as db:
        await channel_codes.set_disabled(db, slug=fair, disabled=True)

    assert led.headers["location"] == (await client.get("/r/read-original")).headers["location"]
    assert qr_codes.decode(Image.open(io.BytesIO(drawn.content))) == f"{PUBLIC_URL}/r/{poster}"
    assert (await client.get(f"/r/{fair}")).status_code == 403
    assert (await client.get("/r/survey")).status_code == 302
    assert (await client.get("/r/2222222")).status_code == 404


@pytest.fixture
def shell(
    database_url: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Shell:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    return Shell(capsys)


@pytest.mark.any_database
def test_a_sheet_becomes_a_zip_whose_pictures_say_what_its_list_says(
    shell: Shell, tmp_path: Path
) -> None:
    sheet, output = tmp_path / "channels.csv", tmp_path / "codes.zip"
    sheet.write_text(SHEET, encoding="gb18030")
    make = ("codes", "make", "--channels", str(sheet), "--output", str(output))

    made = shell(*make, "--json").json
    with ZipFile(output) as archive:
        listed = archive.read(code_archives.MANIFEST).decode("utf-8")
        rows = list(csv.DictReader(io.StringIO(listed.removeprefix("\ufeff"))))
        said = [qr_codes.decode(Image.open(io.BytesIO(archive.read(row["png"])))) for row in rows]
        svgs = [archive.read(row["svg"]) for row in rows]

    assert listed.startswith("\ufeff")
    assert said == [row["url"] for row in rows] == [f"{PUBLIC_URL}/r/{row['slug']}" for row in made]
    assert [row["label"] for row in rows] == ["郑州展台 1 号", "'=1+1", ""]
    assert all(svg.startswith(b"<svg ") for svg in svgs)
    assert {(row["channel"], row["channel_en"]) for row in rows} == {
        ("poster", "Poster"),
        ("fair", "Aluminium fair"),
    }
    assert [row["slug"] for row in shell(*make, "--json").json] == [row["slug"] for row in made]
    assert "已有 3" in shell(*make).out


@pytest.mark.any_database
def test_nothing_is_kept_of_a_sheet_whose_codes_cannot_be_drawn(
    shell: Shell, tmp_path: Path
) -> None:
    sheet, output = tmp_path / "channels.csv", tmp_path / "codes.zip"
    sheet.write_text(SHEET, encoding="utf-8")
    make = ("codes", "make", "--channels", str(sheet), "--output", str(output))

    refused = shell(*make, "--colour", "#ffd200")
    misplaced = shell(*make[:-1], str(tmp_path / "no folder" / "codes.zip"))

    assert (refused.code, misplaced.code) == (1, 1)
    assert "1.4 : 1" in refused.err
    assert ArchiveUnwritable.code == "archive_unwritable"
    assert "No such file" in misplaced.err
    assert shell("codes", "list", "--json").json == []
    assert [file.name for file in tmp_path.glob("*.part")] + [output.exists()] == [False]


@pytest.mark.any_database
def test_a_code_is_shown_switched_off_and_drawn_alone(shell: Shell, tmp_path: Path) -> None:
    sheet, picture = tmp_path / "channels.csv", tmp_path / "one.png"
    sheet.write_text("channel\nposter\n", encoding="utf-8")
    zip_ = str(tmp_path / "codes.zip")
    made = shell("codes", "make", "--channels", str(sheet), "--link", "article", "--output", zip_)
    slug = shell("codes", "list", "--link", "article", "--json").json[0]["slug"]

    assert made.code == shell("codes", "disable", slug).code == 0
    shown = shell("codes", "show", slug, "--json").json
    assert (shown["disabled"], shown["url"]) == (True, f"{PUBLIC_URL}/r/{slug}")
    assert shell("codes", "enable", slug).code == 0
    assert slug in shell("codes", "list").out
    assert f"/r/{slug}" in shell("codes", "show", slug).out
    assert shell("qr", "make", slug, str(picture)).code == 0
    assert qr_codes.decode_file(picture) == f"{PUBLIC_URL}/r/{slug}"
    assert ChannelCodeNotFound.code == "channel_code_not_found"
    assert shell("codes", "show", "2222222").code == 1

"""`asi visits`: the figures on the screen, for programs, and as files."""

import csv
from datetime import date
from pathlib import Path

import anyio
import pytest
from python_calamine import load_workbook

from models import LinkVisit
from models.vocabulary import ClientKind, Language, VisitKind
from services import texts
from services.exports.visits import VisitTable
from services.runtime.database import Database
from tests.support.commands import Shell

pytestmark = pytest.mark.any_database


@pytest.fixture
def _installed(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation in which a link was followed on two days."""
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    anyio.run(_follow, database_url)


async def _follow(url: str) -> None:
    database = Database(url)
    async with database.transaction() as db:
        for day, client, kind, visits in (
            (2, ClientKind.WECHAT, VisitKind.VISIT, 5),
            (3, ClientKind.WECHAT, VisitKind.SCAN, 7),
            (3, ClientKind.BOT, VisitKind.VISIT, 2),
        ):
            db.add(
                LinkVisit(
                    slug="survey",
                    day_on=date(2026, 3, day),
                    channel="poster",
                    client=client,
                    kind=kind,
                    visits=visits,
                )
            )
    await database.close()


@pytest.mark.usefixtures("_installed")
def test_figures_are_shown_for_people_and_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    asi = Shell(capsys)

    shown = asi("visits", "report", "--from", "2026-03-03")
    rows = {row["channel"]: row for row in asi("visits", "report", "--json").json}
    by_link = asi("visits", "report", "--by", "links", "--to", "2026-03-02", "--json").json
    english = asi("visits", "report", "--by", "links", "--lang", "en")

    assert "poster | 海报 | 7 | 0 | 0 | 0 | 0 | 0 | 0 | 2\n" in shown.out
    assert "各日之和不是人数" in shown.err
    assert (rows["poster"]["scans"], rows["poster"]["clicks"]) == (7, 5)
    assert rows["menu"]["scans"] == 0
    assert [(row["day"], row["client"], row["visits"]) for row in by_link] == [
        ("2026-03-02", "wechat", 5)
    ]
    assert "SurveyMonkey survey | poster | Poster |  | automatic program | click | 2" in english.out


@pytest.mark.usefixtures("_installed")
def test_figures_are_written_for_excel(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    asi = Shell(capsys)

    assert asi("visits", "export", str(tmp_path / "v.csv"), "--by", "links").code == 0
    assert asi("visits", "export", str(tmp_path / "v.xlsx")).code == 0
    refused = asi("visits", "export", str(tmp_path / "v.ods"))
    nowhere = asi("visits", "export", "/nowhere/v.xlsx")

    with (tmp_path / "v.csv").open(encoding="utf-8-sig", newline="") as file:
        assert [row["次数"] for row in csv.DictReader(file)] == ["2", "7", "5"]
    book = load_workbook(tmp_path / "v.xlsx")
    assert book.sheet_names == [
        texts.say(f"exports.tables.{table.value}", Language.ZH) for table in VisitTable
    ]
    assert (refused.code, "export_format_unknown") == (1, "export_format_unknown")
    assert ".xlsx" in refused.err
    assert not (tmp_path / "v.ods").exists()
    assert (nowhere.code, "No such file" in nowhere.err) == (2, True)
    assert "Traceback" not in nowhere.err

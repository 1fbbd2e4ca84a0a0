"""Content packs at the desk: checked, shown, and applied as they were shown."""

import re
import shutil
import stat
import zipfile
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import httpx2
import pytest
from sqlalchemy import select

from api.app import Application
from models import AuditEntry, Revision, ShortLink, Webinar
from models.vocabulary import Language, LinkTarget, StaffRole
from services import short_links
from services.content import archives, records
from services.content.archives import ArchiveUnfit
from services.content.reading import read
from services.runtime.database import Database
from services.texts import table
from tests.conftest import PACK
from tests.integration.staff.workers import Browser, browsing, hire

PACKS = "/staff/content/packs"
HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')
CHINA = "2026-03-09T16:00:00+08:00"


def packed(folder: Path = PACK, *, below: str = "2026-first/") -> bytes:
    """Compress a pack the way people do: its folder with all in it."""
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, below + file.relative_to(folder).as_posix())
        archive.writestr("__MACOSX/._round.toml", b"\x00")
    return kept.getvalue()


@pytest.fixture
def edited(tmp_path: Path) -> Path:
    """The first round's pack: a webinar an hour later, a rule gone, a new short link."""
    folder = Path(shutil.copytree(PACK, tmp_path / "edited"))
    webinars = folder / "webinars.toml"
    webinars.write_text(webinars.read_text("utf-8").replace(CHINA, CHINA.replace("16:", "17:")))
    feedback = folder / "links.toml"
    link = '\n[[link]]\nslug = "new-one"\nkind = "page"\ntarget = "/about"\n'
    link += 'title = { zh = "新", en = "New" }\n'
    feedback.write_text(feedback.read_text("utf-8") + link)
    return folder


async def upload(browser: Browser, archive: bytes, **more: str) -> httpx2.Response:
    """Choose a file and send it."""
    shown = await browser.client.get(PACKS)
    values = {**dict(HIDDEN.findall(shown.text)), "source": "upload", **more}
    files = {"pack": ("pack.zip", archive, "application/zip")}
    return await browser.client.post(f"{PACKS}/check", data=values, files=files)


async def confirm(browser: Browser, shown: httpx2.Response, **more: str) -> httpx2.Response:
    """Send the form that a comparison asks to be confirmed by."""
    values = dict(HIDDEN.findall(shown.text))
    return await browser.client.post(f"{PACKS}/apply", data={**values, **more})


async def _starts(database: Database) -> str:
    async with database.snapshot() as db:
        found = await db.scalars(select(Webinar.starts_at).where(Webinar.slug == "china"))
        return found.one().isoformat()


async def _entries(database: Database) -> list[AuditEntry]:
    async with database.snapshot() as db:
        return list(
            await db.scalars(select(AuditEntry).where(AuditEntry.act == "content.pack_applied"))
        )


async def test_an_uploaded_pack_is_shown_and_then_applied_once(
    database: Database, editor: Browser, edited: Path
) -> None:
    shown = await upload(editor, packed(edited))
    before = await _starts(database)
    applied = await confirm(editor, shown)
    again = await confirm(editor, shown)
    told = await editor.client.get(applied.headers["location"])
    after = await upload(editor, packed(edited))

    assert (shown.status_code, before) == (200, "2026-03-09T08:00:00+00:00")
    for said in ("新增 1 项", "new-one", "更改 1 项", "16:00", "17:00", "开始时间"):
        assert said in shown.text
    assert (applied.status_code, again.status_code) == (303, 303)
    assert again.headers["location"] == applied.headers["location"]
    assert "内容包已载入。" in told.text
    assert await _starts(database) == "2026-03-09T09:00:00+00:00"
    assert "没有变化" in after.text
    [entry] = await _entries(database)
    assert (entry.actor, entry.subject) == ("edith", "round/2026-first")
    assert (entry.details["added"], entry.details["changed"]) == (1, 1)


@pytest.mark.parametrize("choice", ["", "pack"])
async def test_a_conflict_goes_the_way_that_was_chosen_and_else_staffs(
    database: Database, editor: Browser, choice: str
) -> None:
    async with database.transaction() as db:
        await short_links.set_target(db, slug="survey", target="/feedback")
    shown = await upload(editor, packed())
    chosen = {"take:short_links:survey": choice} if choice else {}
    applied = await confirm(editor, shown, **chosen)
    told = (await editor.client.get(applied.headers["location"])).text

    async with database.snapshot() as db:
        link = (await db.scalars(select(ShortLink).where(ShortLink.slug == "survey"))).one()
    assert "1 处冲突" in shown.text
    assert "surveymonkey" in shown.text
    assert "/feedback" in shown.text
    taken = choice == "pack"
    assert (link.target_kind, link.target == "/feedback") == (
        (LinkTarget.URL, False) if taken else (LinkTarget.PAGE, True)
    )
    assert ("1 项冲突保留了工作人员的修改" in told) is not taken


async def test_what_changed_since_it_was_shown_is_not_applied(
    database: Database, editor: Browser, edited: Path
) -> None:
    shown = await upload(editor, packed(edited))
    async with database.transaction() as db:
        webinar = (await db.scalars(select(Webinar).where(Webinar.slug == "china"))).one()
        webinar.seats = 7
    refused = await confirm(editor, shown)
    swapped = dict(HIDDEN.findall((await upload(editor, packed())).text))
    other = await confirm(
        editor, await upload(editor, packed(edited)), seen=swapped.get("seen", "")
    )

    # pack_changed
    assert 'data-code="pack_changed"' in refused.text
    assert "名额" in refused.text
    assert 'data-code="pack_changed"' in other.text
    assert await _starts(database) == "2026-03-09T08:00:00+00:00"
    assert await _entries(database) == []
    assert (await confirm(editor, refused)).status_code == 303


async def test_the_installations_own_folder_is_compared(editor: Browser) -> None:
    shown = await editor.send(PACKS, f"{PACKS}/check", source="folder")

    assert "没有变化" in shown.text


async def test_every_fault_is_named_and_nothing_is_changed(
    database: Database, editor: Browser, edited: Path
) -> None:
    file = edited / "round.toml"
    file.write_text(file.read_text("utf-8").replace('hub_url = "https://', 'hub_url = "http://'))
    (edited / "pages" / "about.en.md").unlink()
    shown = await upload(editor, packed(edited, below=""))

    # pack_invalid
    assert (shown.status_code, "2 处错误" in shown.text) == (422, True)
    for said in ("round.hub_url", "an address beginning with https:// is expected", "about.en.md"):
        assert said in shown.text
    assert "edited" not in shown.text
    async with database.snapshot() as db:
        assert await db.scalar(select(Revision.number)) == 1


def _archive(*entries: tuple[str | zipfile.ZipInfo, bytes]) -> bytes:
    kept = BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content)
    return kept.getvalue()


def _link(name: str) -> zipfile.ZipInfo:
    made = zipfile.ZipInfo(name)
    made.create_system = 3
    made.external_attr = (stat.S_IFLNK | 0o777) << 16
    return made


def _spoilt(sound: bytes) -> bytes:
    at = sound.index(b"[round]") if b"[round]" in sound else len(sound) // 3
    return sound[:at] + bytes(64) + sound[at + 64 :]


def _encrypted(sound: bytes) -> bytes:
    """Set the flag in every header, as archives with a password have it."""
    marked = bytearray(sound)
    for magic, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        for found in re.finditer(re.escape(magic), sound):
            marked[found.start() + offset] |= 1
    return bytes(marked)


HEAD = ("round.toml", b"[round]\n")


@pytest.mark.parametrize(
    ("reason", "make"),
    [
        ("no_archive", lambda: b""),
        ("no_archive", lambda: b"PK, but not really"),
        ("too_large", lambda: bytes(archives.LARGEST_ARCHIVE + 1)),
        ("damaged", lambda: _spoilt(packed())),
        ("too_many_files", lambda: _archive(*((f"{n}.md", b"") for n in range(201)))),
        ("too_large_unpacked", lambda: _archive(HEAD, ("a.md", bytes(5 * 1024 * 1024)))),
        ("encrypted", lambda: _encrypted(_archive(HEAD))),
        ("outside", lambda: _archive(HEAD, ("../outside.md", b"x"))),
        ("outside", lambda: _archive(HEAD, ("/etc/outside.md", b"x"))),
        ("outside", lambda: _archive(HEAD, ("pages\\..\\outside.md", b"x"))),
        ("link", lambda: _archive(HEAD, (_link("pages.toml"), b"/etc/passwd"))),
        ("twice", lambda: _archive(HEAD, ("Round.toml", b""))),
        ("no_pack", lambda: _archive(("a/round.toml", b""), ("b/round.toml", b""))),
    ],
)
def test_an_archive_that_is_none_of_a_packs_is_not_unpacked(
    tmp_path: Path, reason: str, make: Callable[[], bytes]
) -> None:
    folder = tmp_path / "in"
    folder.mkdir()

    with pytest.raises(ArchiveUnfit) as refusal:
        archives.unpack(make(), folder)

    assert refusal.value.reason == reason
    assert list(tmp_path.iterdir()) == [folder]
    assert not any(file.is_symlink() for file in folder.rglob("*"))


async def test_an_unfit_archive_is_refused_in_words(editor: Browser) -> None:
    refused = await upload(editor, b"no archive")

    # archive_unfit
    assert refused.status_code == 422
    assert 'data-code="archive_unfit"' in refused.text
    assert "它不是 .zip 文件" in refused.text


async def test_others_read_and_apply_nothing(application: Application) -> None:
    await hire(application, "agatha", StaffRole.AGENT)
    async with browsing(application) as agent:
        await agent.log_in("agatha")
        page = await agent.client.get(PACKS)
        checked = await upload(agent, packed())
        applied = await agent.client.post(f"{PACKS}/apply", data={"seen": "x"})

    assert (page.status_code, 'type="file"' in page.text) == (200, False)
    assert (checked.status_code, applied.status_code) == (403, 403)


def test_every_table_and_field_of_a_pack_has_a_name() -> None:
    known, named = table(Language.ZH), "pages.desk.content.packs"
    every = records.records(read(PACK))

    assert {f"{named}.tables.{one.kind}" for one in every} <= known.keys()
    assert {f"{named}.fields.{name}" for one in every for name in one.fields} <= known.keys()

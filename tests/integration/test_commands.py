"""Commands: what they do, and the two sentences they refuse with."""

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from api import cli
from api.cli import serve
from api.cli.output import opened
from models.vocabulary import Language
from services.errors import Refusal
from services.runtime import packaging, schema
from services.runtime import settings as runtime_settings
from tests.conftest import PACK, SECOND_PACK
from tests.support import files, turns

pytestmark = pytest.mark.any_database


@pytest.fixture
def installed(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installation with the first round in it, named by the environment."""
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))


def _run(*arguments: str) -> int:
    with pytest.raises(SystemExit) as ended:
        cli.main(arguments)
    return ended.value.code if isinstance(ended.value.code, int) else 0


def _json(capsys: pytest.CaptureFixture[str], *arguments: str) -> list[dict[str, object]]:
    assert _run(*arguments, "--json") == 0
    found: list[dict[str, object]] = json.loads(capsys.readouterr().out)
    return found


async def _a_turn_of_the_worker() -> None:
    chosen = runtime_settings.load()
    async with opened(chosen) as database:
        await turns.queue_scheduled(chosen, database)


@pytest.mark.usefixtures("installed")
def test_staff_put_a_file_in(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    source = files.pdf(tmp_path / "PSV4-Draft-Secton-11-Displacement_CN.pdf")

    assert _run("documents", "mirror", str(source)) == 0
    address = capsys.readouterr().out.strip()
    rows = _json(capsys, "documents", "list")

    assert address.endswith("/PSV4-Draft-Section-11-Displacement_CN.pdf")
    assert [row["slug"] for row in rows if row["state"] == "mirrored"] == ["ps-v4-displacement"]


@pytest.mark.usefixtures("installed")
def test_a_file_may_be_given_to_a_document_by_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    source = files.pdf(tmp_path / "scan.pdf")

    assert _run("documents", "mirror", str(source), "--document", "coc-v3-draft") == 0
    assert _run("documents", "mirror", str(source)) == 1

    assert "scan.pdf" in capsys.readouterr().err


@pytest.mark.usefixtures("installed")
def test_a_link_is_changed_and_switched_off(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("links", "set", "survey", "/feedback") == 0
    assert _run("links", "disable", "survey") == 0
    rows = {row["slug"]: row for row in _json(capsys, "links", "list")}
    assert _run("links", "enable", "survey") == 0

    assert (rows["survey"]["target"], rows["survey"]["disabled"]) == ("/feedback", True)
    assert rows["read-original"]["target_kind"] == "hub"
    assert _json(capsys, "links", "visits", "survey") == []


@pytest.mark.usefixtures("installed")
def test_packs_are_checked_compared_and_loaded(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("content", "check", str(PACK)) == 0
    assert _run("content", "diff", str(PACK)) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "0"

    changes = _json(capsys, "content", "load", str(SECOND_PACK))

    assert {change["kind"] for change in changes} >= {"added"}
    assert _json(capsys, "content", "diff", str(SECOND_PACK)) == []


@pytest.mark.usefixtures("installed")
def test_a_broken_pack_is_refused_in_both_languages(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "round.toml").write_text("[round")

    assert _run("content", "load", str(tmp_path)) == 1
    said = capsys.readouterr().err

    assert "内容包" in said
    assert "round.toml: not valid TOML" in said
    assert "The content pack" in said
    assert "Traceback" not in said


def test_the_next_round_is_one_command(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    target = str(tmp_path / "2027-next")
    opens, closes = "2027-01-10T00:00+08:00", "2027-03-10T23:59:59+08:00"

    made = _run(
        "content", "new-round", target, "--slug", "2027-next", "--opens", opens,
        "--closes", closes, "--from", str(PACK),
    )  # fmt: skip

    assert made == 0
    assert _run("content", "check", target) == 0
    assert "2027-next" in capsys.readouterr().out


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("suffix", ["png", "svg"])
def test_a_code_is_made_and_checked(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, suffix: str
) -> None:
    output = tmp_path / f"code.{suffix}"

    assert _run("qr", "make", "article", str(output), "--size", "600", "--colour", "#00608f") == 0

    assert capsys.readouterr().out.strip() == "http://127.0.0.1:8000/r/article"
    assert output.stat().st_size > 500


@pytest.mark.usefixtures("installed")
def test_a_picture_is_checked(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    code, white = tmp_path / "code.png", tmp_path / "white.png"
    Image.new("RGB", (200, 200), "#ffffff").save(white)
    _run("qr", "make", "survey", str(code))
    capsys.readouterr()

    assert _run("qr", "check", str(code)) == 0
    assert capsys.readouterr().out.strip().endswith("/r/survey")
    assert _run("qr", "check", str(white)) == 1


@pytest.mark.usefixtures("installed")
def test_a_code_for_no_link_is_refused(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert _run("qr", "make", "nope", str(tmp_path / "code.png")) == 1
    assert "没有这个短链接" in capsys.readouterr().err


@pytest.mark.usefixtures("installed")
def test_a_code_that_cannot_be_written_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run("qr", "make", "survey", "/nowhere/code.png") == 2
    assert _run("qr", "make", "survey", "/") == 2

    said = capsys.readouterr().err
    assert ("No such file" in said, "Is a directory" in said) == (True, True)
    assert "Traceback" not in said


@pytest.mark.usefixtures("installed")
def test_the_doctor_finds_a_sound_installation(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asyncio.run(_a_turn_of_the_worker())
    (tmp_path / "MP_verify_a.txt").write_text("a")
    monkeypatch.setenv("ASI_VERIFICATION_FILES", str(tmp_path))

    findings = {str(row["subject"]): row for row in _json(capsys, "doctor")}

    assert all(row["ok"] for row in findings.values())
    assert findings["verification files"]["detail"] == "MP_verify_a.txt"
    assert _run("doctor", "--lang", "en") == 0


def test_the_doctor_names_what_is_wrong(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("ASI_VERIFICATION_FILES", str(tmp_path / "nothing"))

    assert _run("doctor") == 1
    said = capsys.readouterr().out

    assert "✗ schema_too_old" in said
    assert "✗ verification files" in said


def test_migrating_is_one_command(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    empty_database_url: str,
    tmp_path: Path,
) -> None:
    monkeypatch.setenv("ASI_DATABASE_URL", empty_database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))

    assert _run("migrate") == 0
    assert _run("migrate", "check") == 0
    assert _run("migrate", "status") == 0
    assert _run("migrate", "down", "base") == 0

    assert capsys.readouterr().out.splitlines()[0] == schema.head()
    assert schema.current(empty_database_url) is None


def test_a_wrong_setting_is_two_sentences(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ASI_SECRET_KEY")

    assert _run("serve") == 1

    assert capsys.readouterr().err.count("ASI_SECRET_KEY") == 2


def _refused(**given: Any) -> Refusal:
    chosen = runtime_settings.load(**given)
    with pytest.raises(Refusal) as refused:
        serve.run(chosen, host="127.0.0.1", port=0, started=lambda: None)
    assert all(refused.value.sentence(language) for language in Language)
    return refused.value


def test_postgresql_is_never_migrated_by_itself(
    empty_database_url: str, engine: str, tmp_path: Path
) -> None:
    if engine == "sqlite":
        # SQLite is made ready; without a pack there is nothing to serve all the same.
        found = _refused(
            database_url=empty_database_url, data_dir=tmp_path / "d", content=tmp_path / "none"
        )
        assert found.code == "pack_invalid"
    else:
        found = _refused(database_url=empty_database_url, data_dir=tmp_path / "d")
        assert found.code == "schema_too_old"


def test_a_database_without_content_is_not_served(
    empty_database_url: str, engine: str, tmp_path: Path
) -> None:
    schema.upgrade(empty_database_url)

    found = _refused(
        database_url=empty_database_url, data_dir=tmp_path / "d", content=tmp_path / "none"
    )

    assert found.code == ("pack_invalid" if engine == "sqlite" else "content_missing")


def test_production_needs_the_publishers_facts(database_url: str, tmp_path: Path) -> None:
    found = _refused(
        database_url=database_url, data_dir=tmp_path, public_url="https://asi.example.cn"
    )

    assert found.code == "publisher_incomplete"
    assert "icp_number" in str(found)


def test_a_taken_port_is_named(database_url: str, tmp_path: Path) -> None:
    chosen = runtime_settings.load(database_url=database_url, data_dir=tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(Refusal) as refused:
        serve.run(chosen, host="127.0.0.1", port=taken.getsockname()[1], started=lambda: None)

    assert refused.value.code == "port_taken"


def test_an_address_that_is_not_ours_is_refused(database_url: str, tmp_path: Path) -> None:
    chosen = runtime_settings.load(database_url=database_url, data_dir=tmp_path)
    with pytest.raises(Refusal) as refused:
        serve.run(chosen, host="192.0.2.1", port=0, started=lambda: None)

    assert refused.value.code == "address_unusable"


def test_sqlite_takes_one_worker(tmp_path: Path) -> None:
    chosen = runtime_settings.load(data_dir=tmp_path)
    with pytest.raises(Refusal) as refused:
        serve.run(chosen, host="127.0.0.1", port=0, workers=2, started=lambda: None)

    assert refused.value.code == "several_workers"


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    assert _refused(data_dir=tmp_path / "file" / "data").code == "data_dir_unusable"


def test_a_broken_database_file_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "asi.db").write_bytes(b"this is no database" * 100)

    assert _refused(data_dir=tmp_path).code == "database_unusable"


def test_the_demos_clock_is_moved_by_a_command(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = str(tmp_path / "demo")

    assert _run("demo", "clock", "2026-04-20T23:00", "--data-dir", folder) == 0
    assert _run("demo", "clock", "--data-dir", folder) == 0
    assert _run("demo", "clock", "tomorrow", "--data-dir", folder) == 2

    assert "2026年4月20日（星期一）23:00（北京时间）" in capsys.readouterr().out
    assert (tmp_path / "demo" / "demo-secret").stat().st_mode & 0o777 == 0o600


def test_productions_clock_cannot_be_moved(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ASI_PUBLIC_URL", "https://asi.example.cn")

    assert _run("demo", "clock", "2026-04-20T23:00", "--data-dir", str(tmp_path)) == 1

    # clock_refused
    assert "只有开发环境可以调整时钟" in capsys.readouterr().err


def test_a_package_that_takes_our_name_is_named(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    intruder = tmp_path / "intruder-1.0.dist-info"
    intruder.mkdir()
    (intruder / "METADATA").write_text("Metadata-Version: 2.1\nName: intruder\nVersion: 1.0\n")
    (intruder / "RECORD").write_text("models/__init__.py,,\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert _run("doctor") == 1

    # names_taken
    assert "intruder" in capsys.readouterr().err
    assert packaging.intruders() == [("intruder", "models")]


def test_health_asks_the_running_service(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]

    assert _run("health", "--url", f"http://127.0.0.1:{port}") == 1
    assert "ConnectError" in capsys.readouterr().err

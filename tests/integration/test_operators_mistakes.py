"""What an operator may get wrong: one sentence that says what to do, and an exit code."""

import resource
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from datetime import timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from multiprocessing import get_context
from pathlib import Path
from threading import Thread

import pytest

from api import cli
from services.runtime import schema
from services.runtime.clock import utc_now
from tests.support import simulator as wechat
from tests.support.commands import Shell
from tests.support.processes import free_port
from tests.support.templates import Template

pytestmark = pytest.mark.any_database

ROOM = 50_000
"""Bytes a file may have on the disk that is full; the database has more."""


@pytest.fixture
def shell(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def data(tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An installation with the first round in it, named by the environment."""
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    return tmp_path


def _nothing(_url: str, _folder: Path) -> None:
    pass


def _older(url: str, _folder: Path) -> None:
    schema.downgrade(url, "0023")


def _newer(url: str, _folder: Path) -> None:
    engine = schema.engine_for_migrations(url)
    with engine.begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    engine.dispose()


def _no_database(url: str, _folder: Path) -> None:
    Path(url.removeprefix("sqlite:///")).write_bytes(b"something else" * 1000)


def _no_folder(_url: str, folder: Path) -> None:
    (folder / "data").write_text("a file where the folder should be")


Prepare = Callable[[str, Path], None]
UNREACHABLE = "postgresql://nobody:a-password@127.0.0.1:1/nothing"
MISTAKES: list[tuple[str, dict[str, str], Prepare, str, str]] = [
    ("no secret key", {"ASI_SECRET_KEY": ""}, _nothing, "ASI_SECRET_KEY", "openssl rand"),
    ("a short one", {"ASI_SECRET_KEY": "changeme"}, _nothing, "ASI_SECRET_KEY", "openssl rand"),
    (
        "one that can be guessed",
        {"ASI_SECRET_KEY": "0123" * 8, "ASI_PUBLIC_URL": "https://asi.example.cn"},
        _nothing,
        "ASI_SECRET_KEY",
        "openssl rand",
    ),
    ("a short key of backups", {"ASI_BACKUP_KEY": "short"}, _nothing, "ASI_BACKUP_KEY", "openssl"),
    (
        "a secret's file that is not there",
        {"ASI_SECRET_KEY_FILE": "/nowhere/key"},
        _nothing,
        "ASI_SECRET_KEY_FILE",
        "/nowhere/key",
    ),
    (
        "a secret's file that is no text",
        {"ASI_SECRET_KEY_FILE": sys.executable},
        _nothing,
        "ASI_SECRET_KEY_FILE",
        "cannot be read",
    ),
    (
        "no number",
        {"ASI_ATTACHMENT_MEGABYTES": "many"},
        _nothing,
        "ATTACHMENT_MEGABYTES",
        "integer",
    ),
    (
        "no such database",
        {"ASI_DATABASE_URL": "oracle://x"},
        _nothing,
        "ASI_DATABASE_URL",
        "sqlite",
    ),
    *(
        (f"no file: {url}", {"ASI_DATABASE_URL": url}, _nothing, "ASI_DATABASE_URL", "path/of")
        for url in ("sqlite://", "sqlite:///", "sqlite:///:memory:")
    ),
    ("no server", {"ASI_DATABASE_URL": UNREACHABLE}, _nothing, "ASI_DATABASE_URL", "refused"),
    (
        "a database that may not be written",
        {"ASI_DATABASE_URL": "sqlite:////proc/asi.db"},
        _nothing,
        "ASI_DATABASE_URL",
        "may it be written",
    ),
    ("no database at all", {}, _no_database, "ASI_DATABASE_URL", "not a database"),
    ("an older schema", {}, _older, "asi migrate", "shape"),
    ("a newer schema", {}, _newer, "9999", "Upgrade this service"),
    ("no folder", {}, _no_folder, "ASI_DATA_DIR", "permissions"),
]


@pytest.mark.parametrize(
    ("environment", "prepare", "named", "advice"),
    [mistake[1:] for mistake in MISTAKES],
    ids=[mistake[0] for mistake in MISTAKES],
)
def test_a_mistake_is_one_sentence_wherever_it_is_met(
    data: Path,
    database_url: str,
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
    environment: dict[str, str],
    prepare: Prepare,
    named: str,
    advice: str,
) -> None:
    prepare(database_url, data)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    for words in (("serve", "--port", str(free_port())), ("doctor", "--lang", "en")):
        done = shell(*words)
        said = done.err + done.out

        assert done.code == 1, words
        assert (named in said, advice in said) == (True, True), (words, said)
        assert "Traceback" not in said
        assert not any(secret in said for secret in ("changeme", "a-password", "01230123"))


def test_a_full_disk_is_one_sentence_and_costs_nothing(
    data: Path, database_url: str, shell: Shell
) -> None:
    made = shell("backup", "create", str(data / "backups"))
    [kept] = (data / "backups").iterdir()

    outcomes = {
        words: _with_a_full_disk(*words, output=data / "said")
        for words in (
            ("backup", "create", str(data / "other")),
            ("backup", "restore", str(kept), "--replace"),
            ("content", "load", "tests/packs/second-round"),
        )
    }

    assert made.code == 0
    for words, (code, said) in outcomes.items():
        assert code == 1, (words, said)
        assert "Traceback" not in said, words
        assert "full" in said or "too large" in said or "I/O" in said, (words, said)
    assert list((data / "other").iterdir()) == []
    assert shell("documents", "list").code == 0
    file = Path(database_url.removeprefix("sqlite:///"))
    assert not [found for found in file.parent.iterdir() if "restoring" in found.name]


def test_a_clock_that_is_off_by_an_hour_is_told(
    data: Path, shell: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:
    del data
    for name, value in wechat.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)
    with _an_hour_ago() as url:
        monkeypatch.setenv("ASI_WECHAT_API_URL", url)

        done = shell("doctor", "--json", "--lang", "en")

    [clock] = [row for row in done.json if row["subject"] == "clock"]
    assert (done.code, clock["ok"]) == (1, False)
    assert "NTP" in clock["detail"]
    assert abs(int(clock["detail"].split()[0]) - 3600) < 60


def _with_a_full_disk(*words: str, output: Path) -> tuple[int, str]:
    """Run a command in a process of its own that may not make a file larger than ROOM."""
    process = get_context("fork").Process(target=_run_full, args=(words, output))
    process.start()
    process.join(60)
    return process.exitcode or 0, output.read_text(encoding="utf-8")


def _run_full(words: tuple[str, ...], output: Path) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (ROOM, ROOM))
    with output.open("w", encoding="utf-8") as said, redirect_stdout(said), redirect_stderr(said):
        cli.main(words)


@contextmanager
def _an_hour_ago() -> Iterator[str]:
    """A server whose clock is right, seen from a machine whose clock is an hour ahead."""

    class Late(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(404)
            self.send_header("Date", format_datetime(utc_now() - timedelta(hours=1), usegmt=True))
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_args: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Late) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_database_that_may_lose_a_commit_is_not_served(
    request: pytest.FixtureRequest,
    pytestconfig: pytest.Config,
    tmp_path: Path,
    shell: Shell,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if pytestconfig.getoption("--database") == "sqlite":
        pytest.skip("asked for SQLite only")
    template: Template = request.getfixturevalue("postgresql_template")
    monkeypatch.setenv("ASI_DATA_DIR", str(tmp_path / "data"))
    with template.copy(tmp_path) as url:
        monkeypatch.setenv("ASI_DATABASE_URL", f"{url}&options=-csynchronous_commit%3Doff")
        done = shell("serve", "--port", str(free_port()))

    assert done.code == 1
    assert "synchronous_commit" in done.err

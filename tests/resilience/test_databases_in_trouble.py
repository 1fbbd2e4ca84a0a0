"""A database restarted under load, and a disk that is full: nothing acknowledged is lost."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx2
import pytest

from tests.conftest import fill
from tests.resilience.sizes import LONG
from tests.support import crowds, own_postgres, postgres
from tests.support.applicants import FEEDBACK, REGISTRATIONS, Applicants, applying
from tests.support.deliveries import Senders, writing
from tests.support.figures import Tell
from tests.support.installations import Installation, wait_until
from tests.support.processes import Service, running
from tests.support.simulator import ENVIRONMENT, MP_APPID
from tests.support.templates import Template

pytestmark = [pytest.mark.alone, pytest.mark.unhurried, pytest.mark.timeout(300)]

RESTARTS = 3
CLIENTS = 4
APPLICANTS = 2
VISITORS = 1_000
LONGEST_WRITE_SECONDS = 5.0 if LONG else 30.0
"""The bar is meant for a quiet machine."""

BACK_SECONDS = 1.0
GIVEN_UP_SECONDS = 2
"""The least that psycopg takes for a connection."""

SMALL_DISK = "4m"
SILENT = "http://127.0.0.1:9"


@pytest.fixture(autouse=True)
def _accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (ENVIRONMENT | {"ASI_WECHAT_API_URL": SILENT}).items():
        monkeypatch.setenv(name, value)


def test_postgresql_is_restarted_at_once_under_load(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Tell
) -> None:
    with own_postgres.running() as cluster:
        url = postgres.create_database(cluster.url, "asi")
        fill(url)
        house = Installation(url, tmp_path / "data")
        tokens = crowds.arrived(url, VISITORS, appid=MP_APPID)
        monkeypatch.setenv("ASI_DATABASE_URL", url)
        with (
            running("serve", data_dir=house.data_dir) as service,
            writing(service.url, clients=CLIENTS) as senders,
            applying(service.url, tokens, clients=APPLICANTS) as applicants,
        ):
            for _ in range(RESTARTS):
                senders.wait_for(60)
                cluster.restart_at_once()
            senders.wait_for(60)
            same_process = service.process.poll() is None
        lost = _lost(house, applicants) | _lost_pushes(house, senders.acknowledged)

    acknowledged = len(senders.acknowledged) + sum(map(len, applicants.granted.values()))
    figure(5, f"acknowledged under {RESTARTS} immediate restarts", acknowledged)
    figure(5, "of those lost", len(lost))
    figure(5, "longest wish from first try to grant", applicants.longest, "s")
    assert lost == set()
    assert senders.strange == applicants.strange == []
    assert applicants.longest <= LONGEST_WRITE_SECONDS
    assert same_process


def test_a_postgresql_that_answers_nobody_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Tell
) -> None:
    with own_postgres.running() as cluster:
        url = postgres.create_database(cluster.url, "asi")
        fill(url)
        [token] = crowds.arrived(url, 1, appid=MP_APPID)
        monkeypatch.setenv("ASI_DATABASE_URL", f"{url}&connect_timeout={GIVEN_UP_SECONDS}")
        with running("serve", data_dir=tmp_path / "data") as service:
            with cluster.answering_nobody():
                began = time.monotonic()
                refused = _register(service, token)
                given_up = time.monotonic() - began
                ready = httpx2.get(service.url + "/readyz", timeout=30).status_code
            granted = _register(service, token)

    figure(5, "from a wish to a server that answers nobody to its 503", given_up, "s")
    assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
    assert given_up <= 2 * GIVEN_UP_SECONDS
    assert ready == 503
    assert granted.status_code == 201


def test_a_full_disk_refuses_what_it_cannot_keep_and_loses_nothing(
    sqlite_template: Template, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Tell
) -> None:
    with _small_disk(tmp_path) as disk, sqlite_template.copy(disk) as url:
        house = Installation(url, tmp_path / "data")
        tokens = crowds.arrived(url, 20, appid=MP_APPID)
        monkeypatch.setenv("ASI_DATABASE_URL", url)
        with running("serve", data_dir=house.data_dir) as service:
            with writing(service.url, clients=CLIENTS) as senders:
                senders.wait_for(20)
                ballast = _filled_up(disk)
                wait_until(lambda: senders.repeated >= 20)
                full = _looked_at(service, tokens[0])
                ballast.unlink()
                back = _seconds_to_next(senders)
            assert _register(service, tokens[1]).status_code == 201
            assert service.stop() == 0
        house.assert_sound()
        lost = _lost_pushes(house, senders.acknowledged)

    figure(4, "acknowledged around a full disk", len(senders.acknowledged))
    figure(4, "of those lost", len(lost))
    figure(4, "refused with 503 meanwhile", senders.repeated)
    figure(4, "from room to the next acknowledgement", back, "s")
    assert lost == set()
    assert senders.strange == []
    assert full == {"write": (503, True), "/healthz": 200, "/readyz": 200, "/v1/documents": 200}
    assert back <= BACK_SECONDS
    assert "Traceback" not in service.log.read_text(encoding="utf-8")


def _seconds_to_next(senders: Senders) -> float:
    began = time.monotonic()
    senders.wait_for(1)
    return time.monotonic() - began


def _looked_at(service: Service, token: str) -> dict[str, object]:
    """Ask for a write and for reading while nothing can be written."""
    written = _register(service, token)
    seen: dict[str, object] = {"write": (written.status_code, "retry-after" in written.headers)}
    for path in ("/healthz", "/readyz", "/v1/documents"):
        seen[path] = httpx2.get(service.url + path).status_code
    return seen


def _register(service: Service, token: str) -> httpx2.Response:
    return httpx2.post(
        service.url + REGISTRATIONS,
        json={"name": "王芳", "organisation": "某某铝业有限公司", "phone": "13800138000"},
        headers={"Authorization": f"Bearer {token}", "Idempotency-Key": token},
        timeout=60,
    )


def _lost(house: Installation, applicants: Applicants) -> set[str]:
    """Give what was granted and is not there."""
    seats = {str(id_).replace("-", "") for (id_,) in house.rows("SELECT id FROM registrations")}
    receipts = {str(one) for (one,) in house.rows("SELECT receipt FROM feedback_items")}
    granted = {id_.replace("-", "") for id_ in applicants.of(REGISTRATIONS).values()}
    return (granted - seats) | (set(applicants.of(FEEDBACK).values()) - receipts)


def _lost_pushes(house: Installation, acknowledged: list[int]) -> set[str]:
    bodies = "".join(str(body) for (body,) in house.rows("SELECT body FROM pushes"))
    return {str(one) for one in acknowledged if f"<MsgId>{one}</MsgId>" not in bodies}


@contextmanager
def _small_disk(tmp_path: Path) -> Iterator[Path]:
    """Mount a disk of a few megabytes in memory, which only root may do."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={_SIZE}", "none", str(disk)],  # noqa: S607
        check=False,
        capture_output=True,
    )
    if mounted.returncode:
        pytest.skip("only root can mount a small disk, and not in every container")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)  # noqa: S607


def _filled_up(disk: Path) -> Path:
    """Take all the room that is left."""
    ballast = disk / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while file.write(b"\0" * 4096):
                pass
        except OSError:
            return ballast
    raise AssertionError


_SIZE = os.environ.get("SMALL_DISK", SMALL_DISK)

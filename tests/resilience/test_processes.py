"""The serving process: it starts by itself, stops cleanly, and loses at most a moment of counts."""

import json
import signal
import subprocess
from pathlib import Path

import httpx2
import pytest

from tests.support import ports, processes
from tests.support.processes import ASI, running

PROMISED_LOSS_SECONDS = 0.25


def _visits(data_dir: Path) -> int:
    found = subprocess.run(
        [str(ASI), "links", "visits", "read-original", "--json"],
        env={"ASI_DATA_DIR": str(data_dir), "ASI_SECRET_KEY": "k" * 40},
        check=True,
        capture_output=True,
    )
    return sum(row["visits"] for row in json.loads(found.stdout))


def _follow(client: httpx2.Client, times: int) -> None:
    for _ in range(times):
        assert client.get("/r/read-original").status_code == 302


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_clean_stop_loses_no_count(tmp_path: Path, number: int) -> None:
    with running("serve", data_dir=tmp_path / "data") as service:
        with httpx2.Client(base_url=service.url) as client:
            _follow(client, 50)
        code = service.stop(number)

    assert code == 0
    assert "Traceback" not in service.log.read_text(encoding="utf-8")
    assert _visits(tmp_path / "data") == 50


def test_a_crash_loses_only_the_last_moment_of_counts(tmp_path: Path) -> None:
    with running("serve", data_dir=tmp_path / "data") as service:
        with httpx2.Client(base_url=service.url) as client:
            _follow(client, 50)
            _wait_until_written(client)
            _follow(client, 5)
        service.stop(signal.SIGKILL)
    counted = _visits(tmp_path / "data")

    with running("serve", data_dir=tmp_path / "data") as again:
        assert httpx2.get(f"{again.url}/v1/documents").status_code == 200
    assert 50 <= counted <= 55


def test_a_second_process_on_the_same_data_is_refused(tmp_path: Path) -> None:
    with (
        running("serve", data_dir=tmp_path / "data"),
        # database_busy
        pytest.raises(RuntimeError, match="另一个进程正在使用数据库"),
        running("serve", data_dir=tmp_path / "data"),
    ):
        pytest.fail("two processes serve one SQLite database")


def test_a_kept_data_folder_starts_again(tmp_path: Path) -> None:
    for _ in range(2):
        with running("serve", data_dir=tmp_path / "data") as service:
            assert service.stop() == 0


def test_a_demo_that_is_killed_takes_its_simulator_with_it(tmp_path: Path) -> None:
    data_dir, port = tmp_path / "data", ports.free_in_a_row(3)
    with running("demo", "--data-dir", str(data_dir), data_dir=data_dir, port=port) as demo:
        demo.stop(signal.SIGKILL)

    assert processes.falls_silent(port + 1)


def test_the_demo_greets_in_both_languages_with_a_code(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    port = ports.free_in_a_row(3)
    with running("demo", "--data-dir", str(data_dir), data_dir=data_dir, port=port) as service:
        greeting = service.log.read_text(encoding="utf-8")
        state = httpx2.get(f"{service.url}/v1/consultations").json()["items"][0]["state"]
        _move_clock(data_dir, "2026-04-21T00:00:00+08:00")
        code = service.stop(signal.SIGINT)

    assert "演示已启动" in greeting
    assert "The demo is running" in greeting
    assert "▄▄▄▄▄" in greeting
    assert state == "open"
    assert code == 0


def test_a_moved_clock_reaches_the_running_service(tmp_path: Path) -> None:
    data_dir = tmp_path / "data"
    with running("serve", data_dir=data_dir) as service:
        _move_clock(data_dir, "2026-04-21T00:00:00+08:00")

        with httpx2.Client(base_url=service.url) as client:
            states = [_state(client) for _ in range(300)]

    assert states[-1] == "closed"


def test_large_answers_arrive_whole_over_one_connection(tmp_path: Path) -> None:
    style = (processes.ROOT / "api" / "static" / "weui.min.css").read_bytes()
    with (
        running("serve", data_dir=tmp_path / "data") as service,
        httpx2.Client(base_url=service.url, headers={"Accept-Encoding": "identity"}) as client,
    ):
        address = client.get("/").text.split("weui.")[1].split('"')[0]

        answers = [client.get(f"/static/weui.{address}").content for _ in range(20)]

    assert answers == [style] * 20


def test_a_read_only_data_folder_is_one_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "data"
    blocked.write_text("a file where the folder should be")

    with (
        pytest.raises(RuntimeError, match="数据文件夹"),
        running("serve", data_dir=blocked),
    ):
        pytest.fail("it serves without a data folder")


def _wait_until_written(client: httpx2.Client) -> None:
    for _ in range(processes.START_SECONDS * 100):
        if "asi_visits_waiting 0.0" in client.get("/metrics").text:
            return
    pytest.fail("visits are never written")


def _state(client: httpx2.Client) -> str:
    return str(client.get("/v1/consultations").json()["items"][0]["state"])


def _move_clock(data_dir: Path, instant: str) -> None:
    subprocess.run(
        [str(ASI), "demo", "clock", instant, "--data-dir", str(data_dir)],
        check=True,
        capture_output=True,
    )

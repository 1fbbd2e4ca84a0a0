"""The TypeScript client: made from today's contract, strict, at work against the live service."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.support import processes, simulator

CONTRACT = ROOT / "miniprogram_contract"
MODULES = CONTRACT / "node_modules"
SECONDS = 60


@pytest.fixture(scope="module", autouse=True)
def _node() -> None:
    if shutil.which("node") and MODULES.is_dir():
        return
    message = "The TypeScript client needs Node.js and its packages: bash .ci/node"
    if os.environ.get("CI") == "true" or os.environ.get("ASI_REQUIRE_SERVICES"):
        pytest.fail(message)
    pytest.skip(message)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The client and its tests as JavaScript; making it is the strict type check."""
    folder = tmp_path_factory.mktemp("client")
    _run("node", str(MODULES / ".bin" / "tsc"), "--outDir", str(folder))
    return folder


@pytest.fixture
def service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """The service and the simulator it logs people in with; gives where they are."""
    with simulator.in_thread() as platform:
        monkeypatch.setenv("ASI_WECHAT_API_URL", platform.url)
        for name, value in simulator.ENVIRONMENT.items():
            monkeypatch.setenv(name, value)
        with processes.running("serve", data_dir=tmp_path / "data") as running:
            yield {"ASI_SERVICE": running.url, "ASI_SIMULATOR": platform.url}


def test_the_generated_functions_are_those_of_todays_contract(tmp_path: Path) -> None:
    made = tmp_path / "api.ts"

    _run(
        "node", str(MODULES / ".bin" / "orval"), "--config", "orval.config.cjs", ASI_CLIENT_OUT=made
    )

    fresh = made.read_text(encoding="utf-8")
    committed = (CONTRACT / "client" / "api.ts").read_text(encoding="utf-8")
    assert fresh.split("\nexport ")[1:] == committed.split("\nexport ")[1:], "run make contract"


def test_the_client_works_against_the_live_service(built: Path, service: dict[str, str]) -> None:
    report = _run("node", "--test", str(built / "test" / "client.test.js"), **service)

    assert "# fail 0" in report
    assert "# pass 0" not in report


def _run(*command: str, **environment: object) -> str:
    done = subprocess.run(  # noqa: S603 - programs of the client's own lock
        command,
        cwd=CONTRACT,
        env=os.environ | {name: str(value) for name, value in environment.items()},
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

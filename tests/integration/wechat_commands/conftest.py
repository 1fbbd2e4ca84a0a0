"""A simulator and a service that really serves, for the commands of this folder."""

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from tests.conftest import SECRET_KEY
from tests.support import processes
from tests.support.commands import Shell
from tests.support.processes import Service, free_port
from tests.support.simulator import ENVIRONMENT, Simulator, in_thread


@dataclass(frozen=True)
class Place:
    """A service, the WeChat it knows, and the folder of its data."""

    service: Service
    simulator: Simulator
    data_dir: Path

    @property
    def environment(self) -> dict[str, str]:
        """What a command beside the service is told."""
        return ENVIRONMENT | {
            "ASI_SECRET_KEY": SECRET_KEY,
            "ASI_DATA_DIR": str(self.data_dir),
            "ASI_PUBLIC_URL": self.service.url,
            "ASI_WECHAT_API_URL": self.simulator.url,
        }


@pytest.fixture(scope="package")
def shared_place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    data_dir, port = tmp_path_factory.mktemp("place") / "data", free_port()
    with ExitStack() as stack:
        simulator = stack.enter_context(in_thread(ASI_PUBLIC_URL=f"http://127.0.0.1:{port}"))
        told = {"ASI_SECRET_KEY": SECRET_KEY, "ASI_WECHAT_API_URL": simulator.url}
        with pytest.MonkeyPatch.context() as environment:
            for name, value in (ENVIRONMENT | told).items():
                environment.setenv(name, value)
            service = stack.enter_context(processes.running("serve", data_dir=data_dir, port=port))
        yield Place(service, simulator, data_dir)


@pytest.fixture
def place(shared_place: Place, monkeypatch: pytest.MonkeyPatch) -> Place:
    """The place as commands see it, in which nobody has done anything yet at WeChat."""
    shared_place.simulator.reset()
    for name, value in shared_place.environment.items():
        monkeypatch.setenv(name, value)
    return shared_place


@pytest.fixture
def simulator(place: Place) -> Simulator:
    return place.simulator


@pytest.fixture
def asi(capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(capsys)


@pytest.fixture
def cover(tmp_path: Path) -> Path:
    file = tmp_path / "cover.png"
    Image.new("RGB", (900, 383), "#00608f").save(file)
    return file

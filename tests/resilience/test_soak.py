"""The soak: mixed load for as long as one likes; memory, open files and the log must not grow."""

import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from threading import Event, Thread

import httpx2
import pytest

from tests.resilience.sizes import LONG, SOAK_MINUTES
from tests.support import crowds
from tests.support.applicants import applying
from tests.support.deliveries import PATHS, Delivery
from tests.support.figures import Tell
from tests.support.installations import Installation
from tests.support.processes import Service, running
from tests.support.simulator import ENVIRONMENT, MP_APPID

pytestmark = [
    pytest.mark.alone,
    pytest.mark.timeout(SOAK_MINUTES * 60 + 300),
    pytest.mark.skipif(not LONG, reason="the soak is a matter of make verify"),
]

READERS, EACH_A_SECOND = 5, 10
"""50 requests a second, one in five of them a push."""

READ = ("/", "/v1/documents", "/r/read-original", "/webinars/china")
WARM_UP = 0.2
"""The part of the time after which memory is compared."""

MOST_MB_IN_TEN_MINUTES = 1.0
MOST_LOG_MB = 64
MOST_DRIFT = 1.2
SILENT = "http://127.0.0.1:9"


@dataclass
class Load:
    """What was asked, and how it went."""

    seconds: list[tuple[float, float]] = field(default_factory=list)
    """When, and how long it took."""

    bad: list[int] = field(default_factory=list)
    numbers: Iterator[int] = field(default_factory=count)


@dataclass(frozen=True)
class Sample:
    """What the process holds at an instant."""

    at: float
    megabytes: float
    files: int
    log_megabytes: float


def test_nothing_grows(
    database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, figure: Tell
) -> None:
    for name, value in (ENVIRONMENT | {"ASI_WECHAT_API_URL": SILENT}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    house = Installation(database_url, tmp_path / "data")
    tokens = crowds.arrived(database_url, 200, appid=MP_APPID)
    with (
        running("serve", data_dir=house.data_dir) as service,
        _loading(service) as load,
        applying(service.url, tokens, clients=1) as applicants,
    ):
        samples = _sampled(service, house, until=time.monotonic() + SOAK_MINUTES * 60)

    warm = samples[int(len(samples) * WARM_UP) :]
    minutes = (warm[-1].at - warm[0].at) / 60
    growth = (warm[-1].megabytes - warm[0].megabytes) / minutes * 10
    half = (warm[0].at + warm[-1].at) / 2
    early = _percentile([took for at, took in load.seconds if warm[0].at <= at < half])
    late = _percentile([took for at, took in load.seconds if at >= half])
    figure(40, f"requests in {SOAK_MINUTES:.0f} minutes", len(load.seconds))
    figure(40, "memory grew in ten minutes by", growth, "MB")
    figure(40, "open files, first and last", warm[-1].files - warm[0].files, "more")
    figure(40, "largest log of the database", max(one.log_megabytes for one in samples), "MB")
    figure(40, "99th percentile, second half to first", late / early)
    assert load.bad == applicants.strange == []
    assert growth <= MOST_MB_IN_TEN_MINUTES
    assert warm[-1].files <= warm[0].files + READERS
    assert max(one.log_megabytes for one in samples) <= MOST_LOG_MB
    assert late / early <= MOST_DRIFT


@contextmanager
def _loading(service: Service) -> Iterator[Load]:
    load, stop = Load(), Event()
    threads = [Thread(target=_ask, args=(service, load, stop), daemon=True) for _ in range(READERS)]
    for thread in threads:
        thread.start()
    try:
        yield load
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def _ask(service: Service, load: Load, stop: Event) -> None:
    (account, path), *_ = PATHS.items()
    with httpx2.Client(base_url=service.url, timeout=30, trust_env=False) as client:
        while not stop.wait(1 / EACH_A_SECOND):
            number = next(load.numbers)
            began = time.monotonic()
            if number % 5:
                answer = client.get(READ[number % len(READ)])
            else:
                delivery = Delivery(account, number, f"o{'s' * 25}{number % 50:02}")
                query, body = delivery.written()
                answer = client.post(f"{path}?{query}", content=body)
            load.seconds.append((began, time.monotonic() - began))
            if answer.is_error:
                load.bad.append(answer.status_code)


def _sampled(service: Service, house: Installation, *, until: float) -> list[Sample]:
    pause, samples = Event(), []
    process = Path(f"/proc/{service.process.pid}")
    log = Path(house.database_url.removeprefix("sqlite:///") + "-wal")
    while time.monotonic() < until:
        samples.append(
            Sample(
                at=time.monotonic(),
                megabytes=service.megabytes,
                files=len(list((process / "fd").iterdir())),
                log_megabytes=log.stat().st_size / 2**20 if log.exists() else 0.0,
            )
        )
        pause.wait(2)
    return samples


def _percentile(values: Sequence[float]) -> float:
    return sorted(values)[math.ceil(len(values) * 0.99) - 1]

"""Pushes and trouble: what was acknowledged is there, once, whatever happens to the process."""

import math
import re
import signal
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from random import Random

import httpx2
import pytest

from models.vocabulary import Account
from tests.resilience.sizes import LONG, PUSH_KILLS
from tests.support import crowds
from tests.support.applicants import FEEDBACK, REGISTRATIONS, Applicants, applying
from tests.support.deliveries import Senders, writing
from tests.support.figures import Tell
from tests.support.installations import Installation, wait_until
from tests.support.processes import START_SECONDS, Service, free_port, running
from tests.support.simulator import ENVIRONMENT, MP_APPID, Simulator, in_thread

pytestmark = pytest.mark.alone

either_database = pytestmark if LONG else pytest.mark.any_database
"""In the short form, what is not about the database is tried on one of them."""

CLIENTS = 6
APPLICANTS = 2
VISITORS = 2_000
READY_SECONDS = 5.0 if LONG else 3 * START_SECONDS
"""From the start of the process to its first good answer. The bar is 2 s: the page of promises says
how far from it a quiet machine is, with those beside who go on asking."""

STOP_SECONDS = 10.0
ANSWER_SECONDS = 1.0
"""At the 99th percentile, with WeChat's API hanging."""

PUSHES = 200
READS = 2_000 if LONG else 400
READ = ("/v1/consultations/2026-first", "/v1/webinars", "/v1/documents", "/webinars/china/register")
UNCHANGED = 1.2
NOTICED_SECONDS = 0.05
"""Nobody notices less, whatever it is a multiple of."""

SILENT = "http://127.0.0.1:9"
HOURS = 3600.0
UNDERIVED = "SELECT count(*) FROM pushes WHERE derived_at IS NULL"


@pytest.fixture(autouse=True)
def _accounts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Configure both accounts; WeChat's API is out of reach."""
    for name, value in (ENVIRONMENT | {"ASI_WECHAT_API_URL": SILENT}).items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def house(database_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Installation:
    monkeypatch.setenv("ASI_DATABASE_URL", database_url)
    return Installation(database_url, tmp_path / "data")


@pytest.fixture
def tokens(house: Installation) -> list[str]:
    """People who have logged in."""
    return crowds.arrived(house.database_url, VISITORS, appid=MP_APPID)


@pytest.mark.timeout(900 if LONG else 300)
def test_kill_9_loses_nothing_acknowledged_and_doubles_nothing(
    house: Installation, tokens: list[str], figure: Tell
) -> None:
    port, chance = free_port(), Random(20_260_302)  # noqa: S311 - it hides nothing
    url = f"http://127.0.0.1:{port}"
    ready, cut_off = [], 0
    with (
        writing(url, clients=CLIENTS) as senders,
        applying(url, tokens, clients=APPLICANTS) as applicants,
    ):
        for _ in range(PUSH_KILLS):
            started = time.perf_counter()
            with running("serve", data_dir=house.data_dir, port=port) as service:
                ready.append(time.perf_counter() - started)
                senders.wait_for(chance.randrange(40, 160))
                service.stop(signal.SIGKILL)
            cut_off += house.count(UNDERIVED)
            house.assert_sound()

    acknowledged = len(senders.acknowledged) + _assert_each_granted_once(house, applicants)
    _assert_each_stored_once(house, senders)
    figure(1, f"acknowledged under {PUSH_KILLS} kills", acknowledged)
    figure(1, "of those lost or doubled", 0)
    figure(1, "slowest start after a kill", max(ready[1:]), "s")
    assert senders.repeated > 0
    # The first start follows no kill.
    assert max(ready[1:]) <= READY_SECONDS, ready
    assert cut_off > 0
    with running("serve", data_dir=house.data_dir):
        house.wait_until_none(UNDERIVED)
    _assert_each_derived_once(house)


@either_database
@pytest.mark.timeout(300)
def test_a_clean_stop_loses_nothing_on_its_way(
    house: Installation, tokens: list[str], figure: Tell
) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with (
        writing(url, clients=CLIENTS) as senders,
        applying(url, tokens, clients=APPLICANTS) as applicants,
    ):
        with running("serve", data_dir=house.data_dir, port=port) as service:
            senders.wait_for(100)
            started = time.perf_counter()
            code = service.stop(signal.SIGTERM)
            stopped = time.perf_counter() - started
        assert "Traceback" not in _log(service)

    figure(42, "from SIGTERM under load to the end", stopped, "s")
    assert code == 0
    assert stopped <= STOP_SECONDS
    _assert_each_stored_once(house, senders)
    assert _assert_each_granted_once(house, applicants) > 0


@pytest.fixture
def hanging(monkeypatch: pytest.MonkeyPatch) -> Iterator[Simulator]:
    """A WeChat whose API takes every call and answers none."""
    with in_thread(ASI_PUBLIC_URL=SILENT) as simulator:
        simulator.fault(path="*", count=None, timeout=HOURS)
        monkeypatch.setenv("ASI_WECHAT_API_URL", simulator.url)
        yield simulator
        simulator.no_faults()


@either_database
@pytest.mark.timeout(300)
def test_pushes_are_answered_while_wechats_api_hangs(
    house: Installation, hanging: Simulator, figure: Tell
) -> None:
    with running("serve", data_dir=house.data_dir) as service:
        # The mini-program's answers are sent by calls, which hang from now on.
        with writing(service.url, clients=1, account=Account.MINI_PROGRAM) as mini:
            mini.wait_for(10)
            if house.is_sqlite:  # on PostgreSQL no worker runs here, so nobody calls
                wait_until(lambda: bool(hanging.calls("/cgi-bin/stable_token")))
            with writing(service.url, clients=CLIENTS) as official:
                official.wait_for(PUSHES)
        underway = house.count("SELECT count(*) FROM deliveries WHERE state = 'sending'")
        queued = house.count("SELECT count(*) FROM deliveries")
        assert service.stop() == 0

    slowest = max(_percentile(each.seconds, 0.99) for each in (official, mini))
    figure(12, "99th percentile of the callback, API hanging", slowest, "s")
    assert slowest <= ANSWER_SECONDS
    assert official.strange + mini.strange == []
    assert official.repeated == 0
    assert (underway > 0, queued > 0) == (house.is_sqlite, True)
    assert hanging.calls("/cgi-bin/message/custom/send") == []


@either_database
@pytest.mark.timeout(300)
def test_who_reads_notices_nothing_of_a_hanging_wechat(
    house: Installation, hanging: Simulator, figure: Tell
) -> None:
    hanging.no_faults()
    with running("serve", data_dir=house.data_dir) as service:
        usual = _slowest_of_reading(service.url)
        hanging.fault(path="*", count=None, timeout=HOURS)
        meanwhile = _slowest_of_reading(service.url)
        assert service.stop() == 0

    figure(21, "99th percentile of reading beside pushes, API answering", usual, "s")
    figure(21, "99th percentile of reading beside pushes, API hanging", meanwhile, "s")
    assert meanwhile <= max(usual * UNCHANGED, NOTICED_SECONDS)


def _slowest_of_reading(url: str) -> float:
    """Read the API while visitors of the mini-program write; give the 99th percentile."""
    seconds = []
    with (
        writing(url, clients=CLIENTS, account=Account.MINI_PROGRAM) as senders,
        httpx2.Client(base_url=url, trust_env=False) as client,
    ):
        senders.wait_for(PUSHES)
        for path in READ * (READS // len(READ)):
            began = time.perf_counter()
            assert client.get(path).is_success
            seconds.append(time.perf_counter() - began)
    return _percentile(seconds, 0.99)


def _assert_each_granted_once(house: Installation, applicants: Applicants) -> int:
    """Compare what was granted with what is there, and count it."""
    assert applicants.strange == []
    seats = Counter(
        str(id_).replace("-", "") for (id_,) in house.rows("SELECT id FROM registrations")
    )
    people = house.count("SELECT count(DISTINCT visitor_id) FROM registrations")
    receipts = Counter(str(one) for (one,) in house.rows("SELECT receipt FROM feedback_items"))
    granted_seats = {id_.replace("-", "") for id_ in applicants.of(REGISTRATIONS).values()}
    granted_receipts = set(applicants.of(FEEDBACK).values())
    # At most the one wish of each client that was under way is there without an answer.
    assert granted_seats - seats.keys() == set()
    assert granted_receipts - receipts.keys() == set()
    assert len(seats) == people <= len(granted_seats) + APPLICANTS
    assert len(receipts) <= len(granted_receipts) + APPLICANTS
    return len(granted_seats) + len(granted_receipts)


def _assert_each_stored_once(house: Installation, senders: Senders) -> None:
    bodies = [str(body) for (body,) in house.rows("SELECT body FROM pushes")]
    stored = Counter(int(number) for body in bodies for number in re.findall(_MESSAGE_ID, body))
    assert senders.strange == []
    assert len(senders.acknowledged) == len(set(senders.acknowledged))
    assert set(senders.acknowledged) - stored.keys() == set()
    assert {number: times for number, times in stored.items() if times != 1} == {}


def _assert_each_derived_once(house: Installation) -> None:
    """Each push is one message of its visitor, and one of ours where it was answered."""
    stored = house.count("SELECT count(*) FROM pushes")
    answered = house.count("SELECT count(*) FROM pushes WHERE reply IS NOT NULL")
    said = Counter(str(author) for (author,) in house.rows("SELECT author FROM messages"))
    assert said == {"visitor": stored, "automatic": answered}
    assert house.count("SELECT sum(unread) FROM conversations") == stored
    assert house.count("SELECT count(*) FROM conversations") == CLIENTS


def _percentile(values: Sequence[float], part: float) -> float:
    return sorted(values)[math.ceil(len(values) * part) - 1]


def _log(service: Service) -> str:
    return service.log.read_text(encoding="utf-8")


_MESSAGE_ID = r"<MsgId>(\d+)</MsgId>"

"""Gliding windows: nobody gets more than their number, and whoever waits as told gets through."""

from ssl import CERT_REQUIRED

from hypothesis import given
from hypothesis import strategies as st

from services.runtime import limiting, networks, windows
from services.runtime.windows import Window, Windows

STEPS = st.lists(st.floats(min_value=0, max_value=15), min_size=1, max_size=60)


@given(steps=STEPS, number=st.integers(1, 5), seconds=st.sampled_from([1, 7, 60]))
def test_whoever_waits_as_long_as_told_gets_through(
    steps: list[float], number: int, seconds: int
) -> None:
    counts, window, now = Windows(), Window(number, seconds), 1_780_000_000.0
    taken: list[float] = []
    for step in steps:
        now += step
        wait = counts.take(window, b"somebody", now=now)
        if wait is not None:
            assert 0 <= wait <= 2 * seconds
            now += int(wait) + 1
            assert counts.take(window, b"somebody", now=now) is None
        taken.append(now)
        # The window before counts as if it had been filled evenly: at worst it was filled last.
        assert sum(now - seconds < instant for instant in taken) <= 2 * number


def test_a_window_glides_and_each_counts_for_themselves() -> None:
    counts, window = Windows(), Window(4, 60)

    def take(now: float, key: bytes = b"one") -> bool:
        return counts.take(window, key, now=now) is None

    assert [take(0) for _ in range(5)] == [True] * 4 + [False]
    assert take(0, b"other")
    assert [take(75) for _ in range(2)] == [True, False]  # three of the four still count
    assert take(300)
    assert take(10)  # a clock that was set back begins anew


def test_a_crowd_takes_no_more_room_than_there_is() -> None:
    counts, window = Windows(), Window(1, 60)
    for number in range(windows.LARGEST + 10):
        counts.take(window, number.to_bytes(4), now=float(number > 10))

    assert len(counts) <= windows.LARGEST
    assert counts.take(window, (windows.LARGEST + 9).to_bytes(4), now=2.0) is not None


def test_clients_are_told_apart_where_their_address_is_their_own() -> None:
    told = networks.of_client

    assert told("114.114.114.114") == told("::ffff:114.114.114.114") == "114.114.114.114"
    assert told("2400:3200::1") == told("2400:3200::ffff:1") != told("2400:3201::1")
    assert {told(at) for at in ("127.0.0.1", "10.0.0.7", "::1", "testclient", "", None)} == {None}


def test_over_tls_nobody_else_is_taken_for_valkey() -> None:
    for url in ("valkeys://valkey.internal:6379/0", "rediss://valkey.internal"):
        connection = limiting.pool(url).make_connection()  # type: ignore[no-untyped-call]
        ssl = connection.ssl_context
        assert (ssl.check_hostname, ssl.cert_reqs) == (True, CERT_REQUIRED)

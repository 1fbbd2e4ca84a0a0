"""Negotiation: what headers ask for."""

import pytest

from api import negotiation

ENCODINGS = [
    (b"gzip, deflate, br", b"br"),
    (b"gzip", b"gzip"),
    (b"br;q=0, gzip;q=0.5", b"gzip"),
    (b"gzip;q=0", b"identity"),
    (b"*", b"br"),
    (b"*;q=0", b"identity"),
    (b"identity", b"identity"),
    (b"", b"identity"),
]


@pytest.mark.parametrize(("accepted", "encoding"), ENCODINGS)
def test_an_encoding_is_chosen_that_the_client_accepts(accepted: bytes, encoding: bytes) -> None:
    assert negotiation.encoding(accepted) == encoding


def test_etags_are_compared_weakly() -> None:
    assert negotiation.matches(b'"a", W/"b"', b'"b"')
    assert negotiation.matches(b"*", b'W/"b"')
    assert not negotiation.matches(b'"a"', b'"b"')
    assert not negotiation.matches(b"*", None)


def test_a_channel_is_read_from_a_query() -> None:
    assert negotiation.channel(b"a=1&ch=poster") == "poster"
    assert negotiation.channel(b"") == ""


def test_a_condition_is_noticed() -> None:
    wanted = negotiation.read([(b"if-none-match", b'"a"'), (b"range", b"bytes=0-1")])

    assert not wanted.plain
    assert not wanted.etag_only

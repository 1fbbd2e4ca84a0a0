"""Signing: what we gave out is known again, for the use it was given out for."""

import pytest

from services.runtime.signing import Signer

SIGNER = Signer("a-key-that-protects-nothing-but-tests")
SIGNATURE = SIGNER.sign("token", about="cookie")


def test_what_was_signed_is_known_again() -> None:
    assert SIGNER.confirms("token", SIGNATURE, about="cookie")


@pytest.mark.parametrize(
    ("text", "signature", "about"),
    [
        ("token", SIGNATURE, "form"),
        ("other", SIGNATURE, "cookie"),
        ("token", SIGNATURE[:-1], "cookie"),
        ("token", "", "cookie"),
        ("token", "签名", "cookie"),
        ("", "", ""),
    ],
)
def test_anything_else_is_not(text: str, signature: str, about: str) -> None:
    assert not SIGNER.confirms(text, signature, about=about)


def test_an_old_key_still_counts_and_a_strange_one_does_not() -> None:
    renewed = Signer(
        "another-key-that-protects-nothing", old=["a-key-that-protects-nothing-but-tests"]
    )

    assert renewed.confirms("token", SIGNATURE, about="cookie")
    assert renewed.sign("token", about="cookie") != SIGNATURE
    assert not Signer("another-key-that-protects-nothing").confirms(
        "token", SIGNATURE, about="cookie"
    )

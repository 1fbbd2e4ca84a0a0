"""Blind indexes: finding a sealed value without opening it.

HMAC-SHA256 under a sub-key of ASI_SECRET_KEY, cut to 16 bytes. Without the key nobody can try out
all phone numbers. A new secret key gives other indexes, so changing it means writing them anew.
"""

import hmac
from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

INDEX_BYTES = 16
KEY_BYTES = 32


class BlindIndex:
    """Gives equal values of one column equal indexes, which tell nothing else."""

    def __init__(self, secret: str, *, old: Sequence[str] = ()) -> None:
        """Take the secret key and those before it, while indexes are being written anew."""
        self._key = _derived(secret)
        self._old = [_derived(key) for key in old]

    def of(self, value: str, *, about: str) -> bytes:
        """Give the index of a normalised value; `about` names its column."""
        return _index(self._key, value, about)

    def former(self, value: str, *, about: str) -> list[bytes]:
        """Give the indexes that a value had under the keys before, none as a rule."""
        return [_index(key, value, about) for key in self._old]


def _index(key: bytes, value: str, about: str) -> bytes:
    # Length first: no other pair of column and value is the same text.
    text = f"{len(about)}:{about}:{value}".encode()
    return hmac.digest(key, text, "sha256")[:INDEX_BYTES]


def _derived(secret: str) -> bytes:
    derive = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"asi blind index key 1").derive
    return derive(secret.encode())

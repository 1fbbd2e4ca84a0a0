"""Blind indexes: finding a sealed value without opening it.

HMAC-SHA256 under a sub-key of ASI_SECRET_KEY, cut to 16 bytes. Without the key nobody can try out
all phone numbers. A new secret key gives other indexes, so changing it means writing them anew.
"""

import hmac

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

INDEX_BYTES = 16
KEY_BYTES = 32


class BlindIndex:
    """Gives equal values of one column equal indexes, which tell nothing else."""

    def __init__(self, secret: str) -> None:
        """Take the secret key."""
        derive = HKDF(SHA256(), KEY_BYTES, salt=None, info=b"asi blind index key 1").derive
        self._key = derive(secret.encode())

    def of(self, value: str, *, about: str) -> bytes:
        """Give the index of a normalised value; `about` names its column."""
        # Length first: no other pair of column and value is the same text.
        text = f"{len(about)}:{about}:{value}".encode()
        return hmac.digest(self._key, text, "sha256")[:INDEX_BYTES]

"""Signing: what we gave out ourselves is known again when it comes back.

HMAC-SHA256 under a sub-key of ASI_SECRET_KEY. While the key is being changed, what was signed with
the old one still counts.
"""

import hmac
from base64 import urlsafe_b64encode
from collections.abc import Sequence

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32


class Signer:
    """Signs short texts, each for one use: a signature for another use is none."""

    def __init__(self, secret: str, *, old: Sequence[str] = ()) -> None:
        """Take the secret key and those before it."""
        self._keys = [_derived(key) for key in (secret, *old)]

    def sign(self, text: str, *, about: str) -> str:
        """Give the signature of a text; `about` names the use."""
        return _signature(self._keys[0], text, about)

    def confirms(self, text: str, signature: str, *, about: str) -> bool:
        """Tell whether we signed a text for this use, in the same time whatever the signature."""
        given = signature.encode()
        return any(
            hmac.compare_digest(_signature(key, text, about).encode(), given) for key in self._keys
        )


def _signature(key: bytes, text: str, about: str) -> str:
    # Length first: no other pair of use and text is the same message.
    message = f"{len(about)}:{about}:{text}".encode()
    return urlsafe_b64encode(hmac.digest(key, message, "sha256")).decode().rstrip("=")


def _derived(secret: str) -> bytes:
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=b"asi signing key 1").derive(secret.encode())

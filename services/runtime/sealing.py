"""Sealing: what must not lie readable in the database is kept encrypted under ASI_SECRET_KEY.

AES-256-GCM under a sub-key derived for this use alone. A sealed value is a version byte, four bytes
that name the key, a nonce of 12 and the ciphertext. It is bound to what it is about: moved to
another row or column it does not open.
"""

import os
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.errors import Unavailable

VERSION = 1
"""How a sealed value is laid out; another layout gets another number."""

KEY_BYTES = 32
NAME_BYTES = 4
NONCE_BYTES = 12
HEAD_BYTES = 1 + NAME_BYTES + NONCE_BYTES


class SealUnreadable(Unavailable):
    """A sealed value was sealed under another key, for another place, or is damaged."""

    code = "seal_unreadable"


class Sealer:
    """Seals with the present secret key; opens what was sealed with it or with an old one."""

    def __init__(self, secret: str, *, old: Sequence[str] = ()) -> None:
        """Take the secret key and those before it, which stay until everything is sealed anew."""
        self._name, key = _derived(secret)
        self._ciphers = {name: AESGCM(key) for name, key in map(_derived, reversed(old))}
        self._ciphers[self._name] = AESGCM(key)

    def seal(self, plain: bytes, *, about: str) -> bytes:
        """Encrypt a value; `about` names its place, such as `access_tokens.sealed:wx12`."""
        head = bytes([VERSION]) + self._name
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._ciphers[self._name].encrypt(nonce, plain, head + about.encode())
        return head + nonce + sealed

    def open(self, sealed: bytes, *, about: str) -> bytes:
        """Decrypt a value that was sealed for this place.

        Raises:
            SealUnreadable
        """
        head, nonce = sealed[: 1 + NAME_BYTES], sealed[1 + NAME_BYTES : HEAD_BYTES]
        cipher = self._ciphers.get(head[1:])
        if len(sealed) < HEAD_BYTES or head[0] != VERSION or cipher is None:
            raise SealUnreadable
        try:
            return cipher.decrypt(nonce, sealed[HEAD_BYTES:], head + about.encode())
        except InvalidTag:
            raise SealUnreadable from None

    def is_current(self, sealed: bytes) -> bool:
        """Tell whether a value was sealed with the present key; others are to be sealed anew."""
        return sealed[: 1 + NAME_BYTES] == bytes([VERSION]) + self._name


def _derived(secret: str) -> tuple[bytes, bytes]:
    """Give a key's name and the key; neither tells anything about the other or the secret."""
    made = _expanded(secret, b"asi sealing key 1", KEY_BYTES)
    return _expanded(secret, b"asi sealing key name 1", NAME_BYTES), made


def _expanded(secret: str, purpose: bytes, length: int) -> bytes:
    return HKDF(SHA256(), length, salt=None, info=purpose).derive(secret.encode())

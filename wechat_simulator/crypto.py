"""Tencent's side of the envelope: signatures and AES, written from the facts and shared by nobody.

The layout is AES-256-CBC with the key's first half as IV over
random(16) + length(4, network order) + text + app id, padded by PKCS#7 to blocks of 32.
"""

import base64
import hmac
import os
from hashlib import sha1

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

BLOCK = 32
FILLER = 16
LENGTH = 4


class Unreadable(Exception):
    """What was sent does not decrypt to a text for this app."""


def signature(*parts: str) -> str:
    """Sign the parts: SHA-1 over them, sorted and joined."""
    return sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def is_signed(signed: str, *parts: str) -> bool:
    """Tell whether this is the parts' signature."""
    return hmac.compare_digest(signed.encode(), signature(*parts).encode())


def encrypt(text: bytes, *, key: str, appid: str, filler: bytes | None = None) -> str:
    """Encrypt a text for an app, in base64."""
    start = os.urandom(FILLER) if filler is None else filler
    plain = start + len(text).to_bytes(LENGTH, "big") + text + appid.encode()
    pad = pad_length(len(text), appid)
    encryptor = _cipher(key).encryptor()
    return base64.b64encode(encryptor.update(plain + bytes([pad]) * pad)).decode()


def decrypt(sealed: str, *, key: str, appid: str) -> bytes:
    """Give the text that was encrypted for this app.

    Raises:
        Unreadable
    """
    try:
        decryptor = _cipher(key).decryptor()
        plain = decryptor.update(base64.b64decode(sealed, validate=True)) + decryptor.finalize()
    except ValueError as error:
        raise Unreadable from error
    pad = plain[-1] if plain else 0
    if not 1 <= pad <= BLOCK or plain[-pad:] != bytes([pad]) * pad:
        raise Unreadable
    plain = plain[FILLER:-pad]
    end = LENGTH + int.from_bytes(plain[:LENGTH], "big")
    if plain[end:] != appid.encode():
        raise Unreadable
    return plain[LENGTH:end]


def pad_length(text_length: int, appid: str) -> int:
    """Give how many bytes of padding a text of this length gets: 1 to 32, never 0."""
    return BLOCK - (FILLER + LENGTH + text_length + len(appid.encode())) % BLOCK


def _cipher(key: str) -> Cipher[modes.CBC]:
    # The 43rd character may carry two bits that belong to nothing; b64decode lets them pass.
    raw = base64.b64decode(f"{key}=")
    return Cipher(algorithms.AES(raw), modes.CBC(raw[:16]))

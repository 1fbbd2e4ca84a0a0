"""The envelope of a backup: frames of AES-256-GCM, each of which can be trusted as it is read.

The head is a mark with the format's number, four bytes that name the key, and a salt of the file's
own. From the salt comes the file's key, so a nonce may be a frame's number, and its last byte says
whether the frame is the last. So frames cannot be left out, put elsewhere, added or cut off.
"""

import os
from collections.abc import Iterator
from enum import IntEnum
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.backups.refusals import BackupDamaged, BackupKeyWrong

MARK = b"ASIBACKUP\x01"
"""What the file begins with; the last byte is the format's number."""

NAME_BYTES = 4
SALT_BYTES = 16
HEAD_BYTES = len(MARK) + NAME_BYTES + SALT_BYTES
LENGTH_BYTES = 4
TAG_BYTES = 16
FRAME_BYTES = 1024 * 1024
"""Most of what one frame carries: what is read is held in memory until its tag was looked at."""

LARGEST_FRAME = 1 + 16 * FRAME_BYTES + TAG_BYTES
"""Most that is believed of a length, which nothing protects before the frame was read."""


class Kind(IntEnum):
    """What a frame carries."""

    PART = 1
    """The name of what follows."""

    CONTENT = 2
    MANIFEST = 3
    """What the backup is; the last frame."""


class Sealed:
    """Writes frames."""

    def __init__(self, target: BinaryIO, *, secret: str) -> None:
        """Write the head."""
        self._target = target
        self._number = 0
        salt = os.urandom(SALT_BYTES)
        self._head = MARK + _name(secret) + salt
        self._cipher = _cipher(secret, salt)
        target.write(self._head)

    def put(self, kind: Kind, content: bytes) -> None:
        """Write one frame; a manifest is the last."""
        nonce = _nonce(self._number, last=kind is Kind.MANIFEST)
        sealed = self._cipher.encrypt(nonce, bytes([kind]) + content, self._head)
        self._target.write(len(sealed).to_bytes(LENGTH_BYTES) + sealed)
        self._number += 1


def opened(source: BinaryIO, *, secrets: tuple[str, ...]) -> Iterator[tuple[Kind, bytes]]:
    """Give the frames of a backup, each after its tag was looked at.

    Raises:
        BackupDamaged: also after frames were given, when one was altered or the last is missing.
        BackupKeyWrong
    """
    head = source.read(HEAD_BYTES)
    name, salt = head[len(MARK) : -SALT_BYTES], head[-SALT_BYTES:]
    if len(head) < HEAD_BYTES or not head.startswith(MARK):
        raise BackupDamaged(reason="not_a_backup")
    secret = next((known for known in secrets if _name(known) == name), None)
    if secret is None:
        raise BackupKeyWrong
    cipher, number = _cipher(secret, salt), 0
    while True:
        sealed = _sealed(source)
        try:
            plain, last = cipher.decrypt(_nonce(number, last=False), sealed, head), False
        except InvalidTag:
            plain, last = _last(cipher, sealed, head, number=number), True
        number += 1
        yield _kind(plain), plain[1:]
        if last:
            break
    if source.read(1):
        raise BackupDamaged(reason="trailing")


def _sealed(source: BinaryIO) -> bytes:
    length = int.from_bytes(source.read(LENGTH_BYTES))
    if not TAG_BYTES < length <= LARGEST_FRAME:
        raise BackupDamaged(reason="cut_off")
    return source.read(length)


def _last(cipher: AESGCM, sealed: bytes, head: bytes, *, number: int) -> bytes:
    try:
        return cipher.decrypt(_nonce(number, last=True), sealed, head)
    except InvalidTag:
        raise BackupDamaged(reason="altered", frame=number) from None


def _kind(plain: bytes) -> Kind:
    try:
        return Kind(plain[0])
    except (ValueError, IndexError):
        raise BackupDamaged(reason="unknown") from None


def _nonce(number: int, *, last: bool) -> bytes:
    return number.to_bytes(11) + bytes([last])


def _name(secret: str) -> bytes:
    return HKDF(SHA256(), NAME_BYTES, salt=None, info=b"asi backup key name 1").derive(
        secret.encode()
    )


def _cipher(secret: str, salt: bytes) -> AESGCM:
    made = HKDF(SHA256(), 32, salt=salt, info=b"asi backup file key 1").derive(secret.encode())
    return AESGCM(made)

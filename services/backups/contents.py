"""What a backup holds: named parts, and at the end a manifest that says what they are."""

import hashlib
import json
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal

from services.backups.envelope import FRAME_BYTES, Kind, Sealed, opened
from services.backups.refusals import BackupDamaged, BackupNotWritten

Engine = Literal["sqlite", "postgresql"]
DATABASE = "database/"
"""What the name of the part with the database begins with; the kind follows."""

FILES = "files/"
"""What the name of a mirrored file begins with; its SHA-256 follows."""

Write = Callable[[bytes], object]
Sinks = Callable[[str], AbstractContextManager[Write]]
"""Gives for the name of a part what takes its bytes; left only after the last of them."""


@dataclass(frozen=True)
class Keys:
    """Under which secrets backups are encrypted."""

    present: str = field(repr=False)
    others: tuple[str, ...] = field(default=(), repr=False)
    """Those before it, which still open theirs."""


@dataclass(frozen=True, kw_only=True)
class Part:
    """A part as the manifest has it."""

    size_bytes: int
    sha256: str


@dataclass(frozen=True, kw_only=True)
class Manifest:
    """What a backup is."""

    made_at: str
    version: str
    """Of the service."""

    engine: Engine
    revision: str
    rows: dict[str, int]
    """Of each table."""

    parts: dict[str, Part]


class Packing:
    """Writes the parts of a backup one after the other, and adds up what the manifest says."""

    def __init__(self, target: BinaryIO, *, keys: Keys) -> None:
        """Begin the file."""
        self._sealed = Sealed(target, secret=keys.present)
        self.parts: dict[str, Part] = {}

    def add(self, name: str, chunks: Iterator[bytes]) -> None:
        """Write a part."""
        digest, size = hashlib.sha256(), 0
        self._sealed.put(Kind.PART, name.encode())
        for chunk in chunks:
            self._sealed.put(Kind.CONTENT, chunk)
            digest.update(chunk)
            size += len(chunk)
        self.parts[name] = Part(size_bytes=size, sha256=digest.hexdigest())

    def close(self, manifest: Manifest) -> None:
        """Write the manifest; without it the file is no backup."""
        self._sealed.put(Kind.MANIFEST, json.dumps(asdict(manifest)).encode())


def unpack(file: Path, *, keys: Keys, sinks: Sinks) -> Manifest:
    """Give every part to its sink, and the manifest, which fits them.

    Raises:
        BackupDamaged, BackupKeyWrong, BackupNotWritten: maybe after sinks were given something.
        OSError: a sink's own; it is not the backup that could not be read.
    """
    found, last = _parts(_frames(file, keys), sinks)
    manifest = _manifest(last)
    if manifest.parts != found:
        raise BackupDamaged(reason="other_parts")
    return manifest


def pieces(source: IO[bytes]) -> Iterator[bytes]:
    """Read something a frame at a time."""
    while chunk := source.read(FRAME_BYTES):
        yield chunk


def _frames(file: Path, keys: Keys) -> Iterator[tuple[Kind, bytes]]:
    try:
        with file.open("rb") as source:
            yield from opened(source, secrets=(keys.present, *keys.others))
    except OSError as error:
        reason = error.strerror or str(error)
        raise BackupNotWritten(file=str(file), reason=reason) from error


def _parts(frames: Iterator[tuple[Kind, bytes]], sinks: Sinks) -> tuple[dict[str, Part], bytes]:
    found: dict[str, Part] = {}
    kind, content = _next(frames)
    while kind is Kind.PART:
        name, digest, size = content.decode(), hashlib.sha256(), 0
        with ExitStack() as stack:
            write = stack.enter_context(sinks(name))
            kind, content = _next(frames)
            while kind is Kind.CONTENT:
                write(content)
                digest.update(content)
                size += len(content)
                kind, content = _next(frames)
        found[name] = Part(size_bytes=size, sha256=digest.hexdigest())
    for _ in frames:
        raise BackupDamaged(reason="trailing")
    return found, content


def _next(frames: Iterator[tuple[Kind, bytes]]) -> tuple[Kind, bytes]:
    for frame in frames:
        return frame
    raise BackupDamaged(reason="cut_off")


def _manifest(content: bytes) -> Manifest:
    try:
        told: dict[str, Any] = json.loads(content)
        parts = {name: Part(**part) for name, part in told.pop("parts").items()}
        return Manifest(**told, parts=parts)
    except (ValueError, TypeError, KeyError):
        raise BackupDamaged(reason="unknown") from None

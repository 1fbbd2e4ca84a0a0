"""Mirrored files on disk: checked, kept by their SHA-256, checked again when served."""

import hashlib
import os
import shutil
import zipfile
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile

from services.errors import Malformed, TooLarge, Unavailable

LARGEST = 100 * 1024 * 1024
"""Bytes. wx.downloadFile takes up to 200 MB; nobody on a phone wants that much."""

PDF = "application/pdf"
OFFICE = "application/vnd.openxmlformats-officedocument."
KINDS = {
    ".pdf": PDF,
    ".xlsx": OFFICE + "spreadsheetml.sheet",
    ".docx": OFFICE + "wordprocessingml.document",
    ".pptx": OFFICE + "presentationml.presentation",
}
"""What may be mirrored: the types that wx.openDocument opens and the round's files have."""

_MAIN_PART = {
    ".xlsx": "xl/workbook.xml",
    ".docx": "word/document.xml",
    ".pptx": "ppt/presentation.xml",
}


class FileUnreadable(Malformed):
    """The file cannot be read."""

    code = "file_unreadable"


class FileTypeRefused(Malformed):
    """The file is not of a type that may be mirrored."""

    code = "file_type_refused"


class FileTooLarge(TooLarge):
    """The file is too large to be mirrored."""

    code = "file_too_large"


class FileDamaged(Unavailable):
    """Our copy of the file is missing or damaged."""

    code = "file_damaged"


@dataclass(frozen=True)
class StoredFile:
    """A file that has been taken in."""

    sha256: str
    size_bytes: int
    content_type: str
    suffix: str
    original_name: str


def take_in(source: Path, *, folder: Path, name: str = "") -> StoredFile:
    """Check a file and keep a copy named by its SHA-256; the copy appears whole or not at all.

    The type is told by the content, not by the name. Taking the same file in twice is harmless.
    `name` is what whoever sent it calls it, where the file itself has another.

    Raises:
        FileUnreadable, FileTooLarge, FileTypeRefused
    """
    called = name or source.name
    try:
        size = source.stat().st_size
        if not source.is_file():
            raise FileUnreadable(file=name or str(source), reason="not a file")
        if size > LARGEST:
            raise FileTooLarge(file=called, limit=LARGEST // 1024 // 1024)
        suffix = _suffix(source, called)
        sha256 = _digest(source)
        _copy(source, path_of(sha256, folder=folder))
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileUnreadable(file=name or str(source), reason=reason) from error
    return StoredFile(sha256, size, KINDS[suffix], suffix, called)


def path_of(sha256: str, *, folder: Path) -> Path:
    """Give where a file lies."""
    return folder / sha256[:2] / sha256


def served_name(download_name: str | None, stored: StoredFile) -> str:
    """Give the clean name with the extension that the content really has."""
    return Path(download_name or stored.sha256[:12]).stem + stored.suffix


class CheckedFiles:
    """Paths of mirrored files whose bytes have been compared with their SHA-256 in this process.

    A file that was touched since is compared again: 100 MB take about a tenth of a second.
    """

    def __init__(self, folder: Path) -> None:
        """Begin with none checked."""
        self._folder = folder
        self._known: dict[str, tuple[int, int]] = {}

    def path(self, sha256: str) -> Path:
        """Give the path of an intact file. Reads the disk: not for the event loop.

        Raises:
            FileDamaged
        """
        path = path_of(sha256, folder=self._folder)
        try:
            status = path.stat()
            seen = (status.st_size, status.st_mtime_ns)
            if self._known.get(sha256) != seen:
                if _digest(path) != sha256:
                    raise FileDamaged
                self._known[sha256] = seen
        except OSError as error:
            raise FileDamaged from error
        return path


def _suffix(source: Path, called: str) -> str:
    with source.open("rb") as file:
        head = file.read(5)
    if head == b"%PDF-":
        return ".pdf"
    if head.startswith(b"PK"):
        try:
            with zipfile.ZipFile(source) as archive:
                names = set(archive.namelist())
        except zipfile.BadZipFile:
            names = set()
        for suffix, part in _MAIN_PART.items():
            if {part, "[Content_Types].xml"} <= names:
                return suffix
    raise FileTypeRefused(file=called, types=", ".join(KINDS))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=target.parent, delete=False) as spare:
        try:
            with source.open("rb") as file:
                shutil.copyfileobj(file, spare)
            spare.flush()
            os.fsync(spare.fileno())
            Path(spare.name).replace(target)
        except OSError:
            Path(spare.name).unlink(missing_ok=True)
            raise

"""Content packs as .zip files: unpacked with care, for as long as they are read.

A folder on disk is made for the reading alone: what a process keeps there, no other one has.
"""

import stat
import zipfile
import zlib
from collections.abc import Iterator
from enum import StrEnum
from io import BytesIO
from pathlib import Path, PurePosixPath
from tempfile import TemporaryDirectory

from models.vocabulary import Language
from services import texts
from services.content import reading
from services.content.pack import Pack
from services.content.reading import LARGEST_FILE
from services.errors import Malformed

LARGEST_ARCHIVE = 512 * 1024
"""Bytes, ten times a real pack's. In a form's field it is a third longer: below a body's limit."""

LARGEST_WHOLE = 4 * 1024 * 1024
"""Bytes of all files together, unpacked."""

MOST_FILES = 200

KINDS = frozenset({".toml", ".md", ".typ"})
"""What a pack is made of; whatever else lies beside it is left in the archive."""

HEAD = "round.toml"
"""The file that a pack cannot be without: the folder that has it is the pack."""

_ENCRYPTED = 1


class Unfit(StrEnum):
    """Why an archive is not unpacked."""

    TOO_LARGE = "too_large"
    NO_ARCHIVE = "no_archive"
    DAMAGED = "damaged"
    TOO_MANY_FILES = "too_many_files"
    TOO_LARGE_UNPACKED = "too_large_unpacked"
    ENCRYPTED = "encrypted"
    OUTSIDE = "outside"
    LINK = "link"
    TWICE = "twice"
    NO_PACK = "no_pack"


class ArchiveUnfit(Malformed):
    """The .zip file cannot be used; nothing was changed."""

    code = "archive_unfit"

    def __init__(self, reason: Unfit) -> None:
        """Keep the reason. Names of files in it are somebody's own words and are not repeated."""
        self.reason = reason
        super().__init__()

    def sentence(self, language: Language) -> str:
        """Say why."""
        reason = texts.say(
            f"archives.{self.reason.value}",
            language,
            files=MOST_FILES,
            kilobytes=LARGEST_ARCHIVE // 1024,
            megabytes=LARGEST_WHOLE // 1024 // 1024,
        )
        return texts.say(f"refusals.{self.code}", language, reason=reason)


def read(content: bytes) -> Pack:
    """Read and check a pack that came as a .zip file.

    Raises:
        ArchiveUnfit, PackInvalid
    """
    with TemporaryDirectory() as place:
        folder = Path(place)
        unpack(content, folder)
        return reading.read(folder)


def unpack(content: bytes, folder: Path) -> None:
    """Write a pack's files into a folder, and nothing beside it.

    Raises:
        ArchiveUnfit
    """
    if len(content) > LARGEST_ARCHIVE:
        raise ArchiveUnfit(Unfit.TOO_LARGE)
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            _write(archive, folder)
    except zipfile.BadZipFile as error:
        reason = Unfit.DAMAGED if zipfile.is_zipfile(BytesIO(content)) else Unfit.NO_ARCHIVE
        raise ArchiveUnfit(reason) from error
    except (zlib.error, EOFError, OSError, NotImplementedError, UnicodeError) as error:
        raise ArchiveUnfit(Unfit.DAMAGED) from error


def _write(archive: zipfile.ZipFile, folder: Path) -> None:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise ArchiveUnfit(Unfit.TOO_MANY_FILES)
    files = dict(_files(entries))
    if sum(entry.file_size for entry in files.values()) > LARGEST_WHOLE:
        raise ArchiveUnfit(Unfit.TOO_LARGE_UNPACKED)
    root = _root(files)
    for path, entry in files.items():
        if path.is_relative_to(root):
            target = folder / path.relative_to(root)
            target.parent.mkdir(parents=True, exist_ok=True)
            with archive.open(entry) as source:
                # One byte more than a pack's file may have: who reads it says which one it is.
                target.write_bytes(source.read(LARGEST_FILE + 1))


def _files(entries: list[zipfile.ZipInfo]) -> Iterator[tuple[PurePosixPath, zipfile.ZipInfo]]:
    known: set[str] = set()
    for entry in entries:
        path = PurePosixPath(entry.filename)
        if path.is_absolute() or ".." in path.parts or set(entry.filename) & set("\\:"):
            raise ArchiveUnfit(Unfit.OUTSIDE)
        if stat.S_IFMT(entry.external_attr >> 16) not in {0, stat.S_IFREG, stat.S_IFDIR}:
            raise ArchiveUnfit(Unfit.LINK)
        if entry.flag_bits & _ENCRYPTED:
            raise ArchiveUnfit(Unfit.ENCRYPTED)
        # What systems add of their own: __MACOSX, .DS_Store.
        own = any(part.startswith((".", "__")) for part in path.parts)
        if entry.is_dir() or own or path.suffix not in KINDS:
            continue
        # To some disks these are one file: the one that is read would be a matter of luck.
        name = str(path).casefold()
        if name in known:
            raise ArchiveUnfit(Unfit.TWICE)
        known.add(name)
        yield path, entry


def _root(files: dict[PurePosixPath, zipfile.ZipInfo]) -> PurePosixPath:
    """Give the folder that is the pack: archives of a folder have its name before all others."""
    heads = [path.parent for path in files if path.name == HEAD]
    if len(heads) != 1:
        raise ArchiveUnfit(Unfit.NO_PACK)
    return heads[0]

"""Mirrored files: what is taken in, and what is refused."""

import hashlib
import os
import zipfile
from pathlib import Path

import pytest

from services import mirror
from services.mirror import CheckedFiles, FileDamaged, FileTooLarge, FileTypeRefused, FileUnreadable
from tests.support import files


def test_a_file_is_kept_by_its_content(tmp_path: Path) -> None:
    source = files.pdf(tmp_path / "PSV4-Draft-Section-9-Mine-Closure_CN.pd")

    stored = mirror.take_in(source, folder=tmp_path / "files")

    assert stored.sha256 == hashlib.sha256(files.PDF).hexdigest()
    assert (stored.suffix, stored.content_type) == (".pdf", "application/pdf")
    assert mirror.path_of(stored.sha256, folder=tmp_path / "files").read_bytes() == files.PDF


def test_the_type_is_told_by_the_content(tmp_path: Path) -> None:
    stored = mirror.take_in(files.xlsx(tmp_path / "form.pdf"), folder=tmp_path / "files")

    assert stored.suffix == ".xlsx"
    assert mirror.served_name("Feedback-Form.xls", stored) == "Feedback-Form.xlsx"
    assert mirror.served_name(None, stored).endswith(".xlsx")


@pytest.mark.parametrize("content", [b"", b"<html>", b"MZ\x90", b"PK\x03\x04 broken"])
def test_other_content_is_refused(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "draft.pdf"
    file.write_bytes(content)

    with pytest.raises(FileTypeRefused) as refused:
        mirror.take_in(file, folder=tmp_path / "files")

    assert refused.value.code == "file_type_refused"
    assert not (tmp_path / "files").exists()


def test_an_archive_of_something_else_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "code.xlsx"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("run.exe", "MZ")

    with pytest.raises(FileTypeRefused):
        mirror.take_in(file, folder=tmp_path / "files")


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "large.pdf"
    with file.open("wb") as opened:
        opened.truncate(mirror.LARGEST + 1)

    with pytest.raises(FileTooLarge) as refused:
        mirror.take_in(file, folder=tmp_path / "files")

    assert refused.value.code == "file_too_large"


@pytest.mark.parametrize("name", ["missing.pdf", "."])
def test_what_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(FileUnreadable) as refused:
        mirror.take_in(tmp_path / name, folder=tmp_path / "files")

    assert refused.value.code == "file_unreadable"


def test_a_target_that_cannot_be_written_leaves_nothing_behind(tmp_path: Path) -> None:
    blocked = tmp_path / "files"
    blocked.write_text("a file where the folder should be")

    with pytest.raises(FileUnreadable):
        mirror.take_in(files.pdf(tmp_path / "a.pdf"), folder=blocked)

    assert blocked.read_text().startswith("a file")


def test_a_damaged_or_missing_copy_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    stored = mirror.take_in(files.pdf(tmp_path / "a.pdf"), folder=folder)
    checked = CheckedFiles(folder)
    path = checked.path(stored.sha256)

    path.write_bytes(files.PDF.replace(b"1.7", b"1.4"))
    os.utime(path, ns=(1, 1))
    with pytest.raises(FileDamaged) as refused:
        checked.path(stored.sha256)
    path.unlink()
    with pytest.raises(FileDamaged):
        checked.path(stored.sha256)

    assert refused.value.code == "file_damaged"


def test_an_intact_copy_is_read_once(tmp_path: Path) -> None:
    folder = tmp_path / "files"
    stored = mirror.take_in(files.pdf(tmp_path / "a.pdf"), folder=folder)
    checked = CheckedFiles(folder)

    assert checked.path(stored.sha256) == checked.path(stored.sha256)

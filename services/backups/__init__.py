"""Backups: the whole of an installation in one encrypted file, looked through and brought back."""

from services.backups.checking import verify
from services.backups.contents import Keys, Manifest
from services.backups.making import Made, make
from services.backups.refusals import (
    BackupDamaged,
    BackupKeyWrong,
    BackupNotWritten,
    BackupOfOtherKind,
    DatabaseNotEmpty,
    MirroredFileDamaged,
    ProgramMissing,
    ProgramTooOld,
)
from services.backups.restoring import Restored, restore

__all__ = [
    "BackupDamaged",
    "BackupKeyWrong",
    "BackupNotWritten",
    "BackupOfOtherKind",
    "DatabaseNotEmpty",
    "Keys",
    "Made",
    "Manifest",
    "MirroredFileDamaged",
    "ProgramMissing",
    "ProgramTooOld",
    "Restored",
    "make",
    "restore",
    "verify",
]

"""Why a backup is not made, not believed or not brought back."""

from models.vocabulary import Language
from services import texts
from services.errors import CannotStart


class BackupDamaged(CannotStart):
    """The backup is cut off, was altered, or does not hold what it says.

    `reason` is a key below `backups` in the texts.
    """

    code = "backup_damaged"

    def sentence(self, language: Language) -> str:
        """Say what was found."""
        reason = texts.say(f"backups.{self.values['reason']}", language, **self.values)
        return texts.say("refusals.backup_damaged", language, reason=reason)


class BackupKeyWrong(CannotStart):
    """The backup was encrypted under a key that is not among ours."""

    code = "backup_key_wrong"


class BackupNotWritten(CannotStart):
    """The backup could not be written, or not be read, where it was asked for."""

    code = "backup_not_written"


class BackupOfOtherKind(CannotStart):
    """The backup is of the other kind of database."""

    code = "backup_of_other_kind"


class DatabaseNotEmpty(CannotStart):
    """There is something in the database that would be lost."""

    code = "database_not_empty"


class MirroredFileDamaged(CannotStart):
    """A mirrored file is not the one that its name says: a backup with it could not be restored."""

    code = "mirrored_file_damaged"


class ProgramMissing(CannotStart):
    """PostgreSQL's own program is not installed here."""

    code = "program_missing"


class ProgramTooOld(CannotStart):
    """PostgreSQL's own program is older than the server."""

    code = "program_too_old"


class ProgramFailed(CannotStart):
    """PostgreSQL's own program gave up."""

    code = "program_failed"

"""Why an installation is not moved."""

from services.errors import CannotStart


class SourceMissing(CannotStart):
    """There is no SQLite database to move."""

    code = "move_source_missing"


class TargetNotPostgres(CannotStart):
    """The settings name no PostgreSQL to move to."""

    code = "move_target_not_postgres"


class TargetNotEmpty(CannotStart):
    """There is something in the PostgreSQL already."""

    code = "move_target_not_empty"


class MoveFailed(CannotStart):
    """PostgreSQL does not take a row, or has it otherwise than it was."""

    code = "move_failed"

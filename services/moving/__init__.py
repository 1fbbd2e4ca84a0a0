"""Moving an installation from SQLite to PostgreSQL: all of it in one transaction, or nothing."""

from services.moving.copying import Moved, move
from services.moving.refusals import MoveFailed, SourceMissing, TargetNotEmpty, TargetNotPostgres

__all__ = [
    "MoveFailed",
    "Moved",
    "SourceMissing",
    "TargetNotEmpty",
    "TargetNotPostgres",
    "move",
]

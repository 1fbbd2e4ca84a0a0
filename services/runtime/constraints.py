"""Broken constraints: which one it was, told alike on both databases."""

import psycopg
from sqlalchemy import Index
from sqlalchemy.exc import IntegrityError


def is_broken(error: IntegrityError, index: Index) -> bool:
    """Tell whether a statement failed because of this unique index.

    PostgreSQL names the index, SQLite only its columns.
    """
    if isinstance(error.orig, psycopg.Error):
        return error.orig.diag.constraint_name == index.name
    columns = ", ".join(f"{column.table.name}.{column.name}" for column in index.columns)
    return str(error.orig) == f"UNIQUE constraint failed: {columns}"

"""How commands speak: two languages for people, JSON for programs."""

import errno
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from models.vocabulary import Language
from services.errors import Refusal
from services.runtime import schema, settings
from services.runtime.database import Database
from services.runtime.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="以 JSON 输出 · print JSON")]


def say_refusal(refusal: Refusal) -> None:
    """Say to whoever typed the command what is wrong, in Chinese and in English."""
    for language in Language:
        typer.secho(f"asi: {refusal.sentence(language)}", fg="red", err=True)


def print_json(value: object) -> None:
    """Print a value for a program."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


def write_file(output: Path, made: bytes) -> None:
    """Write what a command made where it was told to.

    Raises:
        BadParameter: typer's; it cannot be written there.
    """
    try:
        output.write_bytes(made)
    except OSError as error:
        raise _unwritable(output, error.strerror) from error


def require_writable(output: Path) -> None:
    """Refuse a file that cannot be written, before anything is done that cannot be undone.

    Raises:
        BadParameter: typer's.
    """
    fault = None
    if output.is_dir():
        fault = errno.EISDIR
    elif not output.parent.is_dir():
        fault = errno.ENOENT
    elif not os.access(output if output.exists() else output.parent, os.W_OK):
        fault = errno.EACCES
    if fault:
        raise _unwritable(output, os.strerror(fault))


def _unwritable(output: Path, reason: str | None) -> typer.BadParameter:
    return typer.BadParameter(f"{output}: {reason}")


@asynccontextmanager
async def opened(given: Settings | None = None) -> AsyncIterator[Database]:
    """Open the installation's database for a command; its schema must be this version's.

    Raises:
        SettingInvalid, SchemaTooOld, SchemaTooNew, DatabaseUnusable
    """
    chosen = given or settings.load()
    schema.require_current(chosen.database)
    database = Database(chosen.database)
    try:
        await database.check()
        yield database
    finally:
        await database.close()
